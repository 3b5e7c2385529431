import { setTimeout as sleep } from 'node:timers/promises';
import { findServerUrl } from '@cei-inoe/shared/testing';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { openWork, run, verify } from '../../src/legacy/commands.ts';
import type { OldSide } from '../../src/legacy/old-side.ts';
import { abort, cutover, finish } from '../../src/legacy/switch-commands.ts';
import { verifyLive } from '../../src/legacy/verify-live.ts';
import { HOURLY, type Move, openMove } from './support.ts';

const here = describe.runIf(findServerUrl() !== '');

const FILE = '00000000-0000-4000-8000-0000000000aa';
const addFile = (
  id: string,
) => `INSERT INTO ingest_file (file_id, file_name, device_id, granularity, sha256, pipeline_version)
  VALUES ('${id}', 'w.csv', '3', 'hourly', md5('${id}'), '3.0')`;

/** Loads whole files, a transaction each, and deletes hours of others again, as fast as it can, until told to stop. */
function startLoader(url: string) {
  let stopped = false;
  const work = (async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    let n = 0;
    for (; !stopped; n++) {
      const id = `0000000b-0000-4000-8000-${String(n).padStart(12, '0')}`;
      const day = new Date(Date.UTC(2026, 2, 1 + (n % 20))).toISOString().slice(0, 10);
      await client.query(`BEGIN; ${addFile(id)};
        INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh, source_file) SELECT 3, '${day}'::timestamp + h * interval '1 hour', ${n}, '${id}' FROM generate_series(0, 47) h
          ON CONFLICT (device_id, ts) DO UPDATE SET energy_kwh = excluded.energy_kwh; COMMIT`);
      // A day that is there for a moment only, under new row ids each time.
      await client.query(
        "INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) SELECT 3, '2026-05-04'::timestamp + h * interval '1 hour', 1 FROM generate_series(0, 23) h",
      );
      await sleep(30);
      await client.query(
        `DELETE FROM fact_energy_hourly WHERE device_id = 3 AND (ts >= '2026-05-04' AND ts < '2026-05-05' OR ts >= '${day}' AND ts < '${day}'::timestamp + interval '9 hours')`,
      );
    }
    await client.end();
    return n;
  })();
  return {
    async stop() {
      stopped = true;
      return await work;
    },
  };
}

here('files that are loaded during the move', () => {
  let move: Move;
  afterEach(() => move.end());

  it('whose readings come before they do end under their own batch', async () => {
    move = await openMove();
    await move.run(run);
    await move.old.pool.query(
      `${addFile(FILE)}; INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh, source_file) VALUES (3, '2026-03-02 12:00', 4.5, '${FILE}')`,
    );
    // The queue has no order: here the reading's key lies before its file's.
    await move.old.pool.query("UPDATE legacy_capture.queue SET key = key WHERE tab = 'ingest_file'");
    expect(await move.run(run, { chunk: 1 })).toBe(0);
    expect(await move.ask('SELECT batch_id, quality FROM fact_energy_hourly WHERE energy_kwh = 4.5')).toEqual([
      { batch_id: FILE, quality: 0 },
    ]);
  });

  it('are verified on one snapshot: nothing differs however much is written and deleted meanwhile', async () => {
    move = await openMove();
    const loader = startLoader(move.old.url);
    await sleep(100);
    try {
      for (const _time of [1, 2]) expect(await move.run(run)).toBe(0);
      expect(await move.run(verify)).toBe(0);
    } finally {
      expect(await loader.stop()).toBeGreaterThan(20);
    }
    expect(await move.run(cutover)).toBe(0);
    const { rows } = await move.old.pool.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM fact_energy_hourly WHERE device_id = 3 AND ts >= '2026-03-01' AND ts < '2030-01-01'",
    );
    expect(await move.ask("SELECT count(*)::int AS n FROM fact_energy_hourly WHERE ts >= '2026-02-28 22:00Z'")).toEqual(
      rows,
    );
  });
});

/** The old side, with somebody who writes a reading when its table is counted, and takes it back when its months are compared. */
function disturb(move: Move, old: OldSide): OldSide {
  const meddle = async (sql: unknown) => {
    if (/count\(\*\)::int AS n FROM "public"."fact_energy_hourly"/.test(String(sql)))
      await move.old.pool.query(
        "INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) VALUES (3, '2026-05-04 12:00', 1)",
      );
    if (/string_agg/.test(String(sql)))
      await move.old.pool.query("DELETE FROM fact_energy_hourly WHERE ts = '2026-05-04 12:00'");
  };
  const watch = <T extends object>(queryable: T): T =>
    new Proxy(queryable, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...args: unknown[]) => Promise<object>;
        if (name === 'connect') return async () => watch(await call());
        if (name !== 'query') return call;
        return async (...args: unknown[]) => {
          await meddle(args[0]);
          return await call(...args);
        };
      },
    });
  return { ...old, pool: watch(old.pool) };
}

here('a reading that is there only while the two sides are compared', () => {
  it('is in no snapshot, and no difference', async () => {
    const move = await openMove();
    try {
      await move.run(run);
      await move.run(async (context) => {
        const work = await openWork(context);
        const { checks } = await verifyLive({ ...work, old: disturb(move, work.old) });
        expect(checks.filter(({ passed }) => !passed)).toEqual([]);
        return 0;
      });
      expect((await move.old.pool.query("SELECT FROM fact_energy_hourly WHERE ts = '2026-05-04 12:00'")).rows).toEqual(
        [],
      );
    } finally {
      await move.end();
    }
  });
});

here('staging rows that the old cleanup takes', () => {
  it('remain evidence for both copier and verifier, however many they are', async () => {
    const OTHER = FILE.replace('aa', 'bb');
    // Files of two meters; the facts still name the first, as upserts never updated that, and staging tells that the second wrote last.
    const move = await openMove(`
      INSERT INTO generic_device (id, device_id, device_type, client, timezone) VALUES (1, '${'a'.repeat(24)}', 'energy', 'x', 'UTC'), (2, '${'b'.repeat(24)}', 'energy', 'x', 'UTC');
      INSERT INTO ingest_file (file_id, file_name, device_id, granularity, sha256) VALUES ('${FILE}', '${'a'.repeat(24)}-hourly.csv', '1', 'hourly', '1'), ('${OTHER}', '${'b'.repeat(24)}-hourly.csv', '2', 'hourly', '2');
      INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh, source_file) SELECT 1, '2025-01-01'::timestamp + h * interval '1 hour', h, '${FILE}' FROM generate_series(1, 6000) h;
      INSERT INTO staging_energy_hourly (file_id, row_number, raw_data, transformed_data, is_valid, loaded_to_final)
        SELECT source_file, 1, '{}', jsonb_build_object('ts', ts, 'device_id', 1, 'energy_kwh', energy_kwh), true, true
        FROM (SELECT ts, energy_kwh, '${OTHER}'::uuid AS source_file FROM fact_energy_hourly) f`);
    try {
      expect(await move.run(run)).toBe(0);
      await move.old.pool.query('DELETE FROM staging_energy_hourly');
      expect(await move.run(verify)).toBe(0);
      const bySource =
        'SELECT left(d.external_id, 1) AS id, count(*)::int AS n FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id GROUP BY 1';
      // One of the hours does not exist in the zone of the move: that of the spring change.
      expect(await move.ask(bySource)).toEqual([{ id: 'b', n: 5999 }]);
    } finally {
      await move.end();
    }
  });
});

here('what a later run says otherwise', () => {
  let move: Move;
  afterEach(() => move.end());

  it('a zone that was wrong at first is put right with all its readings', async () => {
    move = await openMove();
    expect(await move.run(run)).toBe(0);
    const right = await move.ask(HOURLY);
    expect(await move.run(abort)).toBe(0);
    expect(await move.ask('SELECT count(*)::int AS n FROM datasource')).toEqual([{ n: 0 }]);
    await move.run(run, { timezone: 'Europe/London' });
    expect(await move.ask(HOURLY)).not.toEqual(right);
    expect(await move.run(run)).toBe(0);
    expect(await move.ask(HOURLY)).toEqual(right);
    expect(await move.ask('SELECT DISTINCT timezone FROM datasource')).toEqual([{ timezone: 'Asia/Nicosia' }]);
  });

  it('is refused in a sentence where the new system has readings of that source in the zone of before', async () => {
    move = await openMove();
    await move.run(run, { timezone: 'Europe/London' });
    await move.target.pool.query(`INSERT INTO ingest_batch (batch_id, source_type, source_name, status) VALUES ('${FILE}', 'file', 'new.csv', 'completed');
      INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id) SELECT id, '2026-06-01 10:00Z', 1, '${FILE}' FROM datasource WHERE external_id LIKE 'aaa%'`);
    await expect(move.run(run)).rejects.toMatchObject({
      code: 'legacy_zone_taken',
      message: expect.stringContaining('Europe/London'),
    });
  });

  it('names follow the old register, except those that somebody gave in the new system', async () => {
    move = await openMove();
    await move.run(run);
    await move.target.pool.query("UPDATE datasource SET alias = 'ours' WHERE external_id LIKE 'bbb%'");
    await move.old.pool.query("UPDATE generic_device SET alias = 'theirs', client = 'New Farm'");
    await move.run(run);
    expect(
      await move.ask(
        "SELECT left(external_id, 1) AS id, alias, client FROM datasource WHERE external_id ~ '^(aaa|bbb)' ORDER BY 1",
      ),
    ).toEqual([
      { id: 'a', alias: 'theirs', client: 'New Farm' },
      { id: 'b', alias: 'ours', client: 'New Farm' },
    ]);
  });
});

here('a move that was finished', () => {
  it('is not undone by another that is given up: of the same old database, or of a second one', async () => {
    const move = await openMove();
    const second = await openMove(
      `INSERT INTO generic_device (device_id, device_type, client, timezone) VALUES ('${'e'.repeat(24)}', 'energy', 'Farm', 'Asia/Nicosia');
       INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) SELECT id, '2026-03-01 12:00', 7 FROM generic_device`,
    );
    try {
      await move.run(run);
      await move.run(cutover);
      await move.run(finish, { yes: true, endReverse: true });
      const moved = await move.ask(HOURLY);
      const counts =
        'SELECT (SELECT count(*)::int FROM ingest_rejection) AS refused, (SELECT count(*)::int FROM datasource) AS sources, (SELECT sum(rows)::int FROM ingest_batch_datasource) AS rows';
      const before = await move.ask(counts);
      expect(await move.run(run)).toBe(0);
      expect(await move.ask(HOURLY)).toEqual(moved);
      await move.run(abort);
      await expect(move.old.pool.query('DELETE FROM dairy_production')).rejects.toThrow('legacy_read_only');
      expect(await move.run(run, { sourceUrl: second.old.url })).toBe(0);
      expect(await move.ask(HOURLY)).toEqual([...moved, { said: 'e 2026-03-01 10:00:00 7' }]);
      await move.run(abort, { sourceUrl: second.old.url });
      expect(await move.ask(HOURLY)).toEqual(moved);
      expect(await move.ask(counts)).toEqual(before);
    } finally {
      await Promise.all([move.end(), second.end()]);
    }
  });
});
