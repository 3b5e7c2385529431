// The way back: notes which readings the new system writes after the cutover, and replays them into the old tables. Switches nothing.
import { DATASETS, type Dataset } from '@cei-inoe/shared/datasets';
import { fillSql, quoteName, readSql } from '@cei-inoe/shared/sql';
import type { OldSide, Queryable } from './old-side.ts';
import { findOldTable } from './tables.ts';

const ALL = Object.values(DATASETS);

/** Puts the triggers on the new fact tables. */
export async function startReverse(target: Queryable): Promise<void> {
  for (const { name, table, time, timeKind } of ALL) {
    const at = timeKind === 'day' ? `${quoteName(time)}::timestamp AT TIME ZONE 'UTC'` : quoteName(time);
    const parts = { dataset: name, fn: quoteName(`note_${table}`), table: quoteName(table), at };
    await target.query(fillSql(readSql('legacy/reverse-capture.sql'), parts));
  }
}

/** Lets them note nothing, without a lock that readers would wait for; `startReverse` lets them note again. */
export async function pauseReverse(target: Queryable): Promise<void> {
  for (const { table } of ALL) {
    const triggers = ['insert', 'update', 'delete'].map((event) => `DISABLE TRIGGER legacy_reverse_${event}`);
    await target.query(`ALTER TABLE ${quoteName(table)} ${triggers.join(', ')}`);
  }
}

/** Takes the triggers off; waits for readers. */
export async function stopReverse(target: Queryable): Promise<void> {
  for (const { table } of ALL) {
    for (const event of ['insert', 'update', 'delete']) {
      await target.query(`DROP TRIGGER IF EXISTS legacy_reverse_${event} ON ${quoteName(table)}`);
    }
  }
}

export async function countReverse(target: Queryable): Promise<number> {
  const { rows } = await target.query<{ n: number }>(
    'SELECT count(DISTINCT (dataset, datasource_id, at))::int AS n FROM legacy_move.reverse_queue',
  );
  return rows[0]?.n ?? 0;
}

interface Overflow {
  readonly datasource_id: number;
  readonly at: string;
  readonly reason: string;
  readonly row: unknown;
}

/** Replays everything that was noted; what the old keys cannot hold goes to rollback_overflow. Returns how many of each. */
export async function replayReverse(source: Queryable, target: Queryable, old: OldSide, tables: readonly string[]) {
  const replayed = await countReverse(target);
  await source.query("SELECT set_config('legacy_capture.replay', 'on', true)");
  await replayFiles(source, target, old);
  let overflow = 0;
  for (const dataset of ALL.filter(({ table }) => tables.includes(table))) {
    const { rows } = await target.query<{ rows: string }>(
      fillSql(readSql('legacy/reverse-read.sql'), listReadParts(dataset)),
      [dataset.name],
    );
    const { rows: left } = await source.query<Overflow>(
      fillSql(readSql('legacy/reverse-write.sql'), listWriteParts(dataset, old)),
      [rows[0]?.rows ?? '[]'],
    );
    await target.query(
      `INSERT INTO legacy_move.rollback_overflow (dataset, datasource_id, at, reason, "row")
       SELECT $1, datasource_id, at, reason, "row" FROM jsonb_to_recordset($2::jsonb) AS x(datasource_id int, at timestamptz, reason text, "row" jsonb)
       ON CONFLICT (dataset, datasource_id, at) DO UPDATE SET reason = excluded.reason, "row" = excluded."row"`,
      [dataset.name, JSON.stringify(left)],
    );
    overflow += left.length;
  }
  await target.query('DELETE FROM legacy_move.reverse_queue');
  return { replayed: replayed - overflow, overflow };
}

async function replayFiles(source: Queryable, target: Queryable, old: OldSide): Promise<void> {
  const union = ALL.map(
    ({ name, table, time, timeKind }) => `SELECT f.batch_id FROM ${quoteName(table)} f JOIN legacy_move.reverse_queue q
      ON q.dataset = '${name}' AND q.datasource_id = f.datasource_id
      AND f.${quoteName(time)} = ${timeKind === 'day' ? "(q.at AT TIME ZONE 'UTC')::date" : 'q.at'}`,
  ).join(' UNION ');
  const { rows } = await target.query<{ files: string }>(
    `SELECT coalesce(jsonb_agg(jsonb_build_object('batch_id', b.batch_id, 'source_name', coalesce(b.source_name, b.batch_id::text),
       'device', coalesce(d.external_id, 'None'), 'granularity', coalesce(b.granularity, ''), 'sha', b.file_sha256, 'at', coalesce(b.applied_at, b.created_at))), '[]')::text AS files
     FROM ingest_batch b
     LEFT JOIN LATERAL (SELECT x.external_id FROM datasource x WHERE x.id = coalesce(b.datasource_id,
       (SELECT min(s.datasource_id) FROM ingest_batch_datasource s WHERE s.batch_id = b.batch_id HAVING count(*) = 1))) d ON true
     WHERE b.source_type <> 'legacy' AND b.batch_id IN (${union})`,
  );
  await source.query(old.sql('reverse-files.sql'), [rows[0]?.files ?? '[]']);
}

function listReadParts({ table, time, timeKind, measures }: Dataset): Record<string, string> {
  return {
    kind: timeKind,
    table: quoteName(table),
    time: quoteName(time),
    key: timeKind === 'day' ? "(q.at AT TIME ZONE 'UTC')::date" : 'q.at',
    measures: measures.map(({ name }) => `f.${quoteName(name)}`).join(', '),
  };
}

/** The key under which an old table keeps a reading. */
function listOldKey({ name }: Dataset): { columns: string[]; values: string[] } {
  if (name === 'energy_hourly') return { columns: ['device_id', 'ts'], values: ['g.device_id', 'g.wall'] };
  if (name === 'energy_daily') return { columns: ['device_id', 'ts'], values: ['g.device_id', 'g.wall::date'] };
  if (name === 'environmental_metrics') return { columns: ['"timestamp"'], values: ['g.at'] };
  return { columns: ['production_date'], values: ['g.wall::date'] };
}

function listWriteParts(dataset: Dataset, old: OldSide): Record<string, string> {
  const names = dataset.measures.map(({ name }) => quoteName(name));
  const { columns, values } = listOldKey(dataset);
  const match = (side: string) => columns.map((column, at) => `${side}.${column} = ${values[at]}`).join(' AND ');
  const isEnergy = dataset.name.startsWith('energy');
  const types = new Map(OLD_TYPES);
  const cast = (name: string) => `g.${quoteName(name)}::${types.get(name) ?? 'double precision'}`;
  return {
    table: old.table(dataset.table),
    files: old.table('ingest_file'),
    id: findOldTable(dataset.table).key,
    types: dataset.measures.map(({ name }) => `${quoteName(name)} double precision`).join(', '),
    given_key: values.join(', '),
    sets: dataset.measures.map(({ name }) => `${quoteName(name)} = ${cast(name)}`).join(', '),
    before: names.map((name) => `t.${name}`).join(', '),
    after: dataset.measures.map(({ name }) => cast(name)).join(', '),
    key_columns: columns.join(', '),
    key_values: values.join(', '),
    columns: names.join(', '),
    values: dataset.measures.map(({ name }) => cast(name)).join(', '),
    can_hold:
      dataset.name === 'energy_hourly'
        ? 'g.device_id IS NOT NULL AND g.fits'
        : isEnergy
          ? 'g.device_id IS NOT NULL'
          : 'true',
    returned: columns.map((column) => `t.${column}`).join(', '),
    added_matches: match('a'),
    standing_matches: match('t'),
    // Weather readings of the new system are true instants, as only those of the API were in the old one.
    source_type: isEnergy || dataset.name === 'dairy_production' ? 'csv' : 'api',
  };
}

const OLD_TYPES: readonly (readonly [string, string])[] = [
  ...DATASETS.environmental_metrics.measures.map(({ name }) => [name, 'numeric(8,2)'] as const),
  ...DATASETS.dairy_production.measures.map(
    ({ name }) => [name, name === 'feed_efficiency' ? 'numeric(10,4)' : 'numeric(10,2)'] as const,
  ),
  ['number_of_animals', 'integer'],
  ['average_lactation_days', 'integer'],
  ['rumination_minutes', 'integer'],
];
