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
    'The columns of the file name their datasources themselves.',
    'Leave --datasource out.',
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

  // files
  file_not_found: entry(404, 1, 'The file is not there.', 'Check the path.'),
  file_unreadable: entry(422, 1, 'The file cannot be read.', 'Check its permissions and that it is a regular file.'),
  file_not_regular: entry(
    422,
    1,
    'This is not a regular file.',
    'Links, pipes, folders and devices are not loaded; copy the file itself.',
  ),
  file_changed: entry(
    409,
    1,
    'The file changed while it was read.',
    'Wait until it is written completely and drop it again.',
  ),
  file_empty: entry(422, 1, 'The file is empty.', 'Export it again; nothing was loaded.'),
  file_too_large: entry(413, 1, 'The file is over the size limit.', 'Split it, or raise the limit (MAX_FILE_BYTES).'),
  format_unknown: entry(422, 1, 'The file is of a kind that is not loaded.', 'Export it as CSV or XLSX.'),
  format_mismatch: entry(
    422,
    1,
    'The content is not what the name of the file says.',
    'Give the file its right extension or export it again.',
  ),
  encoding_invalid: entry(
    422,
    1,
    'The characters of the file cannot be decoded.',
    'Save it as UTF-8, or name its encoding in the mapping.',
  ),
  workbook_broken: entry(
    422,
    1,
    'The workbook cannot be read.',
    'Open it in a spreadsheet program, save it again as .xlsx, and load that.',
  ),
  workbook_encrypted: entry(422, 1, 'The workbook is protected by a password.', 'Save it without a password.'),
  workbook_too_large: entry(
    413,
    1,
    'The workbook is too large once unpacked.',
    'Export it as CSV, which has no such limit.',
  ),
  sheet_unknown: entry(422, 1, 'The workbook has no such sheet.', 'Name one that it has in the mapping (file.sheet).'),
  header_unknown: entry(
    422,
    1,
    'No mapping knows these headers.',
    'Compare them with the nearest mapping shown, or write a mapping of your own (docs/mappings.md) and put it in MAPPINGS_DIR.',
  ),
  header_ambiguous: entry(422, 1, 'More than one mapping fits these headers.', 'Name one with --mapping.'),
  no_records: entry(422, 1, 'The file has a header but no records.', 'Export it again; nothing was loaded.'),
  nothing_loadable: entry(
    422,
    1,
    'Not one record of the file could be loaded.',
    'The reasons are listed line by line; correct the file or the mapping.',
  ),
  date_order_ambiguous: entry(
    422,
    1,
    'Day and month cannot be told apart in the dates of this file.',
    'Say which comes first with --date-order dmy or mdy, or in the mapping.',
  ),
  time_format_unknown: entry(
    422,
    1,
    'The times of the file are in a form that is not known.',
    'Give `time.format` in the mapping.',
  ),
  number_style_ambiguous: entry(
    422,
    1,
    'It cannot be told whether a sign in the numbers is a decimal sign or groups thousands.',
    'Give `decimal` (and `group`) for the column in the mapping.',
  ),
  date_missing: entry(
    422,
    1,
    'The records of the file do not say which day they belong to.',
    'Give the day with --date YYYY-MM-DD (form field `date`), or in the name of the file.',
  ),
  interval_unknown: entry(
    422,
    1,
    'It cannot be told how long the readings of the file last.',
    'Say it in the mapping: values: { interval: 15min }.',
  ),
  too_many_readings: entry(
    413,
    1,
    'The file has more readings than are added up at a time, or more refused ones than are kept.',
    'Split it by time; hours and days must stay whole.',
  ),
  too_many_rejects: entry(
    422,
    1,
    'More records were refused than the mapping allows.',
    'Nothing was loaded. Correct the file, or raise on_error in the mapping.',
  ),
  conflict: entry(
    409,
    1,
    'The file has readings that are stored already with other values, and its mapping says to fail then.',
    'Nothing was loaded. Load with strategy update or ignore, or correct the file.',
  ),
  duplicate_file: entry(
    409,
    1,
    'The same bytes were loaded already.',
    'Nothing needs to be done; --force (or force=true) loads them again.',
  ),
  upload_missing: entry(400, 2, 'The request carries no file.', 'Send multipart/form-data with a part named `file`.'),

  // mappings
  mapping_unknown: entry(404, 2, 'No mapping has this name.', '`pnpm mappings list` shows the names.'),
  mapping_invalid: entry(422, 2, 'The mapping is not valid.', 'Correct the line named.'),
  mapping_old: entry(
    422,
    2,
    'The mapping is written for the old system (file_id).',
    'Replace `file_id: "{{ file_id }}"` by `batch_id: "{{ batch_id }}"` and device_id by datasource_id.',
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
  archive_missing: entry(
    410,
    1,
    'The original bytes of this batch are not in the archive.',
    'Check that this process sees the same DATA_DIR as the others.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
