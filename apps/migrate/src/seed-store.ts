// Brings the datasource table to what definitions say, in one transaction: new ones in, changed fields updated, nothing removed.
import { isDeepStrictEqual } from 'node:util';
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { foldName } from '@cei-inoe/shared/fold-name';
import { readSql } from '@cei-inoe/shared/sql';
import { type Definition, makeRefusal, type Problem } from './seed-definition.ts';

export interface SeedOptions {
  /** Do all of it, then take it back. */
  readonly dryRun?: boolean;
  /** Leave datasources alone that exist already. */
  readonly onlyNew?: boolean;
}

export interface SeedOutcome {
  readonly external_id: string;
  readonly outcome: 'new' | 'changed' | 'unchanged';
  /** What changed. */
  readonly fields: readonly string[];
}

const COLUMNS = [
  'source_category',
  'data_type',
  'name',
  'alias',
  'client',
  'description',
  'status',
  'timezone',
  'metadata',
] as const;
type Fields = Record<(typeof COLUMNS)[number], unknown>;
type Row = Fields & { readonly id: number; readonly external_id: string };

/** What a new datasource has where its definition says nothing. `data_type` has no default: nobody can guess it. */
const NEW: Fields = {
  source_category: 'device',
  data_type: null,
  name: null,
  alias: null,
  client: null,
  description: null,
  status: 'unknown',
  timezone: null,
  metadata: {},
};

/**
 * Inserts and updates datasources by their external_id; a second run changes nothing.
 * @throws Fault datasource_invalid, zone_in_use, zone_invalid, schema_missing; then nothing of it is stored
 */
export async function seedDatasources(
  pool: Pool,
  definitions: readonly Definition[],
  options: SeedOptions = {},
): Promise<SeedOutcome[]> {
  try {
    return await inTransaction(pool, async (connection) => {
      await connection.query('SAVEPOINT seed');
      const outcomes = await storeAll(connection, definitions, options);
      if (options.dryRun) await connection.query('ROLLBACK TO SAVEPOINT seed');
      return outcomes;
    });
  } catch (error) {
    throw makeFault(error);
  }
}

async function storeAll(connection: Connection, definitions: readonly Definition[], options: SeedOptions) {
  // Two runs at once would both see a datasource as new.
  await connection.query("SELECT pg_advisory_xact_lock(hashtext('cei-inoe seed'))");
  const known = await findKnown(connection, definitions);
  await checkAgainstTable(connection, definitions, known);
  const outcomes: SeedOutcome[] = [];
  for (const definition of definitions) {
    const row = known.get(foldName(definition.external_id));
    if (row === undefined) outcomes.push(await insertOne(connection, definition));
    else if (options.onlyNew) outcomes.push(makeOutcome(definition, 'unchanged', []));
    else outcomes.push(await updateOne(connection, definition, row));
  }
  return outcomes;
}

async function findKnown(connection: Connection, definitions: readonly Definition[]): Promise<Map<string, Row>> {
  const { rows } = await connection.query<Row>(
    `SELECT id, external_id, ${COLUMNS.join(', ')} FROM datasource WHERE lower(btrim(external_id)) = ANY ($1)`,
    [definitions.map((definition) => foldName(definition.external_id))],
  );
  return new Map(rows.map((row) => [foldName(row.external_id), row]));
}

/** What only the table can tell: a new datasource needs a data_type, and no alias may name another datasource. */
async function checkAgainstTable(connection: Connection, definitions: readonly Definition[], known: Map<string, Row>) {
  const problems: Problem[] = definitions
    .filter((one) => one.data_type === undefined && !known.has(foldName(one.external_id)))
    .map(({ at }) => ({ at, field: 'data_type', message: 'is missing, and the datasource is new' }));
  const names = definitions.flatMap((one) => [one.external_id, ...one.aliases]);
  const { rows } = await connection.query<{ name: string; owner: string }>(readSql('seeds/name-owners.sql'), [
    names.map(foldName),
  ]);
  for (const { name, owner } of rows) {
    for (const one of definitions) {
      const claims = [one.external_id, ...one.aliases].map(foldName).includes(name);
      if (!claims || foldName(owner) === foldName(one.external_id)) continue;
      const field = foldName(one.external_id) === name ? 'external_id' : 'aliases';
      problems.push({ at: one.at, field, message: `"${name}" already names the datasource ${owner}` });
    }
  }
  if (problems.length > 0) throw makeRefusal(problems);
}

async function insertOne(connection: Connection, definition: Definition): Promise<SeedOutcome> {
  const row = { ...NEW, ...pickGiven(definition) };
  const places = COLUMNS.map((_, at) => `$${at + 2}`).join(', ');
  const { rows } = await guardZone(definition, () =>
    connection.query<{ id: number }>(
      `INSERT INTO datasource (external_id, ${COLUMNS.join(', ')}) VALUES ($1, ${places}) RETURNING id`,
      [definition.external_id, ...COLUMNS.map((name) => row[name])],
    ),
  );
  for (const { id } of rows) await addAliases(connection, id, definition.aliases);
  return makeOutcome(definition, 'new', []);
}

async function updateOne(connection: Connection, definition: Definition, row: Row): Promise<SeedOutcome> {
  const given = pickGiven(definition);
  const changed: string[] = COLUMNS.filter((name) => name in given && !isDeepStrictEqual(given[name], row[name]));
  if (changed.length > 0) {
    const places = changed.map((name, at) => `${name} = $${at + 2}`).join(', ');
    await guardZone(definition, () =>
      connection.query(`UPDATE datasource SET ${places} WHERE id = $1`, [
        row.id,
        ...changed.map((name) => given[name as keyof Fields]),
      ]),
    );
  }
  if ((await addAliases(connection, row.id, definition.aliases)) > 0) changed.push('aliases');
  return makeOutcome(definition, changed.length > 0 ? 'changed' : 'unchanged', changed);
}

/** Adds the aliases that are not there yet, and says how many. */
async function addAliases(connection: Connection, id: number, aliases: readonly string[]): Promise<number> {
  if (aliases.length === 0) return 0;
  const { rowCount } = await connection.query(
    `INSERT INTO datasource_alias (kind, value, datasource_id) SELECT 'alias', value, $1 FROM unnest($2::text[]) AS value
     ON CONFLICT (kind, value) DO NOTHING`,
    [id, aliases],
  );
  return rowCount ?? 0;
}

/** The database judges zones last (a trigger); its message begins with the code. */
async function guardZone<T>({ external_id, at }: Definition, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const code = (['zone_in_use', 'zone_invalid'] as const).find((name) => message.startsWith(`${name}:`));
    if (code === undefined) throw error;
    const detail = { field: 'timezone', line: at.lineOf('timezone'), message: message.slice(code.length + 2) };
    throw new Fault(code, `${external_id} in ${at.file}:`, { cause: error, errors: [detail] });
  }
}

const pickGiven = (definition: Definition): Partial<Fields> =>
  Object.fromEntries(COLUMNS.filter((name) => definition[name] !== undefined).map((name) => [name, definition[name]]));

const makeOutcome = (definition: Definition, outcome: SeedOutcome['outcome'], fields: readonly string[]) => ({
  external_id: definition.external_id,
  outcome,
  fields,
});
