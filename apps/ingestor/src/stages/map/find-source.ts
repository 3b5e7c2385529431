// Which datasource a name means: looks in datasource and datasource_alias. Creates one only where the settings say so.
import type { Connection, Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { foldName } from '@cei-inoe/shared/fold-name';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import { prepareSql } from '@cei-inoe/shared/sql';
import type { Source } from '../../model/plan.ts';

type Queryable = Pick<Pool | Connection, 'query'>;

interface SourceRow {
  readonly id: number;
  readonly external_id: string;
  readonly timezone: string | null;
}

const makeSource = (row: SourceRow): Source => ({ id: row.id, externalId: row.external_id, zone: row.timezone });

const BY_HANDLE = `
  SELECT DISTINCT d.id, d.external_id, d.timezone, h.exact
  FROM datasource d
  JOIN (
    SELECT id, true AS exact FROM datasource WHERE lower(btrim(external_id)) = lower(btrim($1))
    UNION ALL SELECT datasource_id, false FROM datasource_alias WHERE lower(value) = lower(btrim($1))
  ) h ON h.id = d.id
  ORDER BY h.exact DESC LIMIT 2`;

/** The source whose external id (first) or alias is `handle`; undefined when there is none, or when the alias means several. */
export async function findSource(db: Queryable, handle: string): Promise<Source | undefined> {
  const { rows } = await db.query<SourceRow & { exact: boolean }>(BY_HANDLE, [handle]);
  const [first, second] = rows;
  if (first === undefined) return undefined;
  return first.exact || second === undefined || second.id === first.id ? makeSource(first) : undefined;
}

export async function findSourceById(db: Queryable, id: number): Promise<Source | undefined> {
  const { rows } = await db.query<SourceRow>('SELECT id, external_id, timezone FROM datasource WHERE id = $1', [id]);
  return rows[0] === undefined ? undefined : makeSource(rows[0]);
}

/** The source with the longest external id or alias that `fileName` begins with, followed by `-` or `.`. @throws Fault datasource_missing where two fit */
export async function findSourceByFileName(db: Queryable, fileName: string): Promise<Source | undefined> {
  const [found] = await findByFileNames(db, [fileName]);
  if (found === undefined || !('rival' in found)) return found;
  throw new Fault('datasource_missing', `The name ${fileName} fits ${found.externalId} and ${found.rival}.`);
}

/** The same for many files; of a name that fits two sources alike there is none. */
export async function findSourcesByFileNames(db: Queryable, fileNames: readonly string[]) {
  const found = await findByFileNames(db, fileNames);
  return found.map((each) => (each === undefined || 'rival' in each ? undefined : each));
}

/** For each name the source that fits best, and the external id of another one that fits as well. */
async function findByFileNames(
  db: Queryable,
  fileNames: readonly string[],
): Promise<(Source | (Source & { readonly rival: string }) | undefined)[]> {
  const { rows } = await db.query<SourceRow & { at: number; handle: string }>(
    prepareSql('sources/by-file-names.sql', [fileNames]),
  );
  return fileNames.map((_, at) => {
    const [first, second] = rows.filter((row) => row.at === at + 1);
    if (first === undefined) return undefined;
    const rivals = second !== undefined && second.id !== first.id && second.handle.length === first.handle.length;
    return rivals ? { ...makeSource(first), rival: second.external_id } : makeSource(first);
  });
}

/** Sources by their handles, as these are written and folded; asked by `findByHandle`. */
export type Handles = ReadonlyMap<string, Source>;

/** Every handle of every source inside the fence (ids; undefined: all), for files that name the source in a column. */
export async function listHandles(db: Queryable, fence?: readonly number[]): Promise<Handles> {
  // Of a name that is an alias here and an external id there, the latter counts.
  const { rows } = await db.query<SourceRow & { handle: string }>(
    `SELECT d.id, d.external_id, d.timezone, btrim(a.value) AS handle FROM datasource_alias a JOIN datasource d ON d.id = a.datasource_id
     UNION ALL SELECT id, external_id, timezone, btrim(external_id) FROM datasource`,
  );
  const inside = rows.filter(({ id }) => fence === undefined || fence.includes(id));
  const list = (write: (handle: string) => string) =>
    inside.map((row) => [write(row.handle), makeSource(row)] as const);
  // A database whose lower() knows no Greek may hold two that fold to the same: each is found by how it is written.
  return new Map([...list(foldName), ...list((handle) => handle)]);
}

export const findByHandle = (handles: Handles, name: string): Source | undefined =>
  handles.get(name) ?? handles.get(foldName(name));

/** Makes a datasource for a file that names one nobody knows; another process may have made it meanwhile. */
export async function createSource(
  db: Queryable,
  externalId: string,
  dataType: string,
  zone: string | undefined,
  meter?: string,
): Promise<Source> {
  await db.query(
    `INSERT INTO datasource (external_id, source_category, data_type, name, status, timezone, metadata)
     VALUES ($1, 'file', $2, $1, 'unknown', $3, $4) ON CONFLICT DO NOTHING`,
    [
      externalId,
      dataType,
      zone ?? null,
      writeJsonb({ created_by: 'ingest', ...(meter === undefined ? {} : { meter }) }),
    ],
  );
  const source = await findSource(db, externalId);
  if (source === undefined) throw new Fault('datasource_unknown', `${externalId} could not be created.`);
  return source;
}

/** The longest name of a meter that `fileName` begins with, followed by `-` or `.`: a meter may have no datasource but those of its registers. */
export async function findMeterByFileName(db: Queryable, fileName: string): Promise<string | undefined> {
  const { rows } = await db.query<{ meter: string }>(
    `SELECT m.meter FROM (
       SELECT metadata->>'meter' AS meter FROM datasource UNION SELECT split_part(external_id, ':', 1) FROM datasource WHERE external_id LIKE '%:%'
     ) m
     WHERE m.meter <> '' AND (starts_with(lower($1), lower(m.meter) || '-') OR starts_with(lower($1), lower(m.meter) || '.'))
     ORDER BY length(m.meter) DESC LIMIT 1`,
    [fileName],
  );
  return rows[0]?.meter;
}
