import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

// Undo and redo by hand; that the tables are always what the rule says is the matter of undo-model.

const quiet = { requestedBy: null, dryRun: false };
const mapping = (strategy: string) => `
dataset: environmental_metrics
columns: { timestamp: timestamp, temperature: temperature, humidity: humidity }
conflict_resolution: { strategy: ${strategy} }
time: { format: iso }
`;

let t: Trial;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

const readTemperatures = async (id: number): Promise<unknown[]> =>
  (
    await t.query<{ temperature: number }>(
      'SELECT temperature FROM environmental_metrics WHERE datasource_id = $1 ORDER BY timestamp',
      [id],
    )
  ).map((row) => row.temperature);
const weather = (...temperatures: number[]) =>
  `timestamp,temperature (°C)\n${temperatures.map((c, hour) => `2025-07-01T0${hour}:00:00Z,${c}\n`).join('')}`;

describe('an undo', () => {
  it('reads a batch again for the source it was loaded for, whatever its records say', async () => {
    const id = await t.addSource('given', 'UTC', 'weather');
    const mine = mapping('update').replace('time:', 'datasource: { from: column, name: Station }\ntime:');
    const options = { mapping: 'mine', mappings: { mine }, datasource: 'given' };
    const load = (a: number, b: number) =>
      t.load(
        'x.csv',
        `timestamp,temperature,Station\n2025-07-01T00:00:00Z,${a},nobody\n2025-07-01T01:00:00Z,${b},nobody\n`,
        options,
      );
    await load(1, 2);
    const { batchId } = await load(9, 2);
    await undoBatch(t.around, batchId, quiet);
    expect(await readTemperatures(id)).toEqual([1, 2]);
  });

  it('is refused where a name in a surviving batch means another source today', async () => {
    const id = await t.addSource('station-a', 'UTC', 'weather');
    await t.query("INSERT INTO datasource_alias (kind, value, datasource_id) VALUES ('alias', 'roof', $1)", [id]);
    const mine = mapping('update').replace('time:', 'datasource: { from: column, name: Station }\ntime:');
    const load = (a: number) =>
      t.load('x.csv', `timestamp,temperature,Station\n2025-07-01T00:00:00Z,${a},Roof\n`, {
        mapping: 'mine',
        mappings: { mine },
      });
    await load(1);
    const { batchId } = await load(9);
    await t.query("DELETE FROM datasource_alias WHERE value = 'roof'");
    await expect(undoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'undo_no_archive' });
    expect(await readTemperatures(id)).toEqual([9]);
  });

  it('names the batches whose files are gone before it changes anything; where no other batch is in the way, none is needed', async () => {
    const id = await t.addSource('gone', 'UTC', 'weather');
    const first = await t.load('gone-a.csv', weather(1, 2));
    const { batchId } = await t.load('gone-b.csv', weather(5));
    await t.around.archive.remove(String((await t.batch(first.batchId)).file_sha256));
    await expect(undoBatch(t.around, batchId, quiet)).rejects.toMatchObject({
      code: 'undo_no_archive',
      facts: { batches: [first.batchId] },
    });
    expect(await readTemperatures(id)).toEqual([5, 2]);
    expect(await t.batch(batchId)).toMatchObject({ status: 'completed' });
    const alone = await t.load('gone-c.csv', 'timestamp,temperature (°C)\n2025-08-01T00:00:00Z,7\n');
    await t.around.archive.remove(String((await t.batch(alone.batchId)).file_sha256));
    expect(await undoBatch(t.around, alone.batchId, quiet)).toMatchObject({ removed: 1, reread: 0 });
  });

  it('is refused where a later batch with strategy fail would then have failed', async () => {
    const id = await t.addSource('strict', 'UTC', 'weather');
    const load = (strategy: string, nonce: string, celsius: number) =>
      t.load('strict-x.csv', `timestamp,temperature,${nonce}\n2025-07-01T00:00:00Z,${celsius},\n`, {
        mapping: 'mine',
        mappings: { mine: mapping(strategy) },
      });
    await load('update', 'a', 1);
    const { batchId } = await load('update', 'b', 2);
    const last = await load('fail', 'c', 2);
    expect(account(last)).toBe('1 = 0+0~ 1= 0- 0!');
    await expect(undoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'conflict' });
    expect(await readTemperatures(id)).toEqual([2]);
    await undoBatch(t.around, last.batchId, quiet);
    await undoBatch(t.around, batchId, quiet);
    expect(await readTemperatures(id)).toEqual([1]);
    await expect(redoBatch(t.around, last.batchId, quiet)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('finds readings to the last microsecond', async () => {
    const id = await t.addSource('fine', 'UTC', 'weather');
    const { batchId } = await t.load('fine-a.csv', 'timestamp,temperature (°C)\n2025-07-01T00:00:00.000123Z,1\n');
    expect(await undoBatch(t.around, batchId, quiet)).toMatchObject({ removed: 1 });
    expect(await readTemperatures(id)).toEqual([]);
  });

  it('is refused where it makes no sense, and a dry run of it changes nothing', async () => {
    const id = await t.addSource('nonsense', 'UTC', 'weather');
    const { batchId } = await t.load('nonsense-a.csv', weather(1));
    await expect(redoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'batch_not_redoable' });
    expect(await undoBatch(t.around, batchId, { ...quiet, dryRun: true })).toMatchObject({ removed: 1, dry_run: true });
    expect(await readTemperatures(id)).toHaveLength(1);
    expect(await undoBatch(t.around, batchId, quiet)).toMatchObject({ removed: 1, changed: 0, added: 0, reread: 0 });
    expect(await readTemperatures(id)).toEqual([]);
    await expect(undoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'batch_not_undoable' });
    expect(account(await t.load('nonsense-b.csv', weather(1)))).toBe('1 = 1+0~ 0= 0- 0!');
    await expect(redoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'duplicate_file' });
  });

  it('shows what each reading was and what it is', async () => {
    await t.addSource('shown', 'UTC', 'weather');
    await t.load('shown-a.csv', weather(1, 2));
    const { batchId } = await t.load('shown-b.csv', weather(1, 5, 6));
    const { examples } = await undoBatch(t.around, batchId, { ...quiet, dryRun: true });
    expect(examples).toEqual([
      { datasource: 'shown', time: '2025-07-01T01:00:00Z', before: { temperature: 5 }, after: { temperature: 2 } },
      { datasource: 'shown', time: '2025-07-01T02:00:00Z', before: { temperature: 6 }, after: null },
    ]);
  });
});
