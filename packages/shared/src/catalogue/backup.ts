// Faults of backups: archives, restores, and PostgreSQL's own tools.
import { type CatalogueEntry, entry } from './entry.ts';

export const BACKUP_FAULTS = {
  backup_unknown: entry(400, 2, 'This is no archive of `pnpm backup`.', 'Give the file that `pnpm backup FILE` wrote.'),
  backup_taken: entry(
    409,
    2,
    'There is a file of this name already.',
    'Choose another name; archives are never overwritten.',
  ),
  backup_damaged: entry(
    422,
    1,
    'The archive is damaged.',
    'Do not trust it; take another copy of it, or an older archive. Nothing was changed.',
  ),
  backup_newer: entry(
    409,
    4,
    'The archive was made by a newer version of the product.',
    'Install that version or a newer one, and restore with it. Nothing was changed.',
  ),
  backup_differs: entry(
    500,
    1,
    'What was restored is not what was backed up.',
    'Nothing was switched, the restored database was dropped; report it with the lines above and keep the archive.',
  ),
  restore_in_use: entry(
    409,
    4,
    'The database to be replaced is in use.',
    'Stop the services shown and run it again, or say --disconnect to end their connections; nothing was changed.',
  ),
  pg_tools_missing: entry(
    503,
    4,
    'PostgreSQL’s own tools are needed, and are missing or too old.',
    'Install the version named (Debian: `apt-get install postgresql-client-VERSION`), or put its folder on PATH.',
  ),
  pg_tools_failed: entry(
    500,
    1,
    'PostgreSQL’s own tool failed.',
    'Its message is shown; correct the cause and run it again.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
