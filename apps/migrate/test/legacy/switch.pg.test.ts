import { setTimeout as sleep } from 'node:timers/promises';
import { findServerUrl } from '@cei-inoe/shared/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, verify } from '../../src/legacy/commands.ts';
import { abort, cutover, finish, rollback } from '../../src/legacy/switch-commands.ts';
import { HOURLY, type Move, OLD_WORLD, openMove } from './support.ts';

const here = describe.runIf(findServerUrl() !== '');

const upsert = (device: number, ts: string, kwh: number) =>
  `INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) VALUES (${device}, '${ts}', ${kwh})
   ON CONFLICT (device_id, ts) DO UPDATE SET energy_kwh = excluded.energy_kwh`;

/** Writes as the old ingestor does until told to stop: upserts, updates, deletes; tells how long the longest statement took. */
function startWriter(url: string) {
  let stopped = false;
  let longestMs = 0;
  const refusals: string[] = [];
  const work = (async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (let n = 0; !stopped; n++) {
      const hour = new Date(Date.UTC(2026, 1, 13, n % 200)).toISOString().slice(0, 19);
      const sql =
        n % 7 === 6
          ? `DELETE FROM fact_energy_hourly WHERE device_id = 3 AND ts = '${hour}'::timestamp - interval '3 hours'`
          : upsert(3, hour, n % 100);
      const sinceMs = performance.now();
      await client.query(sql).catch((error: Error) => refusals.push(error.message));
      longestMs = Math.max(longestMs, performance.now() - sinceMs);
      if (refusals.length > 0) break;
      await sleep(1);
    }
    await client.end();
  })();
  return {
    async stop() {
      stopped = true;
      await work;
      return { longestMs, refusals };
    },
  };
}

/** What the old table holds of the meter that has generic id 3, as the new one should: all after V008, none refused. */
const OLD_OF_A = `SELECT 'a' || to_char(ts AT TIME ZONE 'Asia/Nicosia' AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI:SS ') || energy_kwh AS said
  FROM fact_energy_hourly WHERE device_id = 3 AND ts >= '2026-02-13' AND ts < '2030-01-01' ORDER BY 1`;

here('a live old database', () => {
  let move: Move;
  beforeAll(async () => {
    move = await openMove();
  });
  afterAll(() => move.end());
  const ofA = async () =>
    (await move.ask<{ said: string }>(HOURLY))
      .map(({ said }) => said)
      .filter((said) => /^a/.test(said) && said >= 'a 2026-02-12 22');
  const oldOfA = async () => (await move.old.pool.query<{ said: string }>(OLD_OF_A)).rows.map(({ said }) => said);

  it('loses and doubles nothing with a writer at work through copy and cutover, who waits less than 2 s and is then refused', async () => {
    const writer = startWriter(move.old.url);
    await sleep(100);
    // While rows change, the two sides may differ for a moment; the cutover is what counts.
    await move.run(run, { chunk: 5 }).catch((fault: { code?: string }) => expect(fault.code).toBe('legacy_differs'));
    expect(await move.run(cutover, { json: true })).toBe(0);
    await sleep(50);
    const { longestMs, refusals } = await writer.stop();
    expect(longestMs).toBeLessThan(2_000);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(
      /^legacy_read_only: (INSERT|DELETE) of fact_energy_hourly is refused, the data has moved to the new system$/,
    );
    const there = await oldOfA();
    expect(there.length).toBeGreaterThan(10);
    expect(await ofA()).toEqual(there);
    expect(await move.run(verify)).toBe(0);
  });

  it('refuses the old superuser too, in replica mode and with TRUNCATE, but not readers', async () => {
    const replica = `SET session_replication_role = replica; ${upsert(3, '2026-03-01 00:00', 1)}`;
    await expect(move.old.pool.query(replica)).rejects.toThrow('legacy_read_only');
    await expect(move.old.pool.query('TRUNCATE fact_energy_daily')).rejects.toThrow('legacy_read_only');
    expect((await move.old.pool.query('SELECT count(*)::int AS n FROM fact_energy_daily')).rows).toEqual([{ n: 2 }]);
  });

  it('the old upsert against compat is refused in a sentence; fourteen tables and fourteen views answer, in naive local hours', async () => {
    const { rows } = await move.target.pool.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'compat'::regnamespace AND relkind = 'v' AND relname <> 'source_ids'",
    );
    expect(rows).toHaveLength(28);
    const client = await move.target.pool.connect();
    try {
      await client.query('SET search_path = compat, public');
      for (const { name } of rows) await client.query(`SELECT * FROM ${name}`);
      const old =
        "SELECT device_id, ts::text, energy_kwh FROM fact_energy_hourly WHERE device_id = 3 AND ts < '2025-04-01' ORDER BY ts";
      expect((await client.query(old)).rows).toEqual([
        { device_id: 3, ts: '2025-03-30 02:00:00', energy_kwh: 1.1 },
        { device_id: 3, ts: '2025-03-30 04:00:00', energy_kwh: 1.3 },
      ]);
      const names = 'SELECT display_name, device_token FROM device_energy WHERE id = 3';
      expect((await client.query(names)).rows).toEqual([{ display_name: 'A renamed', device_token: null }]);
      await expect(client.query(upsert(3, '2026-03-01 00:00', 1))).rejects.toThrow(
        'no unique or exclusion constraint matching the ON CONFLICT',
      );
      await expect(
        client.query("INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) VALUES (3, '2026-03-01', 1)"),
      ).rejects.toThrow('legacy_read_only: INSERT of compat.fact_energy_hourly');
    } finally {
      await client.query('RESET search_path');
      client.release();
    }
  });

  it('rollback after new writes: they go into the old tables; what old keys cannot hold is counted and has to be agreed to', async () => {
    // Loaded as the ingestor does, in replica mode: a new hour, a correction, and both hours of an autumn night to come.
    await move.target.pool.query(`
      INSERT INTO ingest_batch (batch_id, datasource_id, dataset, source_type, source_name, status, applied_at)
        SELECT '01920000-0000-7000-8000-000000000001', id, 'energy_hourly', 'file', 'new.csv', 'completed', now() FROM datasource WHERE external_id LIKE 'aaa%';
      BEGIN; SET LOCAL session_replication_role = replica;
      INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id)
        SELECT id, t, 3.25, '01920000-0000-7000-8000-000000000001' FROM datasource, unnest(ARRAY['2026-06-01 10:00Z', '2026-02-11 22:00Z', '2026-10-25 00:00Z', '2026-10-25 01:00Z']::timestamptz[]) t
        WHERE external_id LIKE 'aaa%' ON CONFLICT (datasource_id, ts) DO UPDATE SET energy_kwh = excluded.energy_kwh, batch_id = excluded.batch_id;
      COMMIT`);
    await expect(move.run(rollback)).rejects.toMatchObject({ code: 'legacy_overflow', facts: { overflow: 1 } });
    expect(await move.run(rollback, { acceptOverflow: true, json: true })).toBe(0);
    expect(JSON.parse(move.printed.at(-1) ?? '')).toEqual({ phase: 'rolled_back', replayed: 3, overflow: 1 });
    const old = 'SELECT device_id, ts::text, source_file FROM fact_energy_hourly WHERE energy_kwh = 3.25 ORDER BY ts';
    expect((await move.old.pool.query(old)).rows).toEqual([
      { device_id: 3, ts: '2026-02-12 00:00:00', source_file: '01920000-0000-7000-8000-000000000001' },
      { device_id: 3, ts: '2026-06-01 13:00:00', source_file: '01920000-0000-7000-8000-000000000001' },
      { device_id: 3, ts: '2026-10-25 03:00:00', source_file: '01920000-0000-7000-8000-000000000001' },
    ]);
    expect(
      await move.ask(
        "SELECT to_char(at AT TIME ZONE 'UTC', 'MM-DD HH24:MI') AS at, reason FROM legacy_move.rollback_overflow",
      ),
    ).toEqual([{ at: '10-25 00:00', reason: 'the old clock means the other of two equal hours' }]);
    await move.old.pool.query(upsert(3, '2026-06-02 00:00', 5));
  });

  it('moves on after a rollback: run, cutover, finish', async () => {
    await expect(move.run(cutover)).rejects.toMatchObject({ code: 'legacy_phase' });
    expect(await move.run(run)).toBe(0);
    expect(await move.ask("SELECT energy_kwh FROM fact_energy_hourly WHERE ts = '2026-06-01 21:00Z'")).toEqual([
      { energy_kwh: 5 },
    ]);
    expect(await move.run(cutover)).toBe(0);
    await expect(move.run(finish, { yes: true })).rejects.toMatchObject({ code: 'legacy_phase' });
    expect(await move.run(finish, { yes: true, endReverse: true })).toBe(0);
    expect(await move.ask("SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'legacy%'")).toEqual([]);
    expect(await move.ask("SELECT count(*)::int AS n FROM pg_trigger WHERE tgname LIKE 'legacy%'")).toEqual([{ n: 0 }]);
    expect(await move.ask('SELECT count(*)::int AS n FROM compat.fact_energy_hourly WHERE device_id = 3')).not.toEqual([
      { n: 0 },
    ]);
  });

  it('finish leaves a database of the old tables read-only: an old ingestor that was forgotten is still refused', async () => {
    await expect(move.old.pool.query(upsert(3, '2026-07-01 00:00', 5))).rejects.toThrow('legacy_read_only');
    const { rows } = await move.old.pool.query("SELECT FROM pg_trigger WHERE tgname ~ '^legacy_capture_(in|up|de|tr)'");
    expect(rows).toEqual([]);
  });
});

here('capture', () => {
  let move: Move;
  beforeAll(async () => {
    move = await openMove();
    await move.run(run);
  });
  afterAll(() => move.end());

  it('writes and deletes during the copy, one transaction held open past the catch-up: it follows truncates, cascades and changed keys too', async () => {
    const held = await move.old.pool.connect();
    await held.query(`BEGIN; ${upsert(3, '2026-05-01 00:00', 7)}`);
    await move.old.pool.query(
      `DELETE FROM generic_device WHERE device_id = 'AAAAAAAAAAAAAAAAAAAAAAAA'; UPDATE fact_energy_hourly SET ts = '2026-02-12 06:00' WHERE energy_id = 15`,
    );
    await move.old.pool.query('TRUNCATE dairy_production');
    expect(await move.run(run)).toBe(0);
    await held.query('COMMIT');
    held.release();
    expect(await move.run(run)).toBe(0);
    const said = (await move.ask<{ said: string }>(HOURLY)).map((row) => row.said);
    expect(said).toContain('a 2026-04-30 21:00:00 7');
    expect(said).toContain('a 2026-02-12 04:00:00 0.2');
    expect(said).not.toContain('a 2026-02-12 03:00:00 0.2');
    expect(await move.ask('SELECT count(*)::int AS n FROM dairy_production')).toEqual([{ n: 0 }]);
  });

  it('keeps the evidence when the old cleanup function takes the staging rows', async () => {
    await move.old.pool.query('SELECT cleanup_staging_data(0)');
    expect(await move.run(run, { recover: true })).toBe(0);
    expect(await move.ask('SELECT count(*)::int AS n FROM fact_energy_hourly WHERE quality & 8 = 8')).toEqual([
      { n: 25 },
    ]);
  });

  it('decides as the run did, whatever a later command leaves out', async () => {
    await move.old.pool.query("UPDATE generic_device SET alias = 'B again' WHERE device_id LIKE 'bbb%'");
    const before = await move.ask(HOURLY);
    expect(await move.run(verify, { timezone: undefined })).toBe(0);
    expect(await move.ask(HOURLY)).toEqual(before);
    expect(await move.ask('SELECT DISTINCT timezone FROM datasource')).toEqual([{ timezone: 'Asia/Nicosia' }]);
  });

  it('a long reader at cutover, and a long writer: it waits without keeping the others waiting', async () => {
    const held = await move.old.pool.connect();
    await held.query(`BEGIN; ${upsert(3, '2026-05-02 00:00', 8)}`);
    const reader = await move.old.pool.connect();
    await reader.query('BEGIN; SELECT count(*) FROM fact_energy_hourly');
    const writer = startWriter(move.old.url);
    const switched = move.run(cutover, { recover: true });
    await sleep(1_500);
    await held.query('COMMIT');
    held.release();
    expect(await switched).toBe(0);
    await reader.query('COMMIT');
    reader.release();
    expect((await writer.stop()).longestMs).toBeLessThan(2_000);
    expect(await move.ask("SELECT count(*)::int AS n FROM fact_energy_hourly WHERE ts = '2026-05-01 21:00Z'")).toEqual([
      { n: 1 },
    ]);
  });
});

here('abort', () => {
  it('leaves the old database as it was and the new one without its readings', async () => {
    const move = await openMove(OLD_WORLD);
    try {
      await move.run(run);
      expect(await move.run(abort)).toBe(0);
      const { rows } = await move.old.pool.query(
        "SELECT count(*)::int AS n FROM pg_trigger WHERE tgname LIKE 'legacy%'",
      );
      expect(rows).toEqual([{ n: 0 }]);
      expect(
        await move.ask(
          'SELECT (SELECT count(*)::int FROM fact_energy_hourly) AS facts, (SELECT count(*)::int FROM ingest_batch) AS batches',
        ),
      ).toEqual([{ facts: 0, batches: 0 }]);
      expect(await move.run(run)).toBe(0);
    } finally {
      await move.end();
    }
  });
});
