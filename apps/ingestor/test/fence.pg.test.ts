// What a file may touch that came with a key for certain datasources only.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runNextOperation } from '../src/queue/operations.ts';
import { registerFile } from '../src/queue/register-file.ts';
import { runClaimed } from '../src/queue/run-claimed.ts';
import { openTrial, type Trial } from './support/open-trial.ts';

const BY_COLUMN = `
dataset: energy_hourly
columns: { "Time": ts, "kWh": energy_kwh }
datasource: { from: column, name: Meter }
time: { format: iso }
`;

const NAMED = { mappings: { by_column: BY_COLUMN } };

let t: Trial;
let mine: number;
let files = 0;
beforeAll(async () => {
  t = await openTrial();
  mine = await t.addSource('mine', 'UTC');
  await t.addSource('theirs', 'UTC');
  t.useMappings({ by_column: BY_COLUMN });
});
afterAll(() => t.close());

const around = (newDatasources: 'create' | 'refuse' = 'refuse') => ({ ...t.around, newDatasources });

/** Loads a file as an upload with a key whose fence is `mine`. */
async function upload(name: string, content: string, newDatasources: 'create' | 'refuse' = 'refuse') {
  const path = join(t.dir, `fenced-${++files}`);
  await writeFile(path, content);
  const batch = await registerFile(
    t.pool,
    t.around.archive,
    {
      ...{ path, name, sourceType: 'upload', context: { options: {}, fence: [mine] }, dryRun: false },
      ...{ datasourceId: null, maxBytes: 1e9, submittedBy: 'key:1' },
    },
    'test',
  );
  const outcome = await runClaimed(around(newDatasources), batch);
  return { batchId: batch.batchId, code: 'fault' in outcome ? outcome.fault.code : outcome.kind };
}
const count = async (source: string) =>
  (
    await t.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id WHERE d.external_id = $1',
      [source],
    )
  )[0]!.n;

describe('a file with a fence', () => {
  it('is loaded for a datasource inside', async () => {
    expect((await upload('mine-a.csv', 'Date and Time,Hourly\n2025-07-01 00:00,1\n')).code).toBe('loaded');
    expect(await count('mine')).toBe(1);
  });

  it('is refused whole for one beyond it', async () => {
    expect((await upload('theirs-a.csv', 'Date and Time,Hourly\n2025-07-01 00:00,1\n')).code).toBe('key_fence');
    expect(await count('theirs')).toBe(0);
  });

  it.each(['refuse', 'create'] as const)(
    'that names datasources in a column brings in those inside, and neither touches nor makes another (%s)',
    async (newDatasources) => {
      const hour = newDatasources === 'create' ? '05' : '06';
      const lines = [
        'Meter,Time,kWh',
        `mine,2025-07-01 ${hour}:00,2`,
        `theirs,2025-07-01 ${hour}:00,3`,
        `made,2025-07-01 ${hour}:00,4`,
      ];
      const { batchId, code } = await upload(`several-${newDatasources}.csv`, `${lines.join('\n')}\n`, newDatasources);
      expect(code).toBe('loaded');
      expect(await t.batch(batchId)).toMatchObject({ records_inserted: '1', records_rejected: '2' });
      expect([await count('theirs'), await t.query("SELECT 1 FROM datasource WHERE external_id = 'made'")]).toEqual([
        0,
        [],
      ]);
      const rejections = await t.query<{ errors: { code: string }[] }>(
        'SELECT errors FROM ingest_rejection WHERE batch_id = $1',
        [batchId],
      );
      // As if it did not exist.
      expect(new Set(rejections.map(({ errors }) => errors[0]!.code)).size).toBe(1);
    },
  );

  it('keeps it when it is replayed, also by who has none, and when others are taken back', async () => {
    const lines = ['Meter,Time,kWh', 'mine,2025-07-02 00:00,2', 'theirs,2025-07-02 00:00,3'];
    const { batchId } = await upload('again.csv', `${lines.join('\n')}\n`);
    const ask = async (id: string, operation: string, options: object = {}) => {
      await t.query('INSERT INTO batch_operation (batch_id, operation, options) VALUES ($1, $2, $3)', [
        id,
        operation,
        options,
      ]);
      expect(await runNextOperation(around(), 'a', [])).toEqual({ kind: 'done' });
      return (
        await t.query<{ status: string; result: { new_batch_id?: string; code?: string } }>(
          'SELECT status, result FROM batch_operation ORDER BY id DESC LIMIT 1',
        )
      )[0]!;
    };
    const replayed = await ask(batchId, 'replay', { mapping: 'by_column' });
    expect(replayed.status).toBe('completed');
    expect(await count('theirs')).toBe(0);
    // Another load over the same hour, taken back: the fenced file is read again for it.
    const over = await t.load(
      'over.csv',
      'Meter,Time,kWh\nmine,2025-07-02 00:00,9\ntheirs,2025-07-02 00:00,9\n',
      NAMED,
    );
    expect(await count('theirs')).toBe(1);
    expect((await ask(over.batchId, 'undo')).status).toBe('completed');
    expect(await count('theirs')).toBe(0);
    expect(
      await t.query("SELECT energy_kwh FROM fact_energy_hourly WHERE datasource_id = $1 AND ts = '2025-07-02T00:00Z'", [
        mine,
      ]),
    ).toEqual([{ energy_kwh: 2 }]);
    // A replay with a fence stays inside it, whatever the file might.
    const wide = await t.load(
      'wide.csv',
      'Meter,Time,kWh\nmine,2025-07-03 00:00,1\ntheirs,2025-07-03 00:00,1\n',
      NAMED,
    );
    expect(await count('theirs')).toBe(1);
    expect((await ask(wide.batchId, 'replay', { fence: [mine] })).status).toBe('completed');
    expect(await count('theirs')).toBe(0);
    // To who may not know of it, a datasource beyond the fence is none.
    const narrow = await t.load('mine-narrow.csv', 'Date and Time,Hourly\n2025-07-04 00:00,1\n');
    const theirs = await ask(narrow.batchId, 'replay', { fence: [mine], datasource: 'theirs' });
    const nobody = await ask(narrow.batchId, 'replay', { fence: [mine], datasource: 'nobody' });
    expect(theirs.result.code).toBe('datasource_unknown');
    expect(JSON.stringify(theirs.result).replaceAll('theirs', 'nobody')).toBe(JSON.stringify(nobody.result));
  });
});

const COUNTERS = `
dataset: energy_hourly
columns: { "Time": ts, "kWh": energy_kwh }
datasource: { from: column, name: Meter }
values: { kind: counter, unit: kWh, max_power_kw: 100 }
time: { format: iso }
`;

it('a batch names the sources of which it has records and no row, too: who may not know of them must not see its file', async () => {
  const content = 'Meter,Time,kWh\nmine,2025-08-02 00:00,2\nmine,2025-08-02 01:00,3\ntheirs,2025-08-02 00:00,777\n';
  const { batchId } = await t.load('counters.csv', content, { mappings: { counters: COUNTERS } });
  const parts = () =>
    t.query(
      `SELECT d.external_id, p.rows::int AS rows, p.first IS NULL AS none FROM ingest_batch_datasource p JOIN datasource d ON d.id = p.datasource_id
       WHERE batch_id = $1 ORDER BY 1`,
      [batchId],
    );
  const wanted = [
    { external_id: 'mine', rows: 1, none: false },
    { external_id: 'theirs', rows: 0, none: true },
  ];
  expect(await parts()).toEqual(wanted);
  // It is still read again as what it was when another is taken back.
  const over = await t.load('over.csv', 'Meter,Time,kWh\nmine,2025-08-02 00:00,5\nmine,2025-08-02 01:00,9\n', {
    mappings: { counters: COUNTERS },
  });
  await t.query("INSERT INTO batch_operation (batch_id, operation, options) VALUES ($1, 'undo', '{}')", [over.batchId]);
  expect(await runNextOperation(around(), 'a', [])).toEqual({ kind: 'done' });
  expect(await t.query('SELECT status, result FROM batch_operation ORDER BY id DESC LIMIT 1')).toMatchObject([
    { status: 'completed', result: { reread: 1 } },
  ]);
  expect(await t.query("SELECT energy_kwh FROM fact_energy_hourly WHERE ts = '2025-08-02T00:00Z'")).toEqual([
    { energy_kwh: 1 },
  ]);
  expect(await parts()).toEqual(wanted);
});
