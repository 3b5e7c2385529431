// Faults of datasources, files, mappings and batches.
import { type CatalogueEntry, entry } from './entry.ts';

export const CONTENT_FAULTS = {
  // datasources
  datasource_unknown: entry(
    404,
    1,
    'No datasource has this id or name.',
    'Create it (`pnpm seed FILE`, POST /datasources), or check the spelling; NEW_DATASOURCES=create makes it by itself.',
  ),
  datasource_missing: entry(
    422,
    1,
    'Nothing says which datasource the file belongs to.',
    'Begin the file name with its external id and `-`, drop it in a folder named by it, or give --datasource.',
  ),
  datasource_in_file: entry(
    422,
    2,
    'The file names its datasources itself.',
    'Leave --datasource out, and drop it into incoming/ itself instead of a folder of a datasource.',
  ),
  too_many_datasources: entry(
    422,
    1,
    'The file names more unknown datasources than are made for one file.',
    'Check that the mapping takes the right column; else create them first (`pnpm seed FILE`).',
  ),
  datasource_exists: entry(
    409,
    1,
    'A datasource with this external id exists already.',
    'Use it, or choose another external id.',
  ),
  datasource_invalid: entry(422, 2, 'The definition of a datasource is not valid.', 'Correct the fields named.'),
  zone_unknown: entry(
    422,
    1,
    'The time zone of the datasource is not known, and the file has local times.',
    'Set its timezone (an IANA name such as Asia/Nicosia) and load the file again.',
  ),
  zone_invalid: entry(
    422,
    2,
    'This is not an IANA time zone name.',
    'Use a name such as Asia/Nicosia or Europe/Madrid; GMT+2 and the like are read differently by different systems.',
  ),
  zone_in_use: entry(
    409,
    1,
    'The time zone cannot change while the datasource has measurements.',
    'Undo its batches, change the zone, and replay them.',
  ),
  zone_changed: entry(
    409,
    1,
    'The time zone of the datasource was changed while its file waited.',
    'Nothing needs to be done; the file is read again in the new zone.',
  ),
  confirm_mismatch: entry(
    409,
    1,
    'The confirmation does not name this datasource.',
    'Repeat the external id exactly in `confirm`.',
  ),

  // mappings
  mapping_unknown: entry(404, 2, 'No mapping has this name.', '`pnpm mappings list` shows the names.'),
  mapping_invalid: entry(422, 2, 'The mapping is not valid.', 'Correct the line named.'),
  mapping_old: entry(
    422,
    2,
    'The mapping is written for the old system (file_id).',
    'Run `pnpm mappings upgrade FILE --write`, or replace `file_id: "{{ file_id }}"` by `batch_id: "{{ batch_id }}"` and device_id by datasource_id.',
  ),

  // batches
  batch_unknown: entry(404, 1, 'No batch has this id.', '`pnpm batches list` shows the batches.'),
  batch_lost: entry(
    409,
    1,
    'Another worker took this batch over; this attempt was rolled back.',
    'Nothing needs to be done.',
  ),
  worker_died: entry(
    500,
    1,
    'The loading process died three times on this file.',
    'Look at the log for the cause, then drop the file again.',
  ),
  batch_not_undoable: entry(
    409,
    1,
    'This batch cannot be taken back.',
    'Only a completed batch that is no dry run can be undone; `pnpm batches show ID` tells its status.',
  ),
  batch_not_redoable: entry(
    409,
    1,
    'This batch cannot be brought back.',
    'Only an undone batch can be redone whose place no replay has taken; load a failed file again instead.',
  ),
  batch_not_replayable: entry(
    409,
    1,
    'This batch cannot be replayed.',
    'Completed, undone and failed batches can be, if they are no dry run; where another batch stands in its place, replay that one.',
  ),
  undo_no_archive: entry(
    409,
    1,
    'A file that has to be read again for this can no longer be read as it was.',
    'Nothing was changed. The files or mappings of the batches named are no longer kept; load a correcting file instead.',
  ),
  history_pruned: entry(
    410,
    1,
    'This goes back to what is no longer kept.',
    'Nothing was changed. Ask for a later instant, or load a correcting file; what is kept for how long is the policy of the site (docs/retention.md).',
  ),
  archive_missing: entry(
    410,
    1,
    'The original bytes of this batch are not in the archive.',
    'Check that this process sees the same DATA_DIR as the others.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
