// The document is true of what an ingestor does, too: whatever is handed in, undone, redone or replayed, the answers are as declared.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiDocument, readDocument } from './support/document.ts';
import { addSource } from './support/fixtures.ts';
import { type Ingestor, startIngestor } from './support/ingestor.ts';
import { makeForm, type Part } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let ingestor: Ingestor;
let document: ApiDocument;
const batches: string[] = [];
/** A batch that nothing random happens to. */
let calm: string;
/** `operationId status` of every answer. */
const seen = new Set<string>();
const RUNS = Number(process.env.FUZZ_RUNS ?? 12);

beforeAll(async () => {
  api = await openApp({ MAX_FILE_BYTES: 8 * 1024 ** 2 });
  const { pool } = api.database;
  await addSource(pool, 'meter-1');
  await addSource(pool, 'station-1', { dataType: 'weather' });
  await addSource(pool, 'herd-1', { dataType: 'dairy' });
  document = await readDocument(api.app);
  ingestor = startIngestor(api);
});
afterAll(async () => {
  await ingestor.stop();
  await api.close();
});

const findOperation = (operationId: string) =>
  document.operations.find(({ operation }) => operation.operationId === operationId)!;

interface Sent {
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
}

/** Sends a request, and fails where the answer is not as declared. */
async function send(operationId: string, { params = {}, headers = {}, payload }: Sent = {}) {
  const { path, method, operation } = findOperation(operationId);
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? 'x'));
  const response = await api.app.inject({
    method: method as 'POST',
    url,
    headers: { host: 'localhost', ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  const flaw = document.findFlaw(operation, response);
  if (flaw !== undefined) expect.unreachable(`${method} ${url} ${String(payload ?? '').slice(0, 500)}\n${flaw}`);
  seen.add(`${operationId} ${response.statusCode}`);
  return response;
}

const json = (value: unknown): Sent => ({
  headers: { 'content-type': 'application/json' },
  payload: JSON.stringify(value),
});

/** Follows a batch to its end: every event and every view of it must be as declared. */
async function follow(batchId: string): Promise<void> {
  const params = { batch_id: batchId };
  const { payload } = await send('followBatch', { params });
  const events = [...payload.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event, data = '']) => ({ event, data }));
  expect(events.at(-1)?.event).toBe('done');
  expect(document.findMismatch('Batch', JSON.parse(events.at(-1)?.data ?? ''))).toBeUndefined();
  await send('getBatch', { params });
  await send('listRejections', { params });
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const number = fc.oneof(fc.double({ min: 0, max: 50, noNaN: true }), oneOf<unknown>(-1, 1e9, '1,5', '', null, 'x'));

const CALM = 'Date and Time,Hourly\n2026-01-01T00:00:00Z,1.5\n';

test('files', async () => {
  const line = fc.tuple(fc.integer({ min: 0, max: 2_000 }), number).map(([hour, kwh]) => {
    const time = new Date(Date.UTC(2025, 0, 1, hour)).toISOString();
    return `${time},${String(kwh)}`;
  });
  const content = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(line, { maxLength: 30 }).map((lines) => ['Date and Time,Hourly', ...lines].join('\n')),
    },
    { weight: 1, arbitrary: fc.oneof(fc.string(), oneOf('', 'a,b\n1,2\n', '\u0000', '{"a":1}')) },
  );
  const field = (name: string, ...values: string[]) =>
    fc.option(
      oneOf(...values).map((value): Part => ({ name, value })),
      { nil: undefined, freq: 2 },
    );
  const fields = fc.tuple(
    field('datasource', 'meter-1', 'station-1', 'nobody'),
    field('mapping', 'energy_hourly', 'energy_daily', 'nobody'),
    field('dry_run', 'true', 'false', 'perhaps'),
    field('force', 'true'),
    field('date_order', 'dmy', 'dym'),
  );
  const names = oneOf('meter-1-2025.csv', 'meter-1.txt', 'unknown.csv', 'meter-1.json', '../x');
  await fc.assert(
    fc.asyncProperty(content, fields, names, async (value, given, filename) => {
      const parts = given.filter((part) => part !== undefined);
      const { payload, headers } = makeForm([...parts, { name: 'file', filename, value }]);
      const response = await send('uploadFile', { payload, headers });
      if (response.statusCode !== 202) return;
      const { batch_id: id } = response.json();
      batches.push(id);
      await follow(id);
    }),
    { numRuns: RUNS * 2 },
  );
  calm = (await send('uploadFile', makeForm([{ name: 'file', filename: 'meter-1.csv', value: CALM }]))).json().batch_id;
  await follow(calm);
}, 120_000);

const hour = fc.integer({ min: 0, max: 3_000 }).map((n) => new Date(Date.UTC(2025, 3, 1, n)).toISOString());
const day = fc.integer({ min: 0, max: 300 }).map((n) => new Date(Date.UTC(2025, 3, 1 + n)).toISOString().slice(0, 10));
const READINGS = {
  postEnergyHourly: { external_id: oneOf('meter-1', 'nobody'), ts: fc.oneof(hour, oneOf('soon')), energy_kwh: number },
  postEnergyDaily: { external_id: oneOf('meter-1'), ts: fc.oneof(day, oneOf('2025-02-30')), energy_kwh: number },
  postEnvironmental: { external_id: oneOf('station-1'), timestamp: hour, temperature: number, humidity: number },
  postDairyDaily: {
    external_id: oneOf('herd-1'),
    production_date: day,
    number_of_animals: fc.nat(300),
    day_production_per_cow_kg: number,
  },
} as const;

test.each(Object.entries(READINGS))(
  'readings: %s',
  async (operationId, members) => {
    const reading = fc.record(members as Record<string, fc.Arbitrary<unknown>>);
    const body = fc.oneof(
      { weight: 5, arbitrary: fc.array(reading, { minLength: 1, maxLength: 20 }).map(json) },
      {
        weight: 2,
        arbitrary: fc.array(reading, { minLength: 1, maxLength: 20 }).map((rows) => ({
          headers: { 'content-type': 'application/x-ndjson' },
          payload: rows.map((row) => JSON.stringify(row)).join('\n'),
        })),
      },
      { weight: 1, arbitrary: fc.json({ maxDepth: 2 }).map((text) => ({ ...json(null), payload: text })) },
    );
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const response = await send(operationId, sent);
        if (response.statusCode === 200) batches.push(response.json().batch.batch_id);
      }),
      { numRuns: RUNS },
    );
    expect([...seen]).toContain(`${operationId} 200`);
  },
  120_000,
);

test('as many readings as may come in an array are taken, with all that a reading can say', async () => {
  const readings = Array.from({ length: 10_000 }, (_, i) => ({
    external_id: 'station-1',
    timestamp: new Date(Date.UTC(2026, 5, 1) + i * 60_000).toISOString(),
    ...{ atm_pressure: 1013.25, noise_level_db: 40.125, temperature: -12.375, humidity: 55.125, pm10: 10.125 },
    ...{ pm2p5: 5.125, wind_speed: 3.125, wind_direction_sectors: 22.5, wind_angle: 271.125 },
  }));
  const response = await send('postEnvironmental', json(readings));
  expect(response.json()).toMatchObject({ batch: { records_inserted: 10_000 }, rejections: [] });
  const one = await send('postEnvironmental', json([...readings, readings[0]]));
  expect([one.statusCode, one.json().errors[0].field]).toEqual([400, 'body']);
});

test('what was handed in before comes back over what came since where that is asked for, and only there', async () => {
  const hand = (kwh: number, query = '') =>
    api.app.inject({
      ...{ method: 'POST', url: `/energy/hourly${query}`, headers: { host: 'localhost' } },
      payload: [{ external_id: 'meter-1', ts: '2026-07-01T00:00:00Z', energy_kwh: kwh }],
    });
  const read = async () =>
    (
      await api.database.pool.query<{ energy_kwh: number }>(
        "SELECT energy_kwh FROM fact_energy_hourly WHERE ts = '2026-07-01T00:00Z'",
      )
    ).rows;
  expect([(await hand(5)).statusCode, (await hand(6)).statusCode, (await hand(5)).statusCode]).toEqual([200, 200, 409]);
  expect(await read()).toEqual([{ energy_kwh: 6 }]);
  expect((await hand(5, '?force=true')).json()).toMatchObject({ batch: { records_updated: 1 } });
  expect(await read()).toEqual([{ energy_kwh: 5 }]);
});

test.each(['undoBatch', 'redoBatch', 'replayBatch'])(
  '%s',
  async (operationId) => {
    const options = fc.record(
      {
        dry_run: fc.boolean(),
        ...(operationId === 'replayBatch'
          ? { preview: fc.boolean(), mapping: oneOf('energy_hourly', 'nobody'), force: fc.boolean() }
          : {}),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      { weight: 4, arbitrary: options.map(json) },
      { weight: 2, arbitrary: fc.constant<Sent>({}) },
      { weight: 1, arbitrary: oneOf(json(null), json([]), json({ colour: 'red' }), json('x')) },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(), body, async (at, sent) => {
        const id = batches[at % batches.length]!;
        const response = await send(operationId, { ...sent, params: { batch_id: id } });
        const { id: operation, operation_id: failed } = response.json();
        const number = operation ?? failed;
        if (number !== undefined)
          await send('getOperation', { params: { batch_id: id, operation_id: String(number) } });
      }),
      { numRuns: RUNS },
    );
    const done = await send(operationId, { params: { batch_id: calm } });
    expect([done.statusCode, done.json().status]).toEqual([200, 'completed']);
    const params = { batch_id: calm, operation_id: String(done.json().id) };
    expect((await send('getOperation', { params })).json()).toEqual(done.json());
  },
  120_000,
);
