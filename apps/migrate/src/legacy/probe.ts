// Looks at the old database and says what it is: which tables, which variant, which id space until when. Reads only.
import { Fault } from '@cei-inoe/shared/errors';
import type { OldSide } from './old-side.ts';
import { OLD_TABLES } from './tables.ts';

export interface Probe {
  readonly tables: readonly string[];
  readonly missing: readonly string[];
  /** The register that the foreign keys of the energy tables name. */
  readonly fkRegister: 'device' | 'generic_device' | 'none';
  readonly fkDelete: string;
  /** When Flyway applied V008, read as UTC. */
  readonly v008: Date | null;
  readonly permuted: { readonly shared: number; readonly moved: number };
  readonly deviceIsEmpty: boolean;
  /** Columns that no published version has: `table.column`. */
  readonly extraColumns: readonly string[];
  readonly epoch: Epoch;
  /** Missing 03:00 on spring days: how many meter-days have it and how many lack it. */
  readonly springEvidence: { readonly lacking: number; readonly having: number };
}

/** Until `low` ids are those of device, from `high` on those of generic_device. Equal where it is known to the minute. */
export interface Epoch {
  readonly low: Date | 'infinity' | '-infinity';
  readonly high: Date | 'infinity' | '-infinity';
  readonly from: 'born_fresh' | 'not_permuted' | 'foreign_key' | 'flyway' | 'files' | 'given' | 'nothing' | 'overlap';
  readonly evidence: { readonly low: Date | null; readonly high: Date | null };
}

interface Evidence {
  readonly low: Date | null;
  readonly high: Date | null;
}

/** @throws Fault legacy_not_found where this is no old database, permission_denied */
export async function probeOldSide(old: OldSide, givenEpoch?: Date): Promise<Probe> {
  const columns = await listColumns(old);
  const tables = OLD_TABLES.filter(({ name }) => columns.has(name)).map(({ name }) => name);
  const missing = OLD_TABLES.filter(({ name }) => !columns.has(name)).map(({ name }) => name);
  assertOld(old, tables, columns);
  const fk = await readForeignKey(old);
  const hasBoth = tables.includes('device') && tables.includes('generic_device');
  const permuted = hasBoth ? await comparePermutation(old) : { shared: 0, moved: 0 };
  const deviceIsEmpty = !tables.includes('device') || (await isEmpty(old, 'device'));
  const v008 = columns.has('flyway_schema_history') ? await readV008(old) : null;
  const hasEvidence = permuted.moved > 0 && tables.includes('ingest_file');
  const evidence = hasEvidence ? await readEvidence(old) : { low: null, high: null };
  return {
    tables,
    missing,
    ...fk,
    v008,
    permuted,
    deviceIsEmpty,
    extraColumns: listExtra(columns),
    epoch: inferEpoch({
      given: givenEpoch,
      fkRegister: fk.fkRegister,
      hasBoth,
      deviceIsEmpty,
      permuted,
      v008,
      evidence,
    }),
    springEvidence: await readSpringEvidence(old),
  };
}

async function listColumns(old: OldSide): Promise<Map<string, Set<string>>> {
  const { rows } = await old.pool.query<{ tab: string; names: string[] }>(
    `SELECT c.relname AS tab, array_agg(a.attname::text) AS names
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') GROUP BY 1`,
    [old.schema],
  );
  return new Map(rows.map(({ tab, names }) => [tab, new Set(names)]));
}

/** The new schema has tables of the same names; what tells them apart is the old register of files. */
function assertOld(old: OldSide, tables: readonly string[], columns: Map<string, Set<string>>): void {
  const isNew = columns.has('ingest_batch') && !columns.has('ingest_file');
  if (isNew) throw new Fault('legacy_not_found', `The schema ${old.schema} is of the new system already.`);
  if (!tables.includes('ingest_file') || !(tables.includes('device') || tables.includes('generic_device'))) {
    throw new Fault(
      'legacy_not_found',
      `The schema ${old.schema} has no tables ingest_file and device or generic_device.`,
    );
  }
  for (const { name, columns: known } of OLD_TABLES) {
    const found = columns.get(name);
    const lost = found === undefined ? [] : known.filter((column) => !found.has(column) && !isLate(column));
    if (lost.length > 0) throw new Fault('legacy_not_found', `The table ${name} lacks ${lost.join(', ')}.`);
  }
}

/** Columns that only V007 brought; a database that stopped before it has none of them. */
const isLate = (column: string): boolean =>
  /^(source_type|source_api_endpoint|source_device_id|ingestion_method|ingested_at|execution_time_ms|validation_status|quality_score|pipeline_version)$/.test(
    column,
  );

const listExtra = (columns: Map<string, Set<string>>): string[] =>
  OLD_TABLES.flatMap(({ name, columns: known }) =>
    [...(columns.get(name) ?? [])].filter((column) => !known.includes(column)).map((column) => `${name}.${column}`),
  ).sort();

async function readForeignKey(old: OldSide): Promise<Pick<Probe, 'fkRegister' | 'fkDelete'>> {
  const { rows } = await old.pool.query<{ target: string; action: string }>(
    `SELECT c.confrelid::regclass::text AS target, c.confdeltype::text AS action FROM pg_constraint c
     WHERE c.contype = 'f' AND c.conrelid = to_regclass($1)`,
    [`${old.table('fact_energy_hourly')}`],
  );
  const found = rows.map((row) => ({ ...row, target: row.target.replace(/^.*\./, '').replaceAll('"', '') }));
  const fk = found.find(({ target }) => target === 'device' || target === 'generic_device');
  if (fk === undefined) return { fkRegister: 'none', fkDelete: '' };
  const fkDelete = fk.action === 'c' ? 'ON DELETE CASCADE' : fk.action === 'n' ? 'ON DELETE SET NULL' : '';
  return { fkRegister: fk.target as 'device' | 'generic_device', fkDelete };
}

async function comparePermutation(old: OldSide): Promise<Probe['permuted']> {
  const { rows } = await old.pool.query<{ shared: number; moved: number }>(
    `SELECT count(*)::int AS shared, count(*) FILTER (WHERE d.id <> g.id)::int AS moved
     FROM ${old.table('device')} d JOIN ${old.table('generic_device')} g ON g.device_id = d.device_id`,
  );
  return rows[0] ?? { shared: 0, moved: 0 };
}

async function isEmpty(old: OldSide, name: string): Promise<boolean> {
  const { rows } = await old.pool.query<{ some: boolean }>(`SELECT EXISTS (SELECT FROM ${old.table(name)}) AS some`);
  return rows[0]?.some !== true;
}

async function readV008(old: OldSide): Promise<Date | null> {
  const { rows } = await old.pool.query<{ at: Date }>(
    `SELECT installed_on AT TIME ZONE 'UTC' AS at FROM ${old.table('flyway_schema_history')}
     WHERE ltrim(version, '0') = '8' AND success ORDER BY installed_rank DESC LIMIT 1`,
  );
  return rows[0]?.at ?? null;
}

async function readEvidence(old: OldSide): Promise<Evidence> {
  const { rows } = await old.pool.query<{ low: Date | null; high: Date | null }>(old.sql('probe-epoch.sql'));
  return rows[0] ?? { low: null, high: null };
}

async function readSpringEvidence(old: OldSide): Promise<Probe['springEvidence']> {
  const { rows } = await old.pool.query<{ lacking: number; having: number }>(old.sql('probe-spring.sql'));
  return rows[0] ?? { lacking: 0, having: 0 };
}

interface EpochFacts {
  readonly given: Date | undefined;
  readonly fkRegister: Probe['fkRegister'];
  readonly hasBoth: boolean;
  readonly deviceIsEmpty: boolean;
  readonly permuted: Probe['permuted'];
  readonly v008: Date | null;
  readonly evidence: Evidence;
}

/** Where the two registers agree, or only one counts, there is nothing to infer. */
export function inferEpoch(facts: EpochFacts): Epoch {
  const { given, v008, evidence } = facts;
  const { low, high } = evidence;
  const make = (from: Epoch['from'], since: Epoch['low'], until: Epoch['high'] = since): Epoch => ({
    low: since,
    high: until,
    from,
    evidence,
  });
  if (given !== undefined) return make('given', given);
  if (facts.fkRegister === 'device' || (facts.fkRegister === 'none' && !facts.hasBoth && !facts.deviceIsEmpty)) {
    return make('foreign_key', 'infinity');
  }
  if (facts.deviceIsEmpty) return make('born_fresh', '-infinity');
  if (facts.permuted.moved === 0) return make('not_permuted', '-infinity');
  if (low !== null && high !== null && low >= high) return make('overlap', '-infinity', 'infinity');
  const fits = v008 !== null && (low === null || low <= v008) && (high === null || v008 <= high);
  if (fits && v008 !== null) return make('flyway', v008);
  if (low === null && high === null) return make('nothing', '-infinity', 'infinity');
  return make('files', low ?? '-infinity', high ?? 'infinity');
}
