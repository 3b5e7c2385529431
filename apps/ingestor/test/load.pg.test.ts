import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, openTrial, type Trial } from './support/open-trial.ts';

let t: Trial;
let count = 0;
/** A meter nobody else uses, so that tests do not meet. */
const addMeter = async (zone: string | null = 'Asia/Nicosia') => {
  const externalId = `meter${++count}`;
  return { externalId, id: await t.addSource(externalId, zone) };
};
const hourly = (...rows: string[]) => ['Date and Time,Hourly', ...rows, ''].join('\n');
const readHours = (id: number) =>
  t.query<{ ts: string; kwh: number }>(
    `SELECT to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS ts, energy_kwh AS kwh FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts`,
    [id],
  );

beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

describe('a file of hourly energy', () => {
  it('lands on the right instants, with its batch and its lines', async () => {
    const { externalId, id } = await addMeter();
    const result = await t.load(
      `${externalId}-hourly.csv`,
      hourly('07/01/2025 12:00:00 AM,1.5', '07/01/2025 1:00:00 PM,2.25'),
    );
    expect(account(result)).toBe('2 = 2+0~ 0= 0- 0!');
    // 1 July in Nicosia is UTC+3.
    const rows = await t.query(
      'SELECT ts, energy_kwh, batch_id, source_row, quality FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts',
      [id],
    );
    expect(rows).toEqual([
      { ts: new Date('2025-06-30T21:00:00Z'), energy_kwh: 1.5, batch_id: result.batchId, source_row: 2, quality: 0 },
      { ts: new Date('2025-07-01T10:00:00Z'), energy_kwh: 2.25, batch_id: result.batchId, source_row: 3, quality: 0 },
    ]);
  });

  it('is read in the style that its numbers show, though the first of them come after months of whole numbers', async () => {
    const { externalId, id } = await addMeter('UTC');
    const mine = `dataset: energy_hourly\ncolumns: { time: ts, Wh: { to: energy_kwh, unit: Wh } }\ntime: { format: iso }\n`;
    const winter = Array.from({ length: 5_000 }, (_, i) => {
      const time = new Date(Date.UTC(2025, 0, 1) + i * 900_000).toISOString();
      return `${time};${i % 900}`;
    });
    const load = (...late: string[]) =>
      t.load(`${externalId}-${late.length}.csv`, ['time;Wh', ...winter, ...late, ''].join('\n'), {
        mapping: 'mine',
        mappings: { mine },
      });
    expect(await load('2025-06-01T10:00Z;1.234')).toMatchObject({
      outcome: { fault: { code: 'number_style_ambiguous' } },
    });
    const result = await load('2025-06-01T10:00Z;1.234', '2025-06-01T11:00Z;0,5');
    expect(account(result)).toBe('5002 = 5002+0~ 0= 0- 0!');
    expect((await readHours(id)).slice(-2).map(({ kwh }) => kwh)).toEqual([1.234, 0.0005]);
  });

  it('belongs to the meter that a column names, also in capital letters that end in a sigma, or with a dot on them', async () => {
    const mine = `dataset: energy_hourly\ncolumns: { time: ts, value: energy_kwh }\ndatasource: { from: column, name: meter }\ntime: { format: iso }\n`;
    await t.addSource('ΜΕΤΡΗΤΗΣ ΣΤΕΓΗΣ', 'UTC');
    await t.addSource('izmir-7', 'UTC');
    const names = ['ΜΕΤΡΗΤΗΣ ΣΤΕΓΗΣ', 'μετρητησ στεγησ', 'İZMİR-7', 'Izmir-7', 'ΜΕΤΡΗΤΗΣ'];
    const rows = names.map((name, hour) => `2025-07-01T0${hour}:00Z,${hour},${name}`);
    const result = await t.load('names.csv', ['time,value,meter', ...rows, ''].join('\n'), {
      mapping: 'mine',
      mappings: { mine },
    });
    expect(account(result)).toBe('5 = 4+0~ 0= 0- 1!');
    const stored = await t.query(
      'SELECT external_id AS name, sum(energy_kwh) AS sum FROM fact_energy_hourly JOIN datasource ON id = datasource_id WHERE batch_id = $1 GROUP BY 1 ORDER BY 1',
      [result.batchId],
    );
    expect(stored).toEqual([
      { name: 'izmir-7', sum: 5 },
      { name: 'ΜΕΤΡΗΤΗΣ ΣΤΕΓΗΣ', sum: 1 },
    ]);
  });

  it('is not all of one meter where a column names several, whoever says so; one of them it may be', async () => {
    const { externalId, id } = await addMeter('UTC');
    const mine = `dataset: energy_hourly\ncolumns: { time: ts, value: energy_kwh }\ndatasource: { from: column, name: register }\ntime: { format: iso }\n`;
    // Consumption and feed-in of one hour, equal by chance: without the check one of them went as an exact repeat.
    const both = 'time,value,register\n2025-07-01T00:00Z,0,Offtake\n2025-07-01T00:00Z,0,Injection\n';
    const load = (text: string, said: object) =>
      t.load('any.csv', text, { mapping: 'mine', mappings: { mine }, ...said });
    for (const said of [{ datasource: externalId }, { datasource: externalId, dryRun: true }, { folder: externalId }]) {
      expect(await load(both, said)).toMatchObject({
        outcome: {
          fault: {
            code: 'datasource_in_file',
            message: expect.stringContaining(`of Offtake and Injection, so they cannot all be ${externalId}.`),
          },
        },
      });
    }
    expect(await readHours(id)).toEqual([]);
    const one = both.replace('Injection', 'offtake');
    expect(account(await load(one, { datasource: externalId }))).toBe('2 = 1+0~ 0= 1- 0!');
  });

  it('refuses what no month could be summed with, and goes on', async () => {
    const { externalId, id } = await addMeter('UTC');
    const mine = 'dataset: energy_hourly\ncolumns: { time: ts, value: energy_kwh }\ntime: { format: iso }\n';
    const load = (name: string, ...values: string[]) => {
      const rows = values.map((value, hour) => `2025-07-01T0${hour}:00Z,${value}`);
      const text = ['time,value', ...rows, ''].join('\n');
      return t.load(`${externalId}-${name}.csv`, text, { mapping: 'mine', mappings: { mine } });
    };
    const first = await load('a', '1.7e308', '1.6e308', '1e100', '-1e101', '4.9e-324');
    expect(account(first)).toBe('5 = 2+0~ 0= 0- 3!');
    expect(account(await load('b', '1', '2'))).toBe('2 = 2+0~ 0= 0- 0!');
    const months = await t.query('SELECT received, energy_kwh FROM fact_energy_hourly_month WHERE datasource_id = $1', [
      id,
    ]);
    expect(months).toEqual([{ received: 4, energy_kwh: 1e100 }]);
  });

  it('keeps both hours of the autumn night, in their order, and refuses the hour that spring leaves out', async () => {
    const { externalId, id } = await addMeter();
    const autumn = [
      '10/26/2025 02:00:00 AM,2',
      '10/26/2025 03:00:00 AM,3',
      '10/26/2025 03:00:00 AM,3.5',
      '10/26/2025 04:00:00 AM,4',
    ];
    const spring = ['03/30/2025 02:00:00 AM,2', '03/30/2025 03:00:00 AM,3', '03/30/2025 04:00:00 AM,4'];
    expect(account(await t.load(`${externalId}-a.csv`, hourly(...autumn)))).toBe('4 = 4+0~ 0= 0- 0!');
    expect(account(await t.load(`${externalId}-s.csv`, hourly(...spring)))).toBe('3 = 2+0~ 0= 0- 1!');
    expect(await readHours(id)).toEqual([
      { ts: '2025-03-30 00:00', kwh: 2 },
      { ts: '2025-03-30 01:00', kwh: 4 },
      { ts: '2025-10-25 23:00', kwh: 2 },
      { ts: '2025-10-26 00:00', kwh: 3 },
      { ts: '2025-10-26 01:00', kwh: 3.5 },
      { ts: '2025-10-26 02:00', kwh: 4 },
    ]);
  });

  it('with decimal commas and semicolons means the same numbers', async () => {
    const { externalId, id } = await addMeter();
    const file = ['Date and Time;Hourly', '2025-07-01 00:00:00;1.234,5', '2025-07-01 01:00:00;0,25', ''].join('\r\n');
    expect(account(await t.load(`${externalId}-x.csv`, file))).toBe('2 = 2+0~ 0= 0- 0!');
    expect((await readHours(id)).map((r) => r.kwh)).toEqual([1234.5, 0.25]);
  });

  it('with readings closer than an hour keeps each as it stands, and says so with the lines', async () => {
    const { externalId } = await addMeter();
    const listNotices = async (name: string, ...rows: string[]) => {
      const { batchId } = await t.load(`${externalId}-${name}.csv`, hourly(...rows));
      return t.query(
        "SELECT check_name, total_count::int AS count, sample_failures AS samples FROM data_quality_check WHERE batch_id = $1 AND check_type = 'notice'",
        [batchId],
      );
    };
    expect(await listNotices('h', '2025-07-01 00:05:00,1', '2025-07-01 01:05:00,1', '2025-07-01 02:05:00,1')).toEqual(
      [],
    );
    // Both hours of the autumn night are an hour each.
    expect(
      await listNotices(
        'a',
        '2025-10-26 02:00:00,1',
        '2025-10-26 03:00:00,1',
        '2025-10-26 03:00:00,1',
        '2025-10-26 04:00:00,1',
      ),
    ).toEqual([]);
    expect(
      await listNotices(
        'q',
        '2025-08-01 00:00:00,1',
        '2025-08-01 00:15:00,1',
        '2025-08-01 00:30:00,1',
        '2025-08-01 01:30:00,1',
      ),
    ).toEqual([
      {
        check_name: 'finer_than_hourly',
        count: 2,
        samples: [
          { line: 3, text: '' },
          { line: 4, text: '' },
        ],
      },
    ]);
  });

  it('is refused whole when its datasource has no zone, unless its times carry an offset', async () => {
    const { externalId, id } = await addMeter(null);
    expect(account(await t.load(`${externalId}-x.csv`, hourly('2025-07-01 00:00:00,1')))).toBe('zone_unknown');
    expect(account(await t.load(`${externalId}-y.csv`, hourly('2025-07-01T00:00:00+03:00,1')))).toBe(
      '1 = 1+0~ 0= 0- 0!',
    );
    expect(await readHours(id)).toEqual([{ ts: '2025-06-30 21:00', kwh: 1 }]);
  });
});

describe('records of one file', () => {
  it('are refused with line, column, text, code and message, and the others are loaded', async () => {
    const { externalId, id } = await addMeter();
    const rows = [
      '2025-07-01 00:00:00,1',
      '2025-07-01 01:00:00,abc',
      '2025-07-01 02:00:00,',
      '2025-07-01 03:00:00,-4',
      'soon,x',
      '2025-07-01 05:00:00,5,6',
    ];
    const result = await t.load(`${externalId}-x.csv`, hourly(...rows));
    expect(account(result)).toBe('6 = 1+0~ 0= 0- 5!');
    expect(await readHours(id)).toHaveLength(1);
    const stored = await t.query<{
      line: string;
      raw: object;
      errors: { column: string | null; text: string | null; code: string }[];
    }>('SELECT line, raw, errors FROM ingest_rejection WHERE batch_id = $1 ORDER BY rejection_no', [result.batchId]);
    expect(stored.map((r) => [Number(r.line), ...r.errors.map((e) => `${e.column}|${e.text}|${e.code}`)])).toEqual([
      [3, 'Hourly|abc|not_a_number'],
      [4, 'Hourly||required'],
      [5, 'Hourly|-4|out_of_range'],
      [6, 'Date and Time|soon|not_a_time', 'Hourly|x|not_a_number'],
      [7, 'null|2025-07-01 05:00:00 5 6|ragged_row'],
    ]);
    expect(stored[0]!.raw).toEqual({ 'Date and Time': '2025-07-01 01:00:00', Hourly: 'abc' });
  });

  it('that repeat are skipped, and those that contradict one another are all refused', async () => {
    const { externalId, id } = await addMeter();
    const rows = [
      '2025-07-01 00:00:00,1',
      '2025-07-01 01:00:00,2',
      '2025-07-01 01:00:00,2',
      '2025-07-01 02:00:00,3',
      '2025-07-01 02:00:00,4',
    ];
    const result = await t.load(`${externalId}-x.csv`, hourly(...rows));
    expect(account(result)).toBe('5 = 2+0~ 0= 1- 2!');
    expect((await readHours(id)).map((r) => r.kwh)).toEqual([1, 2]);
    const refused = await t.query<{ line: string; message: string }>(
      "SELECT line, errors->0->>'message' AS message FROM ingest_rejection WHERE batch_id = $1 ORDER BY line",
      [result.batchId],
    );
    expect(refused.map((r) => `${r.line}: ${r.message}`)).toEqual([
      '5: Line 6 gives another value for the same time and datasource.',
      '6: Line 5 gives another value for the same time and datasource.',
    ]);
  });

  it('that are refused but for skipped ones fail the batch, too: once the cause is mended, the same bytes can be loaded', async () => {
    const { externalId } = await addMeter();
    const load = (max: number) => {
      const mine = `dataset: energy_hourly
columns: { Time: ts, kWh: { to: energy_kwh, when_missing: skip } }
validation_rules: { constraints: { energy_kwh: { max: ${max} } } }`;
      const text = 'Time,kWh\n2025-07-01 00:00:00,7.5\n2025-07-01 01:00:00,\n';
      return t.load(`${externalId}-x.csv`, text, { mapping: 'mine', mappings: { mine } });
    };
    const first = await load(5);
    expect(account(first)).toBe('nothing_loadable');
    expect(await t.batch(first.batchId)).toMatchObject({ status: 'failed', records_rejected: '1', dedup_key: null });
    expect(account(await load(10))).toBe('2 = 1+0~ 0= 1- 0!');
  });

  it('that cannot be loaded at all fail the batch, and nothing is there', async () => {
    const { externalId, id } = await addMeter();
    const result = await t.load(`${externalId}-x.csv`, hourly('2025-07-01 00:00:00,a', '2025-07-01 01:00:00,b'));
    expect(account(result)).toBe('nothing_loadable');
    expect(await t.batch(result.batchId)).toMatchObject({
      status: 'failed',
      records_read: '2',
      records_rejected: '2',
      dedup_key: null,
    });
    expect(await t.query('SELECT 1 FROM ingest_rejection WHERE batch_id = $1', [result.batchId])).toHaveLength(2);
    expect(await readHours(id)).toEqual([]);
  });
});

describe('a second file for the same hours', () => {
  const strategy = (name: string) => `
dataset: energy_hourly
columns: { "Date and Time": ts, "Hourly": energy_kwh }
validation_rules: { schema: { required: [ts, energy_kwh] } }
conflict_resolution: { strategy: ${name} }
foreign_keys: { batch_id: "{{ batch_id }}" }
time: { format: iso }
`;
  const first = hourly('2025-07-01 00:00:00Z,1', '2025-07-01 01:00:00Z,2');
  const second = hourly('2025-07-01 00:00:00Z,1', '2025-07-01 01:00:00Z,22', '2025-07-01 02:00:00Z,3');

  it.each([
    ['update', '3 = 1+1~ 1= 0- 0!', [1, 22, 3]],
    ['ignore', '3 = 1+0~ 1= 1- 0!', [1, 2, 3]],
    ['append', '3 = 1+0~ 0= 2- 0!', [1, 2, 3]],
    ['fail', 'conflict', [1, 2]],
  ])('is merged by the strategy %s', async (name, expected, values) => {
    const { externalId, id } = await addMeter();
    const options = { mapping: 'mine', mappings: { mine: strategy(name) } };
    await t.load(`${externalId}-1.csv`, first, options);
    expect(account(await t.load(`${externalId}-2.csv`, second, options))).toBe(expected);
    expect((await readHours(id)).map((r) => r.kwh)).toEqual(values);
  });

  it('moves what it overwrites to history, with the period in which it stood, and writes nothing for what is the same', async () => {
    const { externalId, id } = await addMeter();
    const a = await t.load(`${externalId}-1.csv`, first);
    const b = await t.load(`${externalId}-2.csv`, second);
    const history = await t.query(
      `SELECT h.energy_kwh, h.batch_id, h.source_row, h.closed_by, h.reason, h.valid_from = a.applied_at AS from_a, h.valid_to = b.applied_at AS to_b
       FROM fact_energy_hourly_history h, ingest_batch a, ingest_batch b WHERE h.datasource_id = $1 AND a.batch_id = $2 AND b.batch_id = $3`,
      [id, a.batchId, b.batchId],
    );
    expect(history).toEqual([
      {
        energy_kwh: 2,
        batch_id: a.batchId,
        source_row: 3,
        closed_by: b.batchId,
        reason: 'update',
        from_a: true,
        to_b: true,
      },
    ]);
    const lineage = await t.query<{ batch_id: string; source_row: number }>(
      'SELECT batch_id, source_row FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts',
      [id],
    );
    expect(lineage).toEqual([
      { batch_id: a.batchId, source_row: 2 },
      { batch_id: b.batchId, source_row: 3 },
      { batch_id: b.batchId, source_row: 4 },
    ]);
    const [{ grows }] = (await t.query<{ grows: boolean }>(
      'SELECT b.applied_seq > a.applied_seq AS grows FROM ingest_batch a, ingest_batch b WHERE a.batch_id = $1 AND b.batch_id = $2',
      [a.batchId, b.batchId],
    )) as [{ grows: boolean }];
    expect(grows).toBe(true);
  });

  it('with the same bytes is answered as loaded already, unless forced; a failed one may come again', async () => {
    const { externalId } = await addMeter();
    const a = await t.load(`${externalId}-1.csv`, first);
    const again = await t.load(`${externalId}-again.csv`, first);
    expect(again.outcome).toEqual({ kind: 'duplicate', of: a.batchId });
    expect(await t.batch(again.batchId)).toMatchObject({ status: 'duplicate', duplicate_of: a.batchId });
    expect(account(await t.load(`${externalId}-1.csv`, first, { force: true }))).toBe('2 = 0+0~ 2= 0- 0!');
    const bad = hourly('x,y');
    expect(account(await t.load(`${externalId}-bad.csv`, bad))).toBe(
      account(await t.load(`${externalId}-bad.csv`, bad)),
    );
  });
});

describe('a later file', () => {
  /** The statements that wrote readings since the trigger was made: the word that each begins with. */
  const listWrites = async () =>
    (await t.query<{ word: string }>('SELECT word FROM seen_write ORDER BY number')).map((row) => row.word);

  it('is copied straight into the table where its period holds no reading, and staged where it does', async () => {
    const { externalId, id } = await addMeter('UTC');
    await t.query(`
      CREATE TABLE seen_write (number serial, word text);
      CREATE FUNCTION see_write() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO seen_write (word) VALUES (split_part(current_query(), ' ', 1)); RETURN NULL; END $$;
      CREATE TRIGGER see_write AFTER INSERT ON fact_energy_hourly FOR EACH STATEMENT EXECUTE FUNCTION see_write();
      ALTER TABLE fact_energy_hourly ENABLE ALWAYS TRIGGER see_write`);
    const load = async (name: string, ...rows: string[]) =>
      account(await t.load(`${externalId}-${name}.csv`, hourly(...rows)));
    expect(await load('may', '2025-05-31 22:00:00,1', '2025-05-31 23:00:00,2')).toBe('2 = 2+0~ 0= 0- 0!');
    expect(await load('june', '2025-06-01 00:00:00,3', '2025-06-01 00:45:00,4')).toBe('2 = 2+0~ 0= 0- 0!');
    expect(await load('april', '2025-04-30 23:00:00,5', '2025-04-30 22:00:00,6')).toBe('2 = 2+0~ 0= 0- 0!');
    expect(await listWrites()).toEqual(['COPY', 'COPY', 'COPY']);
    // The second begins in an hour that has a reading: three hours of June, and not four.
    expect(await load('quarter', '2025-06-01 00:50:00,7', '2025-06-01 02:00:00,8')).toBe('2 = 2+0~ 0= 0- 0!');
    expect(await listWrites()).toHaveLength(4);
    expect(await load('again', '2025-06-01 01:00:00,9', '2025-06-01 02:00:00,8')).toBe('2 = 1+0~ 1= 0- 0!');
    expect(await load('twice', '2025-07-01 01:00:00,9', '2025-07-01 00:00:00,8', '2025-07-01 01:00:00,9')).toBe(
      '3 = 2+0~ 0= 1- 0!',
    );
    expect(await listWrites()).toEqual(['COPY', 'COPY', 'COPY', 'COPY', 'WITH', 'WITH']);
    await t.query('DROP TRIGGER see_write ON fact_energy_hourly');
    expect(
      await t.query(
        'SELECT month::text, received, energy_kwh AS kwh FROM fact_energy_hourly_month WHERE datasource_id = $1 ORDER BY month',
        [id],
      ),
    ).toEqual([
      { month: '2025-04-01', received: 2, kwh: 11 },
      { month: '2025-05-01', received: 2, kwh: 3 },
      { month: '2025-06-01', received: 3, kwh: 31 },
      { month: '2025-07-01', received: 2, kwh: 17 },
    ]);
  });
});

describe('a file with some of the columns', () => {
  it('leaves the other columns alone, and an empty cell wipes nothing', async () => {
    const id = await t.addSource('station', 'UTC', 'weather');
    const temperature =
      'Date and Time,temperature (°C),humidity (%)\n2025-07-01 00:00:00,20.5,\n2025-07-01 01:00:00,21,55\n';
    const humidity = 'timestamp,humidity (%),temperature (°C)\n2025-07-01 00:00:00,60,\n2025-07-01 01:00:00,56,\n';
    expect(account(await t.load('station-t.csv', temperature))).toBe('2 = 2+0~ 0= 0- 0!');
    expect(account(await t.load('station-h.csv', humidity))).toBe('2 = 0+2~ 0= 0- 0!');
    const rows = await t.query(
      'SELECT temperature, humidity, pm10 FROM environmental_metrics WHERE datasource_id = $1 ORDER BY timestamp',
      [id],
    );
    expect(rows).toEqual([
      { temperature: 20.5, humidity: 60, pm10: null },
      { temperature: 21, humidity: 56, pm10: null },
    ]);
  });

  it('in another unit is converted, and one in an unknown unit is no such column', async () => {
    const id = await t.addSource('fahrenheit', 'UTC', 'weather');
    await t.load(
      'fahrenheit-a.csv',
      'Date and Time,temperature (°F),wind_speed (knots)\n2025-07-01 00:00:00,68,3\n2025-07-01 01:00:00,32,4\n',
    );
    const rows = await t.query(
      'SELECT temperature, wind_speed FROM environmental_metrics WHERE datasource_id = $1 ORDER BY timestamp',
      [id],
    );
    expect(rows).toEqual([
      { temperature: 20, wind_speed: null },
      { temperature: 0, wind_speed: null },
    ]);
  });
});

describe('a rejects file that does not tell how it is written', () => {
  const options = {
    mapping: 'mine',
    mappings: { mine: 'dataset: energy_hourly\ncolumns: { When: ts, Energy: energy_kwh }\n' },
  };
  const file = ['When;Energy', '03/04/2025 00:00;1.234,5', '25/12/2025 00:00;0,5', '04/05/2025 06:00;2.500x', ''];
  const corrected = 'When;Energy;_line;_code;_message\n04/05/2025 06:00;2.500;4;not_a_number;x\n';

  it('is read as the file that it comes from: by the id in the name that it was given', async () => {
    const { externalId, id } = await addMeter('UTC');
    const { batchId, ...first } = await t.load(`${externalId}-a.csv`, file.join('\n'), options);
    expect(account({ batchId, ...first })).toBe('3 = 2+0~ 0= 0- 1!');
    // Under any other name nobody knows which file it was, and nothing is guessed.
    for (const name of [`${externalId}-b.csv`, `${externalId}-b.csv.${batchId.slice(-8)}.rejects.csv`]) {
      expect(account(await t.load(name, corrected, options))).toMatch(/_ambiguous$/);
    }
    const name = `${externalId}-a.csv.${batchId.slice(-8)}.rejects.csv`;
    expect(account(await t.load(name, corrected, options))).toBe('1 = 1+0~ 0= 0- 0!');
    expect(await readHours(id)).toEqual([
      { ts: '2025-04-03 00:00', kwh: 1234.5 },
      { ts: '2025-05-04 06:00', kwh: 2500 },
      { ts: '2025-12-25 00:00', kwh: 0.5 },
    ]);
  });

  it('means what it says where it says it, however the other was written', async () => {
    const { externalId, id } = await addMeter('UTC');
    const { batchId } = await t.load(`${externalId}-a.csv`, file.join('\n'), options);
    const name = `${externalId}-a.csv.${batchId.slice(-8)}.rejects.csv`;
    const said = corrected.replace('04/05/2025 06:00;2.500', '04/25/2025 06:00;2.5');
    expect(account(await t.load(name, said, options))).toBe('1 = 1+0~ 0= 0- 0!');
    expect((await readHours(id))[1]).toEqual({ ts: '2025-04-25 06:00', kwh: 2.5 });
  });
});

describe('an update', () => {
  it('overwrites only the columns that the mapping lists, and inserts them all', async () => {
    const id = await t.addSource('listed', 'UTC', 'weather');
    const mine = `
dataset: environmental_metrics
columns: { timestamp: timestamp, temperature: temperature, humidity: humidity }
conflict_resolution: { strategy: update, update_columns: [temperature] }
time: { format: iso }
`;
    const options = { mapping: 'mine', mappings: { mine } };
    await t.load('listed-1.csv', 'timestamp,temperature,humidity\n2025-07-01T00:00:00Z,1,10\n', options);
    const second = await t.load(
      'listed-2.csv',
      'timestamp,temperature,humidity\n2025-07-01T00:00:00Z,2,20\n2025-07-01T01:00:00Z,3,30\n',
      options,
    );
    expect(account(second)).toBe('2 = 1+1~ 0= 0- 0!');
    const third = await t.load('listed-3.csv', 'timestamp,temperature,humidity\n2025-07-01T00:00:00Z,2,40\n', options);
    expect(account(third)).toBe('1 = 0+0~ 1= 0- 0!');
    const rows = await t.query(
      'SELECT temperature, humidity FROM environmental_metrics WHERE datasource_id = $1 ORDER BY timestamp',
      [id],
    );
    expect(rows).toEqual([
      { temperature: 2, humidity: 10 },
      { temperature: 3, humidity: 30 },
    ]);
  });

  it('that would erase the last value of a row refuses the row, not the file', async () => {
    const id = await t.addSource('erased', 'UTC', 'weather');
    const mine = `
dataset: environmental_metrics
columns: { timestamp: timestamp, temperature: { to: temperature, erase: true }, humidity: humidity }
time: { format: iso }
`;
    const options = { mapping: 'mine', mappings: { mine } };
    await t.load(
      'erased-1.csv',
      'timestamp,temperature,humidity\n2025-07-01T00:00:00Z,1,10\n2025-07-01T01:00:00Z,2,\n',
      options,
    );
    const second = await t.load(
      'erased-2.csv',
      'timestamp,temperature,humidity\n2025-07-01T00:00:00Z,,11\n2025-07-01T01:00:00Z,,\n',
      options,
    );
    expect(account(second)).toBe('2 = 0+1~ 0= 0- 1!');
    const rows = await t.query(
      'SELECT temperature, humidity FROM environmental_metrics WHERE datasource_id = $1 ORDER BY timestamp',
      [id],
    );
    expect(rows).toEqual([
      { temperature: null, humidity: 11 },
      { temperature: 2, humidity: null },
    ]);
  });

  it('waits for a zone that is being changed, and is then tried again in the new one', async () => {
    const { externalId, id } = await addMeter('Asia/Nicosia');
    const connection = await t.pool.connect();
    await connection.query('BEGIN');
    await connection.query("UPDATE datasource SET timezone = 'Europe/Berlin' WHERE id = $1", [id]);
    const load = t.load(`${externalId}-z.csv`, hourly('2025-07-01 12:00:00,1'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await connection.query('COMMIT');
    connection.release();
    const result = await load;
    expect(['zone_changed', '1 = 1+0~ 0= 0- 0!']).toContain(account(result));
    const hours = await readHours(id);
    if (hours.length > 0) expect(hours[0]!.ts).toBe('2025-07-01 10:00');
    else expect(await t.batch(result.batchId)).toMatchObject({ status: 'pending' });
  });
});

describe('a dry run', () => {
  it('counts exactly what the load then does, and leaves nothing but its report', async () => {
    const { externalId, id } = await addMeter();
    await t.load(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00Z,1', '2025-07-01 01:00:00Z,2'));
    const file = hourly(
      '2025-07-01 00:00:00Z,1',
      '2025-07-01 01:00:00Z,9',
      '2025-07-01 02:00:00Z,3',
      '2025-07-01 03:00:00Z,-3',
    );
    const dry = await t.load(`${externalId}-2.csv`, file, { dryRun: true });
    expect((await readHours(id)).map((r) => r.kwh)).toEqual([1, 2]);
    expect(await t.query('SELECT 1 FROM fact_energy_hourly_history WHERE datasource_id = $1', [id])).toEqual([]);
    expect(await t.batch(dry.batchId)).toMatchObject({
      status: 'completed',
      dry_run: true,
      applied_seq: null,
      dedup_key: null,
    });
    const real = await t.load(`${externalId}-2.csv`, file);
    expect(account(real)).toBe(account(dry));
    expect(account(real)).toBe('4 = 1+1~ 1= 0- 1!');
  });

  it('of a file that is loaded already says so, as the load would; one that is forced does not', async () => {
    const { externalId } = await addMeter();
    const file = hourly('2025-07-01 00:00:00Z,1');
    const first = await t.load(`${externalId}-1.csv`, file);
    const dry = await t.load(`${externalId}-2.csv`, file, { dryRun: true });
    expect(dry.outcome).toEqual({ kind: 'duplicate', of: first.batchId });
    expect(await t.batch(dry.batchId)).toMatchObject({
      status: 'duplicate',
      duplicate_of: first.batchId,
      dry_run: true,
    });
    expect(account(await t.load(`${externalId}-2.csv`, file, { dryRun: true, force: true }))).toBe('1 = 0+0~ 1= 0- 0!');
    // A dry run is no load: nothing is a duplicate of it.
    const fresh = hourly('2025-07-02 00:00:00Z,1');
    expect(account(await t.load(`${externalId}-3.csv`, fresh, { dryRun: true }))).toBe('1 = 1+0~ 0= 0- 0!');
    expect(account(await t.load(`${externalId}-3.csv`, fresh, { dryRun: true }))).toBe('1 = 1+0~ 0= 0- 0!');
    expect(account(await t.load(`${externalId}-3.csv`, fresh))).toBe('1 = 1+0~ 0= 0- 0!');
  });

  it('shows readings that the load would change, as they are and as they would be', async () => {
    const { externalId } = await addMeter();
    const write = (day: string, add: number) =>
      hourly(...[...Array(14).keys()].map((h) => `2025-07-${day} ${String(h).padStart(2, '0')}:00:00Z,${h + add}`));
    await t.load(`${externalId}-1.csv`, write('01', 0));
    const dry = await t.load(`${externalId}-2.csv`, write('01', 0.5), { dryRun: true });
    const examples = [...Array(10).keys()].map((h) => ({
      datasource: externalId,
      time: `2025-07-01T0${h}:00:00Z`,
      before: { energy_kwh: h },
      after: { energy_kwh: h + 0.5 },
    }));
    expect(dry.outcome).toMatchObject({ kind: 'loaded', loaded: { examples } });
    expect((await t.batch(dry.batchId)).context).toMatchObject({ examples });
    const real = await t.load(`${externalId}-2.csv`, write('01', 0.5));
    expect((await t.batch(real.batchId)).context).not.toHaveProperty('examples');
  });
});

describe('thresholds of a mapping', () => {
  it('are judged before anything is visible', async () => {
    const { externalId, id } = await addMeter();
    const mine = `
dataset: energy_hourly
columns: { "Date and Time": ts, "Hourly": energy_kwh }
on_error: { max_rejects: 1 }
time: { format: iso }
`;
    const rows = ['2025-07-01 00:00:00,1', '2025-07-01 01:00:00,a', '2025-07-01 02:00:00,b'];
    expect(account(await t.load(`${externalId}-x.csv`, hourly(...rows), { mapping: 'mine', mappings: { mine } }))).toBe(
      'too_many_rejects',
    );
    expect(await readHours(id)).toEqual([]);
    expect(
      account(
        await t.load(`${externalId}-y.csv`, hourly(...rows.slice(0, 2)), { mapping: 'mine', mappings: { mine } }),
      ),
    ).toBe('2 = 1+0~ 0= 0- 1!');
  });
});

describe('a herd day', () => {
  it('is read from the report with its summary rows left out; a missing figure is NULL, never 0', async () => {
    const id = await t.addSource('robot', 'Asia/Nicosia', 'dairy');
    const file = [
      'Date,Day production/cow (kg),Nr. animals,Rumination (min)',
      '03/01/2025,31.2,118,512',
      '03/02/2025,30.9,117,-',
      'AVG,31.05,117.5,512',
      'SUM,62.1,235,512',
      'TOTAL,,,',
      '',
    ].join('\n');
    expect(account(await t.load('robot-march.csv', file))).toBe('2 = 2+0~ 0= 0- 0!');
    const rows = await t.query(
      'SELECT production_date::text AS day, day_production_per_cow_kg AS milk, number_of_animals AS cows, rumination_minutes AS rumination FROM dairy_production WHERE datasource_id = $1 ORDER BY 1',
      [id],
    );
    expect(rows).toEqual([
      { day: '2025-03-01', milk: 31.2, cows: 118, rumination: 512 },
      { day: '2025-03-02', milk: 30.9, cows: 117, rumination: null },
    ]);
  });
});
