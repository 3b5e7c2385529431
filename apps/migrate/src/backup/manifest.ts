// What an archive says of itself: counts, checksums, versions. Reads and writes no file.
import { readFileSync } from 'node:fs';
import { Fault } from '@cei-inoe/shared/errors';
import { z } from 'zod';

/** Raised when archives change in a way that older versions of the product cannot read. */
export const FORMAT = 1;
export const MANIFEST = 'manifest.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);

const TABLE = z.object({
  schema: z.string(),
  name: z.string(),
  columns: z.array(z.string()),
  rows: count,
  /** The rows' checksum, whatever their order (db/backup/content.sql). */
  content: z.string().regex(/^\d+-\d+$/),
});

const MEMBER = z.object({ path: z.string(), bytes: count, sha256 });

const SCHEMA = z.object({
  format: z.literal(FORMAT),
  product: z.string(),
  made_at: z.string(),
  /** `tables`: ours, a member per table. `pg_dump`: any other, one member in PostgreSQL's custom format. */
  kind: z.enum(['tables', 'pg_dump']),
  database: z.string(),
  server_version: count,
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  /** Whether the views under the old names (schema `compat`) were there. */
  compat: z.boolean(),
  tables: z.array(TABLE),
  sequences: z.array(z.object({ name: z.string(), last: z.string(), called: z.boolean() })),
  files: z.object({
    included: z.boolean(),
    count,
    bytes: count,
    /** Hashes of files that batches speak of and that were not there, or not what their name says. */
    missing: z.array(z.string()),
  }),
  mappings: z.array(z.string().regex(/^[^./\\][^/\\]*\.ya?ml$/)),
  /** Everything but this manifest. */
  members: z.array(MEMBER),
});

export type Manifest = z.output<typeof SCHEMA>;
export type TableEntry = z.output<typeof TABLE>;
export type MemberEntry = z.output<typeof MEMBER>;

export const nameTable = (table: { readonly schema: string; readonly name: string }): string =>
  `tables/${table.schema}.${table.name}.copy`;
export const nameFile = (hash: string): string => `archive/${hash.slice(0, 2)}/${hash}`;
export const nameMapping = (file: string): string => `mappings/${file}`;
export const DUMP = 'database.dump';
export const CATALOG = 'schema/catalog.json';

/** Version of the product that runs. */
export function readProductVersion(): string {
  const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** @throws Fault backup_newer, backup_damaged */
export function parseManifest(text: string): Manifest {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (error) {
    throw new Fault('backup_damaged', `${MANIFEST} is no JSON.`, { cause: error });
  }
  const { format, product } = z
    .object({ format: count, product: z.string() })
    .catch({ format: 0, product: '' })
    .parse(said);
  if (format > FORMAT) {
    throw new Fault(
      'backup_newer',
      `It is of format ${format}, made by version ${product}; this version reads ${FORMAT}.`,
    );
  }
  const parsed = SCHEMA.safeParse(said);
  if (parsed.success) return parsed.data;
  throw new Fault('backup_damaged', `${MANIFEST}: ${z.prettifyError(parsed.error)}`);
}
