// Decides what every copied row is: merges the registers, gives files and readings their sources, instants and faults. Writes only in the workroom.

import { Fault } from '@cei-inoe/shared/errors';
import { readSql } from '@cei-inoe/shared/sql';
import { type Entry, isZone, type MergedSource, mergeSources } from './merge-sources.ts';
import type { Queryable } from './old-side.ts';
import type { LegacyMap } from './read-map.ts';
import { OLD_TABLES } from './tables.ts';

const READINGS = OLD_TABLES.filter(({ kind }) => kind === 'fact' || kind === 'staging').map(({ name }) => name);

/**
 * Merges the registers and stores sources, handles and the map.
 * @throws Fault legacy_map_invalid where the map names a source or zone that does not exist
 */
export async function decideSources(
  target: Queryable,
  written: LegacyMap,
  timezone: string | undefined,
): Promise<MergedSource[]> {
  const map = await foldMap(target, written);
  const { rows } = await target.query<Entry>(
    `SELECT tab AS register, row, lower(btrim(row->>'device_id')) AS folded FROM legacy_move.old WHERE tab IN ('device', 'generic_device') ORDER BY tab, key::int`,
  );
  const known = await listZones(target);
  const zones = { fallback: timezone ?? map.timezone, bySource: map.zones, isKnown: (name: string) => known.has(name) };
  const sources = mergeSources(rows, zones);
  checkMap(map, sources, zones);
  await target.query('DELETE FROM legacy_move.handle');
  await target.query('DELETE FROM legacy_move.map');
  await storeSources(target, sources);
  const handles = sources.flatMap(({ folded, handles: all }) =>
    all.map(({ register, id }) => ({ register, old_id: id, folded })),
  );
  await target.query(
    'INSERT INTO legacy_move.handle SELECT * FROM jsonb_to_recordset($1) AS x(register text, old_id int, folded text)',
    [JSON.stringify(handles)],
  );
  await target.query(
    'INSERT INTO legacy_move.map SELECT * FROM jsonb_to_recordset($1) AS x(kind text, value text, folded text)',
    [JSON.stringify(map.entries)],
  );
  return sources;
}

/** The map with its names as the database folds them, so that both sides of every comparison are its own. */
async function foldMap(target: Queryable, map: LegacyMap): Promise<LegacyMap> {
  const names = [...map.zones.keys(), ...map.entries.flatMap(({ value, folded }) => [value, folded])];
  const { rows } = await target.query<{ said: string; folded: string }>(
    'SELECT said, lower(btrim(said)) AS folded FROM unnest($1::text[]) AS said',
    [names],
  );
  const known = new Map(rows.map(({ said, folded }) => [said, folded]));
  const fold = (name: string) => known.get(name) ?? name;
  return {
    ...map,
    zones: new Map([...map.zones].map(([id, zone]) => [fold(id), zone])),
    entries: map.entries.map(({ kind, value, folded }) => ({ kind, value: fold(value), folded: fold(folded) })),
  };
}

async function listZones(target: Queryable): Promise<Set<string>> {
  const { rows } = await target.query<{ name: string }>('SELECT name FROM pg_timezone_names');
  return new Set(rows.map(({ name }) => name));
}

function checkMap(map: LegacyMap, sources: readonly MergedSource[], zones: Parameters<typeof mergeSources>[1]): void {
  const folded = new Set(sources.map((source) => source.folded));
  const errors = [
    ...map.entries
      .filter((entry) => !folded.has(entry.folded))
      .map((entry) => ({ field: `${entry.kind}.${entry.value}`, message: `there is no source "${entry.folded}"` })),
    ...[...map.zones]
      .filter(([id]) => !folded.has(id))
      .map(([id]) => ({ field: `sources.${id}`, message: 'there is no such source' })),
    ...[...map.zones.values(), ...(zones.fallback === undefined ? [] : [zones.fallback])]
      .filter((name) => !isZone(name, zones))
      .map((name) => ({ field: 'timezone', message: `"${name}" is no zone; write an IANA name such as Asia/Nicosia` })),
  ];
  if (errors.length > 0) throw new Fault('legacy_map_invalid', undefined, { errors });
}

async function storeSources(target: Queryable, sources: readonly MergedSource[]): Promise<void> {
  const rows = sources.map((source) => ({
    folded: source.folded,
    external_id: source.externalId,
    fields: source.fields,
    zone: source.zone,
    zone_from: source.zoneFrom,
    secrets: source.secrets,
    conflicts: source.conflicts,
  }));
  await target.query(
    `INSERT INTO legacy_move.source AS s (folded, external_id, fields, zone, zone_from, secrets, conflicts)
     SELECT * FROM jsonb_to_recordset($1) AS x(folded text, external_id text, fields jsonb, zone text, zone_from text, secrets jsonb, conflicts jsonb)
     ON CONFLICT (folded) DO UPDATE SET external_id = excluded.external_id, fields = excluded.fields, zone = excluded.zone,
       zone_from = excluded.zone_from, secrets = excluded.secrets, conflicts = excluded.conflicts`,
    [JSON.stringify(rows)],
  );
}

/** Gives every file its source; the readings of those whose source or time changed are to be decided anew. */
export async function decideBatches(target: Queryable): Promise<void> {
  await target.query(
    `WITH gone AS (DELETE FROM legacy_move.batch b WHERE NOT EXISTS (SELECT FROM legacy_move.old o WHERE o.tab = 'ingest_file' AND o.key = b.file::text)
       RETURNING b.file),
     changed AS (${readSql('legacy/decide-batches.sql')})
     INSERT INTO legacy_move.todo SELECT r.tab, r.key FROM legacy_move.reading r
     WHERE r.writer IN (SELECT file FROM changed UNION ALL SELECT file FROM gone) ON CONFLICT DO NOTHING`,
  );
  // They are few, and what the planner thinks of them decides how the many are read.
  await target.query(
    'ANALYZE legacy_move.settings, legacy_move.source, legacy_move.handle, legacy_move.map, legacy_move.batch',
  );
}

/** Marks every reading as undecided: something that all verdicts depend on has changed. */
export async function markAll(target: Queryable): Promise<void> {
  await target.query(
    'INSERT INTO legacy_move.todo SELECT tab, key FROM legacy_move.old WHERE tab = ANY ($1) ON CONFLICT DO NOTHING',
    [READINGS],
  );
}

/**
 * Decides up to `limit` staging rows that are marked; all of them before the first fact, as the last one loaded under a fact's key is its true
 * writer. One that changed makes the fact under its key undecided. Returns how many; 0 when none is left.
 */
export async function decideStaging(target: Queryable, limit: number): Promise<number> {
  const taken = await takeMarked(target, 'staging', limit);
  if (taken === 0) return 0;
  await markWritten(target);
  await decideTaken(target, false);
  await markWritten(target);
  await analyzeGrown(target);
  return taken;
}

/** The same of facts. */
export async function decideFacts(target: Queryable, limit: number): Promise<number> {
  const taken = await takeMarked(target, 'fact', limit);
  if (taken === 0) return 0;
  await decideTaken(target, true);
  await analyzeGrown(target);
  return taken;
}

async function decideTaken(target: Queryable, isFact: boolean): Promise<void> {
  await target.query(readSql('legacy/forget-readings.sql'));
  await target.query(readSql('legacy/decide-readings.sql'), [isFact]);
  await target.query(readSql('legacy/decide-alone.sql'));
}

/** Takes marks into the temporary table `scope_keys`; those that another connection is at are left to it. */
async function takeMarked(target: Queryable, kind: 'staging' | 'fact', limit: number): Promise<number> {
  await target.query('DROP TABLE IF EXISTS scope_keys');
  await target.query('CREATE TEMPORARY TABLE scope_keys (tab text, key text)');
  const { rowCount } = await target.query(
    `WITH taken AS (DELETE FROM legacy_move.todo t USING (SELECT tab, key FROM legacy_move.todo WHERE tab = ANY ($1) LIMIT $2 FOR UPDATE SKIP LOCKED) c
       WHERE t.tab = c.tab AND t.key = c.key RETURNING t.tab, t.key)
     INSERT INTO scope_keys SELECT tab, key FROM taken`,
    [OLD_TABLES.filter((table) => table.kind === kind).map(({ name }) => name), limit],
  );
  if (!rowCount) return 0;
  await target.query('ANALYZE scope_keys');
  return rowCount;
}

/** A big transaction sees no statistics but those it makes; once the table has doubled they are made anew. */
async function analyzeGrown(target: Queryable): Promise<void> {
  const { rows } = await target.query<{ grown: boolean }>(
    `SELECT pg_relation_size(oid) / current_setting('block_size')::int > 2 * greatest(relpages, 50) AS grown
     FROM pg_class WHERE oid = 'legacy_move.reading'::regclass`,
  );
  if (rows[0]?.grown === true) await target.query('ANALYZE legacy_move.reading');
}

/** Facts that are decided already and stand under the key of a staging row in scope. */
async function markWritten(target: Queryable): Promise<void> {
  await target.query(
    `INSERT INTO legacy_move.todo SELECT f.tab, f.key FROM legacy_move.reading f
     JOIN legacy_move.reading s ON s.dataset || '|' || s."natural" = f.dataset || '|' || f."natural" AND f.is_fact AND NOT s.is_fact
     JOIN scope_keys t ON t.tab = s.tab AND t.key = s.key ON CONFLICT DO NOTHING`,
  );
}
