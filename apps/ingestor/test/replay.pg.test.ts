import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadOptions } from '@cei-inoe/shared/batches';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replayBatch } from '../src/compose/replay-batch.ts';
import type { Surroundings } from '../src/compose/settings.ts';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { registerFile } from '../src/queue/register-file.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

// Replay by hand; that the tables are always what the rule says is the matter of undo-model.

const quiet = { requestedBy: null, dryRun: false };
const hourly = (...rows: string[]) => ['Date and Time,Hourly', ...rows, ''].join('\n');
const ENERGY = `
dataset: energy_hourly
columns: { "Date and Time": ts, "Hourly": energy_kwh }
time: { format: iso }
`;

let t: Trial;
let count = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

async function addMeter(zone: string | null = 'UTC') {
  const externalId = `meter${++count}`;
  return { externalId, id: await t.addSource(externalId, zone) };
}
const replay = (batchId: string, load: LoadOptions = {}, around: Surroundings = t.around) =>
  replayBatch(around, batchId, { ...quiet, load });
const preview = (batchId: string, load: LoadOptions = {}, around: Surroundings = t.around) =>
  replayBatch(around, batchId, { ...quiet, dryRun: true, load });
const readHours = async (id: number) =>
  (
    await t.query<{ at: string; kwh: number }>(
      `SELECT to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS at, energy_kwh AS kwh FROM fact_energy_hourly
       WHERE datasource_id = $1 ORDER BY ts`,
      [id],
    )
  ).map(({ at, kwh }) => `${at} ${kwh}`);
const countBatches = async () => (await t.query<{ n: number }>('SELECT count(*)::int AS n FROM ingest_batch'))[0]!.n;

describe('a replay', () => {
  it('loads the bytes with another mapping as a new batch in place of the old, below what was loaded later', async () => {
    const { externalId, id } = await addMeter();
    const old = await t.load(
      `${externalId}-1.csv`,
      hourly('2025-07-01 00:00:00Z,1', '2025-07-01 01:00:00Z,2', '2025-07-01 02:00:00Z,3'),
    );
    await t.load(`${externalId}-2.csv`, hourly('2025-07-01 01:00:00Z,50'));
    t.useMappings({ watt: ENERGY.replace('"Hourly": energy_kwh', '"Hourly": { to: energy_kwh, unit: Wh }') });
    const answer = await replay(old.batchId, { mapping: 'watt' });
    expect(answer).toMatchObject({
      operation: 'replay',
      batch_id: old.batchId,
      dataset: 'energy_hourly',
      mapping: 'watt',
      datasource: externalId,
      records: { read: 3, inserted: 3, updated: 0, unchanged: 0, skipped: 0, rejected: 0 },
      removed: 0,
      changed: 2,
      added: 0,
      unchanged: 0,
      reread: 1,
      examples: [
        {
          datasource: externalId,
          time: '2025-07-01T00:00:00Z',
          before: { energy_kwh: 1 },
          after: { energy_kwh: 0.001 },
        },
        {
          datasource: externalId,
          time: '2025-07-01T02:00:00Z',
          before: { energy_kwh: 3 },
          after: { energy_kwh: 0.003 },
        },
      ],
    });
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 0.001', '2025-07-01 01:00 50', '2025-07-01 02:00 0.003']);
    const [before, after] = [await t.batch(old.batchId), await t.batch(answer.new_batch_id!)];
    expect(before).toMatchObject({ status: 'undone', dedup_key: null });
    expect(after).toMatchObject({
      status: 'completed',
      replay_of: old.batchId,
      applied_seq: before.applied_seq,
      file_sha256: before.file_sha256,
      source_name: before.source_name,
      mapping_name: 'watt',
      records_inserted: '3',
      dedup_key: expect.stringMatching(/:energy_hourly:/),
    });
    // The bytes are loaded: they are not loaded a second time.
    const again = await t.load(
      `${externalId}-1.csv`,
      hourly('2025-07-01 00:00:00Z,1', '2025-07-01 01:00:00Z,2', '2025-07-01 02:00:00Z,3'),
    );
    expect(again.outcome).toEqual({ kind: 'duplicate', of: answer.new_batch_id });
  });

  it('shows beforehand what it would do, and leaves nothing of that', async () => {
    const { externalId, id } = await addMeter();
    const { batchId } = await t.load(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00Z,1', 'x,2'));
    t.useMappings({ watt: ENERGY.replace('"Hourly": energy_kwh', '"Hourly": { to: energy_kwh, unit: Wh }') });
    const before = { batches: await countBatches(), files: await readdir(join(t.dir, 'rejected')) };
    const shown = await preview(batchId, { mapping: 'watt' });
    expect(shown).toMatchObject({ dry_run: true, new_batch_id: null, changed: 1, records: { read: 2, rejected: 1 } });
    expect({ batches: await countBatches(), files: await readdir(join(t.dir, 'rejected')) }).toEqual(before);
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 1']);
    expect(await t.batch(batchId)).toMatchObject({ status: 'completed' });
    expect(await t.query('SELECT 1 FROM batch_operation WHERE batch_id = $1', [batchId])).toEqual([]);
    const done = await replay(batchId, { mapping: 'watt' });
    expect(done).toEqual({ ...shown, dry_run: false, new_batch_id: done.new_batch_id });
    const [stored] = await t.query('SELECT operation, options, result FROM batch_operation WHERE batch_id = $1', [
      batchId,
    ]);
    expect(stored).toEqual({ operation: 'replay', options: { mapping: 'watt' }, result: done });
    const [refused] = await t.query('SELECT line FROM ingest_rejection WHERE batch_id = $1', [done.new_batch_id]);
    expect(refused).toMatchObject({ line: '3' });
    const kept = (await readdir(join(t.dir, 'rejected'))).find((name) => name.includes(done.new_batch_id!.slice(-8)))!;
    expect(await readFile(join(t.dir, 'rejected', kept), 'utf8')).toContain('x,2,3,not_a_time');
  });

  it('reads with the mapping of the same name as it is today, and with the options given with the file', async () => {
    const { externalId, id } = await addMeter();
    const moments = ENERGY.replace('time: { format: iso }', '');
    const text = hourly('03/04/2025 00:00,1', '05/06/2025 00:00,2');
    const options = { mapping: 'mine', dateOrder: 'dmy' as const, mappings: { mine: moments } };
    const { batchId } = await t.load(`${externalId}-1.csv`, text, options);
    expect(await readHours(id)).toEqual(['2025-04-03 00:00 1', '2025-06-05 00:00 2']);
    t.useMappings({ mine: `${moments}validation_rules: { constraints: { energy_kwh: { max: 1 } } }\n` });
    const stricter = await replay(batchId);
    expect(stricter).toMatchObject({ removed: 1, unchanged: 1, records: { read: 2, inserted: 1, rejected: 1 } });
    expect(await readHours(id)).toEqual(['2025-04-03 00:00 1']);
    const other = await replay(stricter.new_batch_id!, { dateOrder: 'mdy' });
    expect(other).toMatchObject({ removed: 1, added: 1, changed: 0 });
    expect(await readHours(id)).toEqual(['2025-03-04 00:00 1']);
    // What was said stays said.
    expect((await t.batch(other.new_batch_id!)).context).toMatchObject({
      options: { dateOrder: 'mdy', mapping: 'mine' },
    });
  });

  it('reads local times in the zone that the datasource has today', async () => {
    const { externalId, id } = await addMeter('UTC');
    const first = await t.load(`${externalId}-1.csv`, hourly('2025-07-01 12:00:00,1'));
    const second = await t.load(`${externalId}-2.csv`, hourly('2025-07-01 12:00:00,2'));
    await undoBatch(t.around, first.batchId, quiet);
    await undoBatch(t.around, second.batchId, quiet);
    await t.query("UPDATE datasource SET timezone = 'Asia/Nicosia' WHERE id = $1", [id]);
    await replay(second.batchId);
    expect(await readHours(id)).toEqual(['2025-07-01 09:00 2']);
    // The first goes to its place, below the second.
    expect(await replay(first.batchId)).toMatchObject({ added: 0, changed: 0, removed: 0, unchanged: 0 });
    expect(await readHours(id)).toEqual(['2025-07-01 09:00 2']);
  });

  it('takes readings from the wrong datasource to the right one, to their place among what is there', async () => {
    const [wrong, right] = [await addMeter(), await addMeter()];
    const load = (meter: { externalId: string }, ...rows: string[]) =>
      t.load(`${meter.externalId}-${++count}.csv`, hourly(...rows.map((row) => `2025-07-01 0${row}`)));
    await load(wrong, '0:00:00Z,7');
    await load(right, '0:00:00Z,10', '1:00:00Z,11');
    const { batchId } = await load(wrong, '0:00:00Z,1', '1:00:00Z,2', '2:00:00Z,3', '3:00:00Z,4');
    await load(right, '1:00:00Z,21', '2:00:00Z,22');
    await undoBatch(t.around, batchId, quiet);
    const options = { datasource: right.externalId };
    expect(await preview(batchId, options)).toMatchObject({
      removed: 0,
      changed: 1,
      added: 1,
      unchanged: 0,
      reread: 2,
    });
    await redoBatch(t.around, batchId, quiet);
    const answer = await replay(batchId, options);
    expect(answer).toMatchObject({ datasource: right.externalId, removed: 3, changed: 2, added: 1, reread: 3 });
    expect(answer.records).toMatchObject({ inserted: 2, updated: 2 });
    expect(await readHours(wrong.id)).toEqual(['2025-07-01 00:00 7']);
    const hours = ['00:00 1', '01:00 21', '02:00 22', '03:00 4'];
    expect(await readHours(right.id)).toEqual(hours.map((hour) => `2025-07-01 ${hour}`));
    await undoBatch(t.around, answer.new_batch_id!, quiet);
    const before = ['00:00 10', '01:00 21', '02:00 22'];
    expect(await readHours(right.id)).toEqual(before.map((hour) => `2025-07-01 ${hour}`));
  });

  it('takes readings from one dataset to another', async () => {
    const { externalId, id } = await addMeter();
    const days = hourly('2025-07-01,1', '2025-07-02,2');
    const daily = ENERGY.replace('energy_hourly', 'energy_daily');
    const old = await t.load(`${externalId}-1.csv`, days, { mapping: 'mine', mappings: { mine: daily } });
    t.useMappings({ mine: ENERGY.replace('iso', 'yyyy-MM-dd') });
    const answer = await replay(old.batchId);
    expect(answer).toMatchObject({ dataset: 'energy_hourly', removed: 2, added: 2, changed: 0, reread: 0 });
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 1', '2025-07-02 00:00 2']);
    expect(await t.query('SELECT 1 FROM fact_energy_daily WHERE datasource_id = $1', [id])).toEqual([]);
    const [month] = await t.query(
      'SELECT received, energy_kwh FROM fact_energy_hourly_month WHERE datasource_id = $1',
      [id],
    );
    expect(month).toEqual({ received: 2, energy_kwh: 3 });
    await undoBatch(t.around, answer.new_batch_id!, quiet);
    await redoBatch(t.around, old.batchId, quiet);
    expect(await readHours(id)).toEqual([]);
    expect(await t.query('SELECT 1 FROM fact_energy_daily WHERE datasource_id = $1', [id])).toHaveLength(2);
    expect(await t.query('SELECT 1 FROM fact_energy_hourly_month WHERE datasource_id = $1', [id])).toEqual([]);
  });

  it('makes differences of what was loaded as readings of a counter by mistake, and accounts for every record', async () => {
    const { externalId, id } = await addMeter();
    const plain = 'dataset: energy_hourly\ncolumns: { Time: ts, kWh: energy_kwh }\ntime: { format: iso }\n';
    const rows = ['10:00,100', '10:30,101', '11:00,103', '11:30,x', '12:00,110', '12:00,111'];
    const text = `Time,kWh\n${rows.map((row) => `2025-07-01 ${row}\n`).join('')}`;
    const old = await t.load(`${externalId}-1.csv`, text, { mapping: 'mine', mappings: { mine: plain } });
    expect(account(old)).toBe('6 = 3+0~ 0= 0- 3!');
    const counter = `${plain}values: { kind: counter }\naggregate: { to: hour }\n`;
    const fresh = await addMeter();
    const wanted = await t.load(`${fresh.externalId}-1.csv`, text, { mapping: 'mine', mappings: { mine: counter } });
    const { counts } = (wanted.outcome as Extract<typeof wanted.outcome, { kind: 'loaded' }>).loaded;
    const answer = await replay(old.batchId);
    expect(answer).toMatchObject({ records: counts, removed: 2, changed: 1, added: 0 });
    expect(counts.read).toBe(6);
    expect(await readHours(id)).toEqual(await readHours(fresh.id));
    expect(await readHours(id)).toEqual(['2025-07-01 10:00 3']);
    const again = await replay(answer.new_batch_id!);
    expect(again).toMatchObject({ records: counts, removed: 0, changed: 0, added: 0, unchanged: 1 });
  });

  it('of a failed batch simply loads it, and that one stays failed', async () => {
    const { externalId, id } = await addMeter();
    const old = await t.load(`${externalId}-1.csv`, 'Moment,kWh\n2025-07-01 00:00:00Z,1\n');
    expect(account(old)).toBe('header_unknown');
    await t.load(`${externalId}-2.csv`, hourly('2025-07-01 00:00:00Z,9'));
    t.useMappings({ mine: ENERGY.replace('Date and Time', 'Moment').replace('Hourly', 'kWh') });
    const answer = await replay(old.batchId);
    expect(answer).toMatchObject({ records: { read: 1, updated: 1 }, changed: 1, added: 0, removed: 0 });
    expect(answer.examples).toMatchObject([{ before: { energy_kwh: 9 }, after: { energy_kwh: 1 } }]);
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 1']);
    expect(await t.batch(old.batchId)).toMatchObject({ status: 'failed' });
    await expect(replay(old.batchId)).rejects.toMatchObject({ code: 'duplicate_file' });
    await undoBatch(t.around, answer.new_batch_id!, quiet);
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 9']);
  });
});

describe('the undo of a replay', () => {
  it('leaves the batch that it replaced undone, and says so; a redo brings that one back, in the place of both', async () => {
    const { externalId, id } = await addMeter();
    const old = await t.load(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00Z,1'));
    await t.load(`${externalId}-2.csv`, hourly('2025-07-01 01:00:00Z,2'));
    const first = (await replay(old.batchId)).new_batch_id!;
    const second = (await replay(first)).new_batch_id!;
    expect(await t.batch(second)).toMatchObject({ replay_of: first });
    for (const batchId of [old.batchId, first]) {
      await expect(replay(batchId)).rejects.toMatchObject({
        code: 'batch_not_replayable',
        message: expect.stringContaining(second),
      });
      await expect(redoBatch(t.around, batchId, quiet)).rejects.toMatchObject({
        code: 'batch_not_redoable',
        message: expect.stringContaining(second),
      });
      await expect(undoBatch(t.around, batchId, quiet)).rejects.toMatchObject({
        code: 'batch_not_undoable',
        message: expect.stringContaining(second),
      });
    }
    expect(await undoBatch(t.around, second, quiet)).toMatchObject({ removed: 1, replaced: first });
    expect(await readHours(id)).toEqual(['2025-07-01 01:00 2']);
    expect(await redoBatch(t.around, old.batchId, quiet)).toMatchObject({ added: 1, replaced: null });
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 1', '2025-07-01 01:00 2']);
    await expect(redoBatch(t.around, second, quiet)).rejects.toMatchObject({ code: 'batch_not_redoable' });
    const states = await t.query<{ status: string }>(
      'SELECT status FROM ingest_batch WHERE datasource_id = $1 ORDER BY created_at',
      [id],
    );
    expect(states.map((s) => s.status)).toEqual(['completed', 'completed', 'undone', 'undone']);
  });
});

describe('a replay is refused, and nothing has changed,', () => {
  it('where there is nothing to replay', async () => {
    const { externalId } = await addMeter();
    const text = hourly('2025-07-01 00:00:00Z,1');
    const first = await t.load(`${externalId}-1.csv`, text);
    const duplicate = await t.load(`${externalId}-1.csv`, text);
    const dry = await t.load(`${externalId}-2.csv`, hourly('2025-07-02 00:00:00Z,1'), { dryRun: true });
    const path = t.around.archive.path(String((await t.batch(first.batchId)).file_sha256));
    const waiting = await registerFile(t.pool, t.around.archive, {
      path,
      name: 'x.csv',
      sourceType: 'file',
      context: {},
      dryRun: false,
      datasourceId: null,
      maxBytes: 1e9,
      submittedBy: null,
    });
    await expect(replay(duplicate.batchId)).rejects.toMatchObject({
      code: 'batch_not_replayable',
      message: expect.stringContaining(first.batchId),
    });
    await expect(replay(dry.batchId)).rejects.toMatchObject({ code: 'batch_not_replayable', message: /dry run/ });
    await expect(replay(waiting.batchId)).rejects.toMatchObject({ code: 'batch_not_replayable', message: /pending/ });
    await expect(replay('00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 'batch_unknown' });
    await t.query("UPDATE ingest_batch SET status = 'failed' WHERE batch_id = $1", [waiting.batchId]);
  });

  const CASES = [
    { why: 'the mapping does not exist', load: { mapping: 'nobody' }, code: 'mapping_unknown' },
    { why: 'the mapping does not fit', load: { mapping: 'dairy' }, code: 'header_unknown' },
    { why: 'the datasource does not exist', load: { datasource: 'nobody' }, code: 'datasource_unknown' },
    { why: 'too much would be refused', load: { mapping: 'strict' }, code: 'too_many_rejects' },
    { why: 'all would be refused', load: { mapping: 'strictest' }, code: 'nothing_loadable' },
    { why: 'a reading would be in conflict', load: { mapping: 'failing' }, code: 'conflict' },
  ] as const;
  const LIMITED = `${ENERGY}validation_rules: { constraints: { energy_kwh: { max: MAX } } }\n`;
  const MAPPINGS = {
    dairy: 'dataset: dairy_production\ncolumns: { Date: production_date, kg: day_production_per_cow_kg }\n',
    strict: `${LIMITED.replace('MAX', '1')}on_error: { max_rejects: 0 }\n`,
    strictest: LIMITED.replace('MAX', '0'),
    failing: `${ENERGY}conflict_resolution: { strategy: fail }\n`,
  };

  it.each(CASES)('where $why', async ({ load, code }) => {
    const { externalId, id } = await addMeter();
    await t.load(`${externalId}-0.csv`, hourly('2025-07-01 01:00:00Z,9'));
    const { batchId } = await t.load(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00Z,1', '2025-07-01 01:00:00Z,2'));
    t.useMappings(MAPPINGS);
    const before = await countBatches();
    await expect(replay(batchId, load)).rejects.toMatchObject({ code });
    expect(await countBatches()).toBe(before);
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 1', '2025-07-01 01:00 2']);
    expect(await t.batch(batchId)).toMatchObject({ status: 'completed', dedup_key: expect.any(String) });
    expect((await readdir(join(t.dir, 'spool'))).filter((name) => name.endsWith('.rejects'))).toEqual([]);
  });

  it('where its own file is gone, or that of a batch that shares readings with it', async () => {
    const { externalId, id } = await addMeter();
    const first = await t.load(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00Z,1'));
    const second = await t.load(`${externalId}-2.csv`, hourly('2025-07-01 00:00:00Z,2'));
    await t.around.archive.remove(String((await t.batch(first.batchId)).file_sha256));
    for (const batchId of [first.batchId, second.batchId])
      await expect(replay(batchId)).rejects.toMatchObject({
        code: 'undo_no_archive',
        facts: { batches: [first.batchId] },
      });
    await expect(undoBatch(t.around, second.batchId, quiet)).rejects.toMatchObject({ code: 'undo_no_archive' });
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 2']);
  });

  it('where the same bytes are loaded by another batch; one that was forced has no such claim', async () => {
    const { externalId, id } = await addMeter();
    const text = hourly('2025-07-01 00:00:00Z,1');
    const first = await t.load(`${externalId}-1.csv`, text);
    await undoBatch(t.around, first.batchId, quiet);
    await t.load(`${externalId}-1.csv`, text);
    await expect(replay(first.batchId)).rejects.toMatchObject({ code: 'duplicate_file' });
    const forced = await t.load(`${externalId}-1.csv`, text, { force: true });
    expect(await replay(forced.batchId)).toMatchObject({ records: { unchanged: 1 } });
    expect(await replay(first.batchId, { force: true })).toMatchObject({ unchanged: 1, changed: 0 });
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 1']);
  });
});

describe('replays at the same time', () => {
  it('of one batch end with one in its place', async () => {
    const { externalId, id } = await addMeter();
    const { batchId } = await t.load(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00Z,1'));
    const all = await Promise.allSettled([replay(batchId), replay(batchId), replay(batchId)]);
    expect(
      all.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'done')).sort(),
    ).toEqual(['batch_not_replayable', 'batch_not_replayable', 'done']);
    const [first] = await t.query<{ batch_id: string }>(
      "SELECT batch_id FROM ingest_batch WHERE datasource_id = $1 AND status = 'completed'",
      [id],
    );
    // Two that had the same place before: only one comes back.
    await undoBatch(t.around, first!.batch_id, quiet);
    const both = await Promise.allSettled([
      redoBatch(t.around, batchId, quiet),
      redoBatch(t.around, first!.batch_id, quiet),
    ]);
    expect(both.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await readHours(id)).toEqual(['2025-07-01 00:00 1']);
  });

  it('as loads of the same and of other sources and datasets neither lose anything nor stand in each other’s way for ever', async () => {
    const meters = [await addMeter(), await addMeter()];
    const daily = ENERGY.replace('energy_hourly', 'energy_daily').replace('iso', 'yyyy-MM-dd HH:mm:ss');
    const local = ENERGY.replace('iso', 'yyyy-MM-dd HH:mm:ss');
    const mappings = { daily, local };
    const olds = await Promise.all(
      meters.flatMap(({ externalId }) =>
        ['daily', 'local'].map((mapping, at) =>
          t.load(`${externalId}-${mapping}.csv`, hourly('2025-07-01 00:00:00,1', `2025-07-02 00:00:00,${at + 4}`), {
            mapping,
            mappings,
          }),
        ),
      ),
    );
    const other = { daily: 'local', local: 'daily' } as Record<string, string>;
    await Promise.all([
      ...olds.map(async ({ batchId }) =>
        replay(batchId, { mapping: other[String((await t.batch(batchId)).mapping_name)]! }),
      ),
      ...meters.map(({ externalId }) =>
        t.load(`${externalId}-more.csv`, hourly('2025-07-03 00:00:00,3'), { mapping: 'local', mappings }),
      ),
    ]);
    for (const { id } of meters) {
      expect(await readHours(id)).toEqual(['2025-07-01 00:00 1', '2025-07-02 00:00 4', '2025-07-03 00:00 3']);
      const days = await t.query<{ kwh: number }>(
        'SELECT energy_kwh AS kwh FROM fact_energy_daily WHERE datasource_id = $1 ORDER BY ts',
        [id],
      );
      expect(days.map((day) => day.kwh)).toEqual([1, 5]);
    }
  });
});
