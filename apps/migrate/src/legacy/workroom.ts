// The schema `legacy_move` in the new database: makes it, keeps its settings, drops it. Moves nothing.
import { makeBatchId } from '@cei-inoe/shared/batch-id';
import { DATASETS, type DatasetName } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { fillSql, readSql } from '@cei-inoe/shared/sql';
import type { Queryable } from './old-side.ts';
import type { Probe } from './probe.ts';
import type { LegacyMap } from './read-map.ts';
import type { Decisions } from './verify-rows.ts';

export type Phase = 'new' | 'copying' | 'copied' | 'cut_over' | 'rolled_back' | 'finished';

export interface Settings {
  readonly phase: Phase;
  readonly paused: boolean;
  readonly source: { readonly park: boolean; readonly schema: string; readonly identity: string };
  readonly probe: Probe;
  readonly recover: boolean;
  readonly no_batch: string;
  readonly was_moved: boolean;
  readonly cut_over_at: Date | null;
  readonly reverse_until: Date | null;
}

/** `'name', <column->'name'>, …` for jsonb_build_object. */
const listMeasures = (dataset: DatasetName, column: string): string =>
  `jsonb_build_object(${DATASETS[dataset].measures.map(({ name }) => `'${name}', ${column}->'${name}'`).join(', ')})`;

/** Makes the schema. */
export async function createWorkroom(target: Queryable): Promise<void> {
  await target.query(readSql('legacy/move-schema.sql'));
  await target.query(readSql('legacy/raw-functions.sql'));
  await target.query(
    fillSql(readSql('legacy/raw-readings.sql'), {
      weather_measures: listMeasures('environmental_metrics', 'o.row'),
      staged_weather_measures: listMeasures('environmental_metrics', 't.data'),
      dairy_measures: listMeasures('dairy_production', 'o.row'),
      staged_dairy_measures: listMeasures('dairy_production', 't.data'),
    }),
  );
  await target.query('INSERT INTO legacy_move.settings (no_batch) VALUES ($1)', [makeBatchId()]);
}

export async function hasWorkroom(target: Queryable): Promise<boolean> {
  const { rows } = await target.query<{ found: boolean }>(
    "SELECT to_regclass('legacy_move.settings') IS NOT NULL AS found",
  );
  return rows[0]?.found === true;
}

/** @throws Fault legacy_phase where no move was begun */
export async function readSettings(target: Queryable): Promise<Settings> {
  if (!(await hasWorkroom(target))) throw new Fault('legacy_phase', 'No move was begun: `run` begins one.');
  const { rows } = await target.query<Settings>('SELECT * FROM legacy_move.settings');
  const [settings] = rows;
  if (settings === undefined) throw new Fault('legacy_phase', 'No move was begun: `run` begins one.');
  return settings;
}

export async function setPhase(target: Queryable, phase: Phase): Promise<void> {
  await target.query('UPDATE legacy_move.settings SET phase = $1, updated_at = now()', [phase]);
}

const asTimestamp = (value: Date | string): string => (value instanceof Date ? value.toISOString() : value);

/** Stores what was found and decided; true where something that verdicts depend on is other than before. */
export async function storeDecisions(
  target: Queryable,
  probe: Probe,
  map: LegacyMap,
  options: { readonly recover: boolean },
): Promise<boolean> {
  const { epoch, fkRegister } = probe;
  const { nonexistent, autumn, weather_csv, ampm, zero } = map.policies;
  const { rowCount } = await target.query(
    `UPDATE legacy_move.settings SET probe = $1, epoch_low = $2, epoch_high = $3, fk_register = $4, nonexistent = $5, autumn = $6,
       weather_csv = $7, ampm = $8, zero = $9, recover = $10, updated_at = now()
     WHERE (epoch_low, epoch_high, fk_register, nonexistent, autumn, weather_csv, ampm, zero, recover)
       IS DISTINCT FROM ($2::timestamptz, $3::timestamptz, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[JSON.stringify(probe), asTimestamp(epoch.low), asTimestamp(epoch.high)],
      ...[
        fkRegister === 'device' ? 'device' : 'generic_device',
        nonexistent,
        autumn,
        weather_csv,
        ampm,
        zero,
        options.recover,
      ],
    ],
  );
  await target.query('UPDATE legacy_move.settings SET probe = $1', [JSON.stringify(probe)]);
  return (rowCount ?? 0) > 0;
}

/** What a person decided, as the verifier takes it. */
export async function readDecisions(target: Queryable): Promise<Decisions> {
  const { rows } = await target.query<{ decisions: Decisions }>(
    `SELECT json_build_object('epoch_low', epoch_low, 'epoch_high', epoch_high, 'future_from', future_from,
       'policies', json_build_object('nonexistent', nonexistent, 'autumn', autumn, 'weather_csv', weather_csv, 'ampm', ampm, 'zero', zero),
       'zones', (SELECT coalesce(json_object_agg(folded, zone) FILTER (WHERE zone IS NOT NULL), '{}') FROM legacy_move.source),
       'map', json_build_object('batch', (SELECT coalesce(json_object_agg(value, folded), '{}') FROM legacy_move.map WHERE kind = 'batch'),
                                'rows', (SELECT coalesce(json_object_agg(value, folded), '{}') FROM legacy_move.map WHERE kind = 'rows'))) AS decisions
     FROM legacy_move.settings`,
  );
  const [row] = rows;
  if (row === undefined) throw new Fault('legacy_phase', 'No move was begun: `run` begins one.');
  return row.decisions;
}
