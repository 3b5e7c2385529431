// Faults of the move from an old database.
import { type CatalogueEntry, entry } from './entry.ts';

export const LEGACY_FAULTS = {
  legacy_not_found: entry(
    404,
    2,
    'This is not a database of the old system.',
    'Check the address after --source-url, or leave it out and say --park where the old tables are in DATABASE_URL itself.',
  ),
  legacy_decision: entry(
    409,
    4,
    'The move needs a decision that only you can take.',
    'Give the options named, or write a map with `plan --map-template FILE`, fill it in, and give it with --map.',
  ),
  legacy_map_invalid: entry(
    400,
    2,
    'The map file is not valid.',
    'Correct the entries named; `plan --map-template FILE` writes a fresh one.',
  ),
  legacy_running: entry(
    409,
    4,
    'Another move is at work on this database.',
    'Wait for it to end; `status` shows how far it is.',
  ),
  legacy_phase: entry(
    409,
    4,
    'The move is not at the point where this can be done.',
    '`pnpm migrate:legacy status` shows the phase; do the step named first.',
  ),
  legacy_target_taken: entry(
    409,
    4,
    'The new database holds some of the same files already.',
    'Undo those batches (`pnpm batches undo ID`), or move into an empty database; nothing was written.',
  ),
  legacy_blocked: entry(
    503,
    1,
    'The old tables are in use, and writers were not to be kept waiting.',
    'End the long transactions shown (pg_stat_activity), or try again at a quieter hour; nothing was changed.',
  ),
  legacy_rights: entry(
    503,
    4,
    'The role may not do what the move needs on the old tables.',
    'Connect as the owner of the old tables or a superuser: it creates a schema and triggers there. `plan` needs only SELECT.',
  ),
  legacy_source_lost: entry(
    503,
    1,
    'The old database cannot be reached any longer.',
    'Bring it back and run the same command again: the move goes on after its last chunk.',
  ),
  legacy_differs: entry(
    409,
    1,
    'The old and the new database do not say the same.',
    'Read the report and the list of differences beside it; before a cutover nothing was switched, and after it `rollback` takes it back.',
  ),
  legacy_zone_taken: entry(
    409,
    4,
    'The new system has loaded readings of a source in another zone.',
    'Undo their batches, or give that source the zone it has in the new database (`sources` in the map), and run again.',
  ),
  legacy_depended: entry(
    409,
    4,
    'Something of your own is built on the old tables.',
    'Drop it, or point it at the new tables (or at the views of the same names in `compat`), and finish again; nothing was dropped.',
  ),
  legacy_in_the_way: entry(
    409,
    4,
    'Other tables or views stand where the new tables are to be made.',
    'Move them into a schema of their own, with `ALTER TABLE … SET SCHEMA` or `ALTER VIEW … SET SCHEMA`, and run again; nothing was moved.',
  ),
  legacy_overflow: entry(
    409,
    4,
    'Some new readings cannot be held by the keys of the old tables.',
    'With --accept-overflow they stay in the new database only, listed in legacy_move.rollback_overflow; nothing was switched yet.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
