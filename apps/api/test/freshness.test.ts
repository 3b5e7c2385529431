// GET /datasources/freshness and /datasources/{id}/gaps.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addDays, addHours, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let open: OpenApp;
let meter: number;
let quiet: number;
const get = async (url: string) => {
  const answer = await open.app.inject(url);
  return { status: answer.statusCode, body: answer.json() };
};

beforeAll(async () => {
  open = await openApp();
  const { pool } = open.database;
  meter = await addSource(pool, 'meter', { client: 'Farm' });
  quiet = await addSource(pool, 'quiet', { timezone: 'UTC', client: 'Other' });
  const batch = await addBatch(pool, [meter]);
  await addHours(pool, meter, batch, '2025-03-29T22:00Z', '2025-03-30T10:00Z');
  await addHours(pool, meter, batch, '2025-03-30T12:00Z', '2025-03-30T21:00Z');
  await addDays(pool, meter, batch, '2025-03-30', '2025-03-31');
});
afterAll(() => open.close());

describe('GET /datasources/freshness', () => {
  test('has a row per source and dataset, the late first', async () => {
    const { status, body } = await get('/datasources/freshness?at=2025-05-01T00:00:00Z');
    expect(status).toBe(200);
    expect(body.data.map((row: Record<string, unknown>) => [row.external_id, row.dataset, row.state])).toEqual([
      ['meter', 'energy_hourly', 'late'],
      ['meter', 'energy_daily', 'late'],
      ['quiet', null, 'never'],
    ]);
    expect(body.data[0]).toMatchObject({
      last_reading: '2025-03-30T20:00:00.000Z',
      step_seconds: 3600,
      timezone: 'Asia/Nicosia',
    });
  });

  test.each([
    ['client=Other', ['quiet']],
    ['client=Nobody', []],
    [() => `datasource_id=${quiet}`, ['quiet']],
  ])('narrowed by %s', async (choice, names) => {
    const { body } = await get(`/api/v1/datasources/freshness?${typeof choice === 'string' ? choice : choice()}`);
    expect(body.data.map((row: { external_id: string }) => row.external_id)).toEqual(names);
  });

  test.each(['at=yesterday', 'at=2025-03-30', 'datasource_id=x'])('refuses %s', async (choice) => {
    expect(await get(`/datasources/freshness?${choice}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });
});

describe('GET /datasources/{id}/gaps', () => {
  test('names missing hours by the local clock, and the day that is not their sum', async () => {
    const { status, body } = await get(`/datasources/${meter}/gaps`);
    expect(status).toBe(200);
    expect(body.gaps).toEqual([
      {
        datasource_id: meter,
        external_id: 'meter',
        dataset: 'energy_hourly',
        unit: 'hour',
        missing: 2,
        whole_days: 0,
        local_from: '2025-03-30 13:00',
        local_to: '2025-03-30 15:00',
        from: '2025-03-30T10:00:00.000Z',
        to: '2025-03-30T12:00:00.000Z',
      },
    ]);
    expect(body.disagreements).toMatchObject([{ day: '2025-03-30', hours: 21, expected_hours: 23 }]);
  });

  test('with bounds, also what lies before and after', async () => {
    const { body } = await get(`/datasources/${meter}/gaps?from=2025-03-30&to=2025-04-01&tolerance=100`);
    expect(body.gaps.map((gap: Record<string, unknown>) => [gap.dataset, gap.missing])).toEqual([
      ['energy_daily', 1],
      ['energy_hourly', 2],
      ['energy_hourly', 24],
    ]);
  });

  test.each([
    ['from=2025-04-01&to=2025-03-01', 400],
    ['from=2025-03-01T00:00:00Z', 400],
    ['tolerance=-1', 400],
  ])('refuses %s', async (choice, status) => {
    expect(await get(`/datasources/${meter}/gaps?${choice}`)).toMatchObject({
      status,
      body: { code: 'invalid_request' },
    });
  });

  test('knows only datasources that are there', async () => {
    expect(await get('/datasources/999999/gaps')).toMatchObject({ status: 404, body: { code: 'datasource_unknown' } });
  });
});
