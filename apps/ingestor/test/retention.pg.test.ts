// The policy of keeping: what goes, what stays although it is old, and what a run does that is cut off or gets in somebody's way.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archive } from '@cei-inoe/shared/archive';
import { DATASETS } from '@cei-inoe/shared/datasets';
import { runCli } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { replayBatch } from '../src/compose/replay-batch.ts';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { decideHorizons } from '../src/retention/policy.ts';
import { pruneArchive } from '../src/retention/prune-archive.ts';
import { pruneHistory } from '../src/retention/prune-history.ts';
import { runPolicy, startRetention } from '../src/retention/run-policy.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

let t: Trial;
let meters = 0;
let meter: string;
const quiet = { requestedBy: null, dryRun: false };
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());
beforeEach(async () => {
  // What tests before left goes, and each begins as if nothing had been removed yet; only the owner of the table can do that.
  await pruneHistory(t.pool, await now());
  await pruneArchive(t.around, await now());
  await t.query('ALTER TABLE retention DISABLE TRIGGER retention_only_grows');
  await t.query('DELETE FROM retention');
  await t.query('ALTER TABLE retention ENABLE TRIGGER retention_only_grows');
  meter = `keep-${++meters}`;
  await t.addSource(meter, 'UTC');
});

const hour = (day: number, at: number, kwh: number) =>
  `07/${String(day).padStart(2, '0')}/2025 ${String(at).padStart(2, '0')}:00:00 AM,${kwh}`;
const load = async (...lines: string[]) => {
  const done = await t.load(`${meter}-x.csv`, `Date and Time,Hourly\n${lines.join('\n')}\n`);
  expect(account(done)).toMatch(/ = .* 0!$/);
  return done.batchId;
};
const now = async () => (await t.query<{ at: string }>('SELECT clock_timestamp()::text AS at'))[0]!.at;
const listArchive = async () =>
  (await readdir(join(t.dir, 'archive'), { recursive: true })).flatMap((path) => /[0-9a-f]{64}$/.exec(path) ?? []);
const isKept = async (batchId: string) => (await listArchive()).includes(`${(await t.batch(batchId)).file_sha256}`);
const countVersions = async () =>
  (
    await t.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM fact_energy_hourly_history h JOIN datasource d ON d.id = h.datasource_id WHERE d.external_id = $1`,
      [meter],
    )
  )[0]!.n;
const readMeter = () =>
  t.query(
    `SELECT ts, energy_kwh, batch_id, source_row FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id
     WHERE d.external_id = $1 ORDER BY ts`,
    [meter],
  );

describe('history', () => {
  it('goes where it had ended by the horizon, which is written down; what ended later stays, and so does all that stands', async () => {
    await load(hour(1, 1, 1), hour(1, 2, 1));
    await load(hour(1, 1, 2));
    const horizon = await now();
    await load(hour(1, 1, 3), hour(1, 2, 3));
    const before = await readMeter();
    // Hour 1 had two earlier values, the first of which ended by the horizon; hour 2 had one, which ended after it.
    expect(await countVersions()).toBe(3);
    expect(await pruneHistory(t.pool, horizon)).toMatchObject({ removed: 1, left: 0 });
    expect(await countVersions()).toBe(2);
    expect(await readMeter()).toEqual(before);
    expect(
      await t.query('SELECT horizon = $1::timestamptz AS same, removed, completed_at IS NULL AS open FROM retention', [
        horizon,
      ]),
    ).toEqual([{ same: true, removed: '1', open: false }]);
    expect(await pruneHistory(t.pool, horizon)).toMatchObject({ removed: 0 });
  });

  it('is removed in chunks, none forgotten and none taken twice, also where many ended at one reading', async () => {
    await load(hour(1, 1, 1));
    const id = (await t.query<{ id: number }>('SELECT id FROM datasource WHERE external_id = $1', [meter]))[0]!.id;
    const [{ batch_id: batch }] = (await t.query<{ batch_id: string }>(
      'SELECT batch_id FROM fact_energy_hourly WHERE datasource_id = $1',
      [id],
    )) as [{ batch_id: string }];
    // 12,000 versions, 9,000 of them of one hour; each third ended after the horizon.
    await t.query(
      `INSERT INTO fact_energy_hourly_history (datasource_id, ts, energy_kwh, batch_id, valid_from, valid_to, closed_by, reason)
       SELECT $1, timestamptz '2025-01-01Z' + greatest(n - 9000, 0) * interval '1 hour', n, $2, '2025-01-01',
         CASE WHEN n % 3 = 0 THEN '2025-03-01' ELSE '2025-02-01' END::timestamptz, $2, 'update' FROM generate_series(1, 12000) n`,
      [id, batch],
    );
    expect(await pruneHistory(t.pool, '2025-02-01T00:00:00Z')).toMatchObject({ removed: 8_000, left: 0 });
    expect(await countVersions()).toBe(4_000);
    expect(await pruneHistory(t.pool, '2025-03-01T00:00:00Z')).toMatchObject({ removed: 4_000 });
  });

  it('never takes its horizon back, and the database refuses that it is taken back', async () => {
    await pruneHistory(t.pool, '2025-03-01T00:00:00Z');
    expect((await pruneHistory(t.pool, '2025-01-01T00:00:00Z')).horizon).toMatch(/^2025-03-01 00:00:00/);
    await expect(t.query("UPDATE retention SET horizon = '2025-01-01'")).rejects.toThrow('horizon_only_grows');
    await expect(t.query('DELETE FROM retention')).rejects.toThrow('horizon_only_grows');
  });

  it('says the horizon before anything goes: a run that is cut off at once has said it', async () => {
    await load(hour(1, 1, 1));
    await load(hour(1, 1, 2));
    const horizon = await now();
    const done = await pruneHistory(t.pool, horizon, AbortSignal.abort());
    expect(done.removed).toBe(0);
    expect(done.left).toBeGreaterThan(0);
    expect(await t.query('SELECT completed_at, removed FROM retention')).toEqual([
      { completed_at: null, removed: '0' },
    ]);
    expect(await countVersions()).toBe(1);
    expect(await pruneHistory(t.pool, horizon)).toMatchObject({ removed: 1, left: 0 });
  });

  it('waits for nobody who has the whole dataset to himself, and leaves it to the next run', async () => {
    await load(hour(1, 1, 1));
    await load(hour(1, 1, 2));
    const other = await t.pool.connect();
    await other.query('BEGIN');
    await other.query('SELECT pg_advisory_xact_lock($1::int, 0)', [DATASETS.energy_hourly.lockClass]);
    const stopping = new AbortController();
    const run = pruneHistory(t.pool, await now(), stopping.signal);
    setTimeout(() => stopping.abort(), 400);
    expect((await run).removed).toBe(0);
    await other.query('ROLLBACK');
    other.release();
    expect((await pruneHistory(t.pool, await now())).removed).toBe(1);
  });
});

describe('the archive', () => {
  it('loses files last used before the horizon; readings, batches and refusals stay; undo, redo and replay say history_pruned', async () => {
    const first = await load(hour(1, 1, 1), hour(1, 2, 1));
    const second = await load(hour(1, 1, 2));
    const before = await readMeter();
    await pruneArchive(t.around, await now());
    expect(await isKept(first)).toBe(false);
    expect(await isKept(second)).toBe(false);
    expect(await readMeter()).toEqual(before);
    // Its hour lies under the first one's, whose file is gone.
    await expect(undoBatch(t.around, second, quiet)).rejects.toMatchObject({
      code: 'history_pruned',
      facts: { batches: [first] },
    });
    await expect(replayBatch(t.around, first, { ...quiet, load: {} })).rejects.toMatchObject({
      code: 'history_pruned',
    });
    expect(await readMeter()).toEqual(before);
    expect((await t.batch(second)).status).toBe('completed');
  });

  it('keeps the old file that the undo of a younger batch needs', async () => {
    const year = await load(hour(1, 1, 1), hour(20, 1, 1));
    const other = await load(hour(25, 1, 7));
    const horizon = await now();
    const fix = await load(hour(10, 1, 2), hour(20, 1, 2));
    expect(await pruneArchive(t.around, horizon)).toMatchObject({ left: 0 });
    expect([await isKept(year), await isKept(other), await isKept(fix)]).toEqual([true, false, true]);
    expect(await undoBatch(t.around, fix, quiet)).toMatchObject({ removed: 1, changed: 1 });
    // An undone one may be redone, and needs it still.
    await pruneArchive(t.around, horizon);
    expect(await redoBatch(t.around, fix, quiet)).toMatchObject({ added: 1, changed: 1 });
    await pruneArchive(t.around, await now());
    expect([await isKept(year), await isKept(fix)]).toEqual([false, false]);
  });

  it('keeps what waits to be loaded or delivered, or for an operation', async () => {
    const batchId = await load(hour(1, 1, 1));
    const states = [
      [
        "UPDATE ingest_batch SET status = 'pending' WHERE batch_id = $1",
        "UPDATE ingest_batch SET status = 'completed' WHERE batch_id = $1",
      ],
      [
        `UPDATE ingest_batch SET context = context || '{"drop": {"name": "x.csv", "folder": ""}}' WHERE batch_id = $1`,
        `UPDATE ingest_batch SET context = context || '{"delivered": ""}' WHERE batch_id = $1`,
      ],
      [
        "INSERT INTO batch_operation (batch_id, operation, status) VALUES ($1, 'undo', 'pending')",
        'DELETE FROM batch_operation WHERE batch_id = $1',
      ],
    ] as const;
    for (const [begin, end] of states) {
      await t.query(begin, [batchId]);
      await pruneArchive(t.around, await now());
      expect(await isKept(batchId), begin).toBe(true);
      await t.query(end, [batchId]);
    }
    await pruneArchive(t.around, await now());
    expect(await isKept(batchId)).toBe(false);
  });

  it.each([
    [
      'an undo of its source',
      'SELECT pg_advisory_xact_lock($1::int, (SELECT id FROM datasource WHERE external_id = $2))',
    ],
    [
      'an upload of the same bytes',
      'SELECT pg_advisory_xact_lock(hashtextextended(file_sha256, 0)) FROM ingest_batch WHERE batch_id = $3',
    ],
    ['a replay', 'SELECT 1 FROM ingest_batch WHERE batch_id = $3 FOR NO KEY UPDATE'],
  ])('leaves a file to the next run while %s is under way', async (_, lock) => {
    const batchId = await load(hour(1, 1, 1));
    const other = await t.pool.connect();
    await other.query('BEGIN');
    const values = [DATASETS.energy_hourly.lockClass, meter, batchId];
    const used = values.filter((_value, at) => lock.includes(`$${at + 1}`));
    const sql = values.reduce<string>(
      (text, value, at) => text.replace(`$${at + 1}`, `$${used.indexOf(value) + 1}`),
      lock,
    );
    await other.query(sql, used);
    const horizon = await now();
    expect(await pruneArchive(t.around, horizon)).toMatchObject({ left: 1 });
    await other.query('ROLLBACK');
    other.release();
    expect(await isKept(batchId)).toBe(true);
    expect(await t.query('SELECT FROM pruned_file WHERE removed_at IS NULL')).toHaveLength(0);
    expect(await pruneArchive(t.around, horizon)).toMatchObject({ removed: 1, left: 0 });
    expect(await isKept(batchId)).toBe(false);
  });

  it('says by what a file is missing also where the run was killed between taking it and saying so', async () => {
    const batchId = await load(hour(1, 1, 1));
    const dying: Archive = {
      ...t.around.archive,
      remove: async (sha256) => {
        await t.around.archive.remove(sha256);
        throw new Error('killed');
      },
    };
    const horizon = await now();
    await expect(pruneArchive({ pool: t.pool, archive: dying }, horizon)).rejects.toThrow('killed');
    await expect(replayBatch(t.around, batchId, { ...quiet, load: {} })).rejects.toMatchObject({
      code: 'history_pruned',
    });
    expect(await pruneArchive(t.around, horizon)).toMatchObject({ removed: 1, left: 0 });
    expect(await t.query("SELECT removed, completed_at IS NULL AS open FROM retention WHERE what = 'archive'")).toEqual(
      [{ removed: '1', open: false }],
    );
  });

  it('takes bytes that come again anew, and a file lost otherwise is not said to be removed by policy', async () => {
    const first = await load(hour(1, 1, 1));
    await undoBatch(t.around, first, quiet);
    await pruneArchive(t.around, await now());
    const horizon = await now();
    const again = await load(hour(1, 1, 1));
    await pruneArchive(t.around, horizon);
    expect(await isKept(again)).toBe(true);
    expect(await undoBatch(t.around, again, quiet)).toMatchObject({ removed: 1 });
    const lost = await load(hour(2, 1, 1));
    await t.around.archive.remove(`${(await t.batch(lost)).file_sha256}`);
    await expect(replayBatch(t.around, lost, { ...quiet, load: {} })).rejects.toMatchObject({
      code: 'undo_no_archive',
    });
  });
});

describe('a run', () => {
  it('believes no clock that is hours off', async () => {
    const days = { historyDays: 400, archiveDays: undefined };
    await expect(decideHorizons(t.pool, days, Date.now() + 7_200_000)).rejects.toMatchObject({ code: 'clock_wrong' });
    const { history, archive } = await decideHorizons(t.pool, days);
    expect(Math.abs(Date.now() - 400 * 86_400_000 - Date.parse(`${history}`))).toBeLessThan(60_000);
    expect(archive).toBeUndefined();
  });

  it('is one at a time', async () => {
    const other = await t.pool.connect();
    await other.query("SELECT pg_advisory_lock(hashtextextended('cei retention', 0))");
    await expect(runPolicy(t.around, { history: await now() })).rejects.toMatchObject({ code: 'already_running' });
    await other.query("SELECT pg_advisory_unlock(hashtextextended('cei retention', 0))");
    other.release();
    expect(await runPolicy(t.around, { history: await now() })).toHaveProperty('history.left', 0);
  });

  it('comes by itself where the last one is a day old, and not before', async () => {
    const begun = async () => (await t.query<{ begun_at: Date }>('SELECT begun_at FROM retention'))[0]?.begun_at;
    const first = startRetention(t.around, { historyDays: 400 }, 20);
    await expect
      .poll(async () => (await t.query('SELECT FROM retention WHERE completed_at IS NOT NULL')).length)
      .toBe(1);
    const at = await begun();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await first.stop();
    expect(await begun()).toEqual(at);
    await t.query("UPDATE retention SET completed_at = now() - interval '1 day'");
    const second = startRetention(t.around, { historyDays: 400 }, 20);
    await expect.poll(async () => (await begun())?.getTime()).toBeGreaterThan(at!.getTime());
    await second.stop();
  });
});

describe('pnpm batches prune', () => {
  const prune = (args: string[], env: Record<string, string> = {}) =>
    runCli('apps/ingestor/src/cli.ts', ['batches', 'prune', ...args], {
      env: { DATABASE_URL: t.url, DATA_DIR: t.dir, LOG_LEVEL: 'silent', ...env },
    });

  it('says with --dry-run what would go, and removes it without', async () => {
    const [first] = [await load(hour(1, 1, 1)), await load(hour(1, 1, 2))];
    await t.query(
      "UPDATE ingest_batch SET created_at = created_at - interval '500 days', started_at = NULL, applied_at = applied_at - interval '500 days', completed_at = NULL WHERE batch_id <> $1",
      [first],
    );
    await t.query('ALTER TABLE fact_energy_hourly_history DISABLE TRIGGER USER');
    await t.query(
      "UPDATE fact_energy_hourly_history SET valid_from = valid_from - interval '500 days', valid_to = valid_to - interval '500 days'",
    );
    await t.query('ALTER TABLE fact_energy_hourly_history ENABLE TRIGGER USER');
    const [{ rows }] = (await t.query<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM fact_energy_hourly_history',
    )) as [{ rows: number }];
    const dry = await prune(['--history-older-than', '400d', '--archive-older-than', '600d', '--dry-run']);
    expect([dry.code, dry.stderr]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(
          `^history up to \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC: ${rows} earlier values?, \\d+ KiB \\(dry run: nothing was removed\\)\n` +
            'archive up to [\\d: -]+ UTC: 0 files of 0 batches, 0 KiB \\(dry run: nothing was removed\\)\n$',
        ),
      ),
    ]);
    expect(await countVersions()).toBe(1);
    const done = await prune(['--json'], { KEEP_HISTORY_DAYS: '400' });
    expect([done.code, JSON.parse(done.stdout)]).toMatchObject([
      0,
      { dry_run: false, history: { removed: rows, left: 0 } },
    ]);
    expect(await countVersions()).toBe(0);
    expect(await isKept(first)).toBe(true);
  });

  it.each([[[]], [['--history-older-than', '400']], [['--archive-older-than', '0d']]])(
    'does not guess: %j',
    async (args) => {
      const done = await prune(args);
      expect([done.code, done.stderr]).toEqual([2, expect.stringContaining('error usage')]);
    },
  );
});
