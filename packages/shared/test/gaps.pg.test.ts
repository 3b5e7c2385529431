// Freshness and gaps on data made by hand: cadences, the days on which the clocks change, whole missing ranges.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listFreshness } from '../src/freshness.ts';
import { findGaps } from '../src/gaps.ts';
import { createDatabase, findServerUrl, type TestDatabase } from '../src/testing/index.ts';

const HOUR_MS = 3_600_000;

describe.skipIf(findServerUrl() === '')('sources', () => {
  let database: TestDatabase;
  const query = async (sql: string, values: unknown[] = []) => (await database.pool.query(sql, values)).rows;
  let next = 0;

  /** A source, and what it delivered: each load from its first to its last reading. */
  async function addSource(zone: string | null, status = 'online', client = 'C'): Promise<number> {
    const [row] = await query(
      `INSERT INTO datasource (external_id, source_category, data_type, timezone, status, client) VALUES ($1, 'device', 'energy', $2, $3, $4) RETURNING id`,
      [`s${String(++next).padStart(3, '0')}`, zone, status, client],
    );
    return row.id;
  }
  async function load(
    source: number,
    dataset: string,
    first: string,
    last: string,
    status = 'completed',
  ): Promise<string> {
    const batch = randomUUID();
    await query(
      `INSERT INTO ingest_batch (batch_id, source_type, status, dataset, completed_at) VALUES ($1, 'file', $2, $3, '2025-06-01T00:00Z')`,
      [batch, status, dataset],
    );
    await query('INSERT INTO ingest_batch_datasource VALUES ($1, $2, 1, $3, $4)', [batch, source, first, last]);
    return batch;
  }
  const addHours = async (source: number, from: string, to: string, kwh = 1, stepMinutes = 60) =>
    query(
      `INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id)
       SELECT $1, t, $4, $5 FROM generate_series($2::timestamptz, $3::timestamptz - interval '1 second', make_interval(mins => $6)) t`,
      [source, from, to, kwh, await load(source, 'energy_hourly', from, to), stepMinutes],
    );
  const addDay = async (source: number, day: string, kwh: number) =>
    query('INSERT INTO fact_energy_daily (datasource_id, ts, energy_kwh, batch_id) VALUES ($1, $2, $3, $4)', [
      source,
      day,
      kwh,
      await load(source, 'energy_daily', `${day}T00:00Z`, `${day}T00:00Z`),
    ]);
  const judge = async (source: number, at: string) => (await listFreshness(database.pool, { ids: [source], at }))[0];
  const gapsOf = async (source: number, from?: string, to?: string, tolerance = 1) =>
    findGaps(database.pool, { ids: [source], from, to, tolerance });
  const brief = async (source: number, from?: string, to?: string) =>
    (await gapsOf(source, from, to)).gaps.map(
      (gap) => `${gap.local_from} → ${gap.local_to}: ${gap.missing} ${gap.unit}, ${gap.whole_days} days`,
    );

  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  describe('freshness', () => {
    test('a source that delivers every hour is late after one and a half deliveries and two steps', async () => {
      const source = await addSource('Asia/Nicosia');
      for (const hour of [8, 9, 10])
        await addHours(
          source,
          `2025-05-01T0${hour}:00Z`.replace('T010', 'T10'),
          `2025-05-01T${String(hour + 1).padStart(2, '0')}:00Z`,
        );
      const seen = await judge(source, '2025-05-01T12:00:00Z');
      // Loads end at 9, 10 and 11; the last reading is of 10:00. 10:00 + 1.5 h + 2 h.
      expect(seen).toMatchObject({
        dataset: 'energy_hourly',
        step_seconds: 3600,
        delivery_seconds: 3600,
        last_reading: '2025-05-01T10:00:00.000Z',
        due_at: '2025-05-01T13:30:00.000Z',
        age_seconds: 7200,
        state: 'fresh',
      });
      expect((await judge(source, '2025-05-01T13:30:00Z'))?.state).toBe('fresh');
      expect((await judge(source, '2025-05-01T13:31:00Z'))?.state).toBe('late');
    });

    test('months that were loaded in one go are still months', async () => {
      const source = await addSource('UTC');
      for (const [from, to] of [
        ['2025-01-01', '2025-02-01'],
        ['2025-02-01', '2025-03-01'],
        ['2025-03-01', '2025-04-01'],
      ] as const)
        await addHours(source, `${from}T00:00Z`, `${to}T00:00Z`);
      // Distances of 28 and 31 days: the median is 29.5. A month later nothing is wrong; half a month after that it is.
      expect(await judge(source, '2025-05-01T00:00:00Z')).toMatchObject({
        state: 'fresh',
        delivery_seconds: 29.5 * 86_400,
      });
      expect(await judge(source, '2025-05-16T00:00:00Z')).toMatchObject({ state: 'late' });
    });

    test('a load that was taken back is no delivery', async () => {
      const source = await addSource('UTC');
      await addHours(source, '2025-05-01T00:00Z', '2025-05-01T06:00Z');
      await load(source, 'energy_hourly', '2025-01-01T00:00Z', '2025-01-02T00:00Z', 'undone');
      expect(await judge(source, '2025-05-01T06:00:00Z')).toMatchObject({ delivery_seconds: 6 * 3600 });
    });

    test('a local day counts as its end, by the zone of the source', async () => {
      const source = await addSource('Asia/Nicosia');
      for (const day of ['2025-03-28', '2025-03-29', '2025-03-30']) await addDay(source, day, 1);
      // 31 March begins at 21:00Z of the 30th; the step is a day, also over the day of 23 hours.
      const seen = await judge(source, '2025-03-31T12:00:00Z');
      expect(seen).toMatchObject({
        dataset: 'energy_daily',
        last_reading: '2025-03-30T21:00:00.000Z',
        delivery_seconds: 86_400,
        state: 'fresh',
      });
    });

    test.each([
      ['offline', 'unexpected'],
      ['maintenance', 'unexpected'],
      ['online', 'late'],
      ['unknown', 'late'],
    ])('a source that is %s and silent is %s', async (status, state) => {
      const source = await addSource('UTC', status);
      await addHours(source, '2025-05-01T00:00Z', '2025-05-01T06:00Z');
      expect((await judge(source, '2025-06-01T00:00:00Z'))?.state).toBe(state);
    });

    test('a source without readings is there, once', async () => {
      const source = await addSource(null, 'online', 'Quiet');
      expect(await listFreshness(database.pool, { client: 'Quiet' })).toEqual([
        expect.objectContaining({
          datasource_id: source,
          dataset: null,
          state: 'never',
          last_reading: null,
          due_at: null,
          age_seconds: null,
        }),
      ]);
    });
  });

  describe('gaps', () => {
    test.each([
      // Cyprus: 03:00 to 04:00 does not exist on 30 March, and is there twice on 26 October.
      ['spring', '2025-03-29T22:00Z', '2025-03-30T21:00Z', []],
      ['autumn', '2025-10-25T21:00Z', '2025-10-26T22:00Z', []],
    ])('the day of the %s change is complete with its own hours', async (_, from, to, expected) => {
      const source = await addSource('Asia/Nicosia');
      await addHours(source, from, to);
      const day = from.startsWith('2025-03') ? ['2025-03-30', '2025-03-31'] : ['2025-10-26', '2025-10-27'];
      expect(await brief(source, ...day)).toEqual(expected);
    });

    test('one of the two equal hours of an autumn night can be missing', async () => {
      const source = await addSource('Asia/Nicosia');
      await addHours(source, '2025-10-25T21:00Z', '2025-10-26T01:00Z');
      await addHours(source, '2025-10-26T02:00Z', '2025-10-26T22:00Z');
      expect(await brief(source)).toEqual(['2025-10-26 03:00 → 2025-10-26 04:00: 1 hour, 0 days']);
      expect((await gapsOf(source)).gaps[0]).toMatchObject({
        from: '2025-10-26T01:00:00.000Z',
        to: '2025-10-26T02:00:00.000Z',
      });
    });

    test('a whole missing range is one gap, with its days; bounds ask for what lies before and after', async () => {
      const source = await addSource('Asia/Nicosia');
      await addHours(source, '2025-03-28T22:00Z', '2025-03-29T12:00Z');
      await addHours(source, '2025-04-01T06:00Z', '2025-04-01T21:00Z');
      // 15:00 to midnight: 9. 30 March: 23. 31 March: 24. 1 April to 09:00: 9.
      expect(await brief(source)).toEqual(['2025-03-29 14:00 → 2025-04-01 09:00: 66 hour, 2 days']);
      expect(await brief(source, '2025-03-28', '2025-04-03')).toEqual([
        '2025-03-28 00:00 → 2025-03-29 00:00: 24 hour, 1 days',
        '2025-03-29 14:00 → 2025-04-01 09:00: 66 hour, 2 days',
        '2025-04-02 00:00 → 2025-04-03 00:00: 24 hour, 1 days',
      ]);
      expect(await brief(source, '2025-01-01', '2025-01-03')).toEqual([
        '2025-01-01 00:00 → 2025-01-03 00:00: 48 hour, 2 days',
      ]);
    });

    test('what is not over is not missing', async () => {
      const source = await addSource('UTC');
      const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
      await addHours(source, new Date(hour.getTime() - 3 * HOUR_MS).toISOString(), hour.toISOString());
      const day = (days: number) => new Date(Date.now() + days * 24 * HOUR_MS).toISOString().slice(0, 10);
      const { gaps } = await gapsOf(source, day(-2), day(5));
      // The clock may strike while this runs.
      expect(gaps.filter((gap) => new Date(gap.to).getTime() > hour.getTime() + HOUR_MS)).toEqual([]);
    });

    test('quarters of an hour make an hour, and any reading in it is enough', async () => {
      const source = await addSource('Asia/Kolkata');
      // Half past the hour of UTC is the full hour in India.
      await addHours(source, '2025-05-01T00:30Z', '2025-05-01T03:30Z', 1, 15);
      await addHours(source, '2025-05-01T05:45Z', '2025-05-01T06:00Z', 1, 15);
      expect(await brief(source)).toEqual(['2025-05-01 09:00 → 2025-05-01 11:00: 2 hour, 0 days']);
    });

    test('days are missed as days, also over a change of the clocks', async () => {
      const source = await addSource('Asia/Nicosia');
      for (const day of ['2025-03-29', '2025-04-02']) await addDay(source, day, 1);
      expect(await brief(source)).toEqual(['2025-03-30 → 2025-04-02: 3 day, 3 days']);
      expect((await gapsOf(source)).gaps[0]).toMatchObject({
        from: '2025-03-29T22:00:00.000Z',
        to: '2025-04-01T21:00:00.000Z',
      });
    });

    test('whatever hours are taken out, exactly they are missing', async () => {
      const start = Date.parse('2025-10-24T21:00:00Z');
      const HOURS = 73;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('Asia/Nicosia', 'UTC', 'Asia/Kolkata', 'America/New_York'),
          fc.uniqueArray(fc.nat(HOURS - 1), { maxLength: 40 }),
          async (zone, gone) => {
            const source = await addSource(zone);
            // Half an hour's offset has its hours at half past.
            const offset = zone === 'Asia/Kolkata' ? HOUR_MS / 2 : 0;
            const kept = Array.from({ length: HOURS }, (_, hour) => hour).filter((hour) => !gone.includes(hour));
            const instants = kept.map((hour) => new Date(start + offset + hour * HOUR_MS).toISOString());
            await query(
              'INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id) SELECT $1, unnest($2::timestamptz[]), 1, $3',
              [source, instants, await load(source, 'energy_hourly', '2025-10-24T21:00Z', '2025-10-27T21:00Z')],
            );
            const inside = gone
              .filter((hour) => hour > (kept[0] ?? HOURS) && hour < (kept.at(-1) ?? -1))
              .sort((a, b) => a - b);
            const found = (await gapsOf(source)).gaps.flatMap((gap) =>
              Array.from({ length: gap.missing }, (_, at) => (Date.parse(gap.from) - start - offset) / HOUR_MS + at),
            );
            expect(found).toEqual(inside);
          },
        ),
        { numRuns: 40 },
      );
    });
  });

  describe('days and their hours', () => {
    test('disagree beyond the tolerance only, and by the local day', async () => {
      const source = await addSource('Asia/Nicosia');
      // 30 March has 23 hours of 1 kWh, 31 March 24, of which the last stands after 20:00Z.
      await addHours(source, '2025-03-29T22:00Z', '2025-03-31T21:00Z');
      await addDay(source, '2025-03-30', 23);
      await addDay(source, '2025-03-31', 24.2);
      expect((await gapsOf(source)).disagreements).toEqual([]);
      const report = await gapsOf(source, undefined, undefined, 0.5);
      expect(report.disagreements).toEqual([
        {
          datasource_id: source,
          external_id: expect.any(String),
          day: '2025-03-31',
          daily_kwh: 24.2,
          hours_kwh: 24,
          difference_kwh: -0.2,
          hours: 24,
          expected_hours: 24,
        },
      ]);
      expect((await gapsOf(source, '2025-03-01', '2025-03-31', 0.5)).disagreements).toEqual([]);
    });

    test('say how many hours there were', async () => {
      const source = await addSource('Asia/Nicosia');
      await addHours(source, '2025-03-29T22:00Z', '2025-03-30T12:00Z');
      await addDay(source, '2025-03-30', 23);
      await addDay(source, '2025-04-02', 5);
      expect((await gapsOf(source)).disagreements).toEqual([
        expect.objectContaining({ hours_kwh: 14, hours: 14, expected_hours: 23 }),
      ]);
    });

    test('are not at odds over hundredths that rounding took', async () => {
      const source = await addSource('UTC');
      await addHours(source, '2025-05-01T00:00Z', '2025-05-02T00:00Z', 0.01);
      await addDay(source, '2025-05-01', 0.34);
      expect((await gapsOf(source)).disagreements).toEqual([]);
      await addHours(source, '2025-05-02T00:00Z', '2025-05-03T00:00Z', 0.01);
      await addDay(source, '2025-05-02', 0.37);
      expect((await gapsOf(source)).disagreements).toHaveLength(1);
    });
  });
});
