// Faults of settings, databases, the embedded server and migrations.
import { type CatalogueEntry, entry } from './entry.ts';

export const OPERATION_FAULTS = {
  // use and settings
  usage: entry(400, 2, 'The command was not understood.', 'Run it with --help to see what it takes.'),
  config_invalid: entry(
    500,
    2,
    'The settings in the environment are not valid.',
    'Correct the variables named and start again.',
  ),
  invalid_request: entry(400, 2, 'The request is not valid.', 'Correct the fields named and send it again.'),
  page_beyond_end: entry(
    400,
    2,
    'The list has no such page.',
    'Ask for the pages up to `total_pages`, which every page of the list names.',
  ),
  too_many_exports: entry(
    429,
    1,
    'As many exports are being read as may be at a time.',
    'Try again when one of them has ended; Retry-After says when to look.',
  ),
  export_too_large: entry(
    422,
    2,
    'The answer has more rows than this form takes.',
    'Ask for CSV, NDJSON or Parquet, which have no limit, or for a shorter time.',
  ),
  too_many_intervals: entry(
    422,
    2,
    'The answer would have more intervals than one may have.',
    'Take a longer interval, a shorter range, or fewer datasources.',
  ),
  not_found: entry(404, 1, 'There is nothing under this address or id.', 'Check the address; /docs lists the routes.'),
  forbidden_host: entry(
    403,
    1,
    'This address is served only to this machine.',
    'Use http://localhost, or name the host in ALLOWED_HOSTS.',
  ),
  key_missing: entry(
    401,
    1,
    'This needs an API key.',
    'Send one as X-API-Key, or as Authorization: Bearer. `pnpm keys create` makes keys.',
  ),
  key_invalid: entry(
    401,
    1,
    'The API key is not valid.',
    'It is unknown, expired or revoked: ask for a new one; `pnpm keys list` shows them.',
  ),
  key_scope: entry(
    403,
    1,
    'The API key may not do this.',
    'Use a key with the scope named; `pnpm keys create` makes one.',
  ),
  key_fence: entry(
    403,
    1,
    'The API key is for certain datasources only, and this concerns others.',
    'Use a key without a fence, or one for these datasources.',
  ),
  key_unknown: entry(404, 1, 'There is no such API key.', '`pnpm keys list` shows them.'),
  too_many_requests: entry(
    429,
    1,
    'More requests than may come in this time.',
    'Wait as long as Retry-After says; RATE_LIMIT sets how many may come in a minute.',
  ),
  idempotency_mismatch: entry(
    422,
    2,
    'The Idempotency-Key belongs to another request.',
    'Send a new key with a new request; the same one only with the very same request.',
  ),
  idempotency_busy: entry(
    409,
    1,
    'The first request with this Idempotency-Key is not answered yet.',
    'Wait and send it again: then it gets the same answer.',
  ),
  method_not_allowed: entry(405, 2, 'This address does not take this method.', 'Use one of the methods in `Allow`.'),
  media_type_unknown: entry(
    415,
    2,
    'The body is of a type that is not read here.',
    'Send application/json, or multipart/form-data for a file.',
  ),
  body_too_large: entry(413, 2, 'The request is too large.', 'Send less at a time; files go to POST /batches.'),
  not_ready: entry(503, 1, 'The service is not ready yet.', 'Do what is named, or wait and ask again.'),
  forbidden_origin: entry(
    403,
    1,
    'Requests from other web pages are refused.',
    'Open the page from this address itself, or call the API from a program.',
  ),
  interrupted: entry(409, 1, 'It was interrupted before it was done.', 'Nothing of it was kept; run it again.'),
  internal: entry(
    500,
    1,
    'Something broke inside the product.',
    'The log has the details under the request or batch id; please report it.',
  ),

  // database
  database_unreachable: entry(
    503,
    1,
    'PostgreSQL cannot be reached.',
    'Check that it runs and that DATABASE_URL names its host and port.',
  ),
  database_auth_failed: entry(
    503,
    1,
    'PostgreSQL refused the user or the password.',
    'Correct the user and password in DATABASE_URL.',
  ),
  database_missing: entry(
    503,
    1,
    'The database does not exist.',
    'Create it (createdb NAME) or correct the name in DATABASE_URL.',
  ),
  database_busy: entry(503, 1, 'No database connection became free in time.', 'Try again in a moment.'),
  database_read_only: entry(
    503,
    1,
    'PostgreSQL takes no changes at the moment.',
    'It is a standby, or was set to read only; nothing was lost, the work is taken up again when it takes changes.',
  ),
  clock_wrong: entry(
    503,
    1,
    'The clocks of this machine and of the database are hours apart.',
    'Nothing was removed. Let both take their time from a server (NTP), and try again.',
  ),
  system_busy: entry(
    503,
    1,
    'The system is out of memory or open files.',
    'Nothing was lost, the work is taken up again; if it happens often, raise the limits (ulimit -n) or give it more memory.',
  ),
  schema_missing: entry(503, 1, 'The tables are not there yet.', 'Run `pnpm migrate`.'),
  permission_denied: entry(
    503,
    1,
    'The database role may not do this.',
    'Grant the role of the service its rights (docs/migrations.md) or use the right role.',
  ),

  // embedded server
  embedded_failed: entry(
    503,
    1,
    'The embedded PostgreSQL did not start.',
    'The last lines of its log are shown; set DATABASE_URL to use a server of your own.',
  ),
  embedded_version: entry(
    503,
    4,
    'The data folder belongs to another PostgreSQL major version.',
    'Upgrade it with the commands shown, or set DATA_DIR to a new folder.',
  ),
  already_running: entry(409, 4, 'It is running already.', 'Use the running one, or stop it first.'),
  port_in_use: entry(503, 1, 'The port is taken by another program.', 'Stop that program or set PORT to a free one.'),
  folder_unwritable: entry(
    503,
    1,
    'A folder cannot be written.',
    'Make it writable for this user or set DATA_DIR to another folder.',
  ),
  disk_full: entry(507, 1, 'The disk is full.', 'Free some space; nothing was lost, the work is taken up again.'),
  disk_failing: entry(
    503,
    1,
    'The disk or share does not read or write.',
    'Look at its log (dmesg) or at the server of the share; nothing was lost, the work is taken up again.',
  ),

  // migrations
  migration_edited: entry(
    503,
    4,
    'A migration that was applied already has been edited.',
    'Put the original text back and write a new migration instead.',
  ),
  migration_failed: entry(
    500,
    1,
    'A migration failed and was rolled back whole.',
    'Read the message of PostgreSQL, correct the cause, run `pnpm migrate` again.',
  ),
  migration_unfinished: entry(
    503,
    4,
    'A migration was begun with another tool and never ended.',
    'See what of it is there, then `npx prisma migrate resolve --applied NAME` or `--rolled-back NAME` (docs/migrations.md).',
  ),
  migration_unknown: entry(404, 2, 'No migration has this name.', '`pnpm migrate status` lists the names.'),
  migration_missing: entry(
    503,
    4,
    'The database has a migration that this version does not know.',
    'Use the version of the product that made it, or a newer one.',
  ),
  migration_locked: entry(503, 4, 'Another migration run holds the lock.', 'Wait for it to end and run it again.'),
  history_missing: entry(
    503,
    4,
    'The database has tables but no migration history.',
    'Compare and adopt it with `pnpm migrate baseline NAME`, or use an empty database.',
  ),
  baseline_differs: entry(
    409,
    4,
    'The database does not look like this migration leaves it.',
    'Bring the differences shown into line first; nothing was recorded.',
  ),
  down_missing: entry(409, 4, 'A migration has no down.sql.', 'Restore a backup, or write a new migration instead.'),
  data_loss: entry(
    409,
    4,
    'This would drop data.',
    'Say --allow-data-loss if that is what you want; take a backup first.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
