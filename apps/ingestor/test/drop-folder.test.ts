import { execFileSync } from 'node:child_process';
import { appendFile, lstat, mkdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeBatchId } from '@cei-inoe/shared/batch-id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findHeldPath, writeNote } from '../src/watch/notes.ts';
import { tidyOrphans } from '../src/watch/orphans.ts';
import { makeScanner } from '../src/watch/scan.ts';
import { sweepSpool } from '../src/watch/sweep-spool.ts';
import { takeDropped } from '../src/watch/take.ts';
import { openTrial, type Trial } from './support/open-trial.ts';
import {
  findName,
  listNames,
  readJsonFile,
  type Service,
  type ServiceProcess,
  serve,
  serveInProcess,
  until,
} from './support/serve.ts';

let t: Trial;
let service: Service;
let incoming: string;
let processed: string;
let rejected: string;
let count = 0;

const addMeter = async () => {
  const externalId = `meter${++count}`;
  return { externalId, id: await t.addSource(externalId) };
};
const hourly = (...rows: string[]) => ['Date and Time,Hourly', ...rows, ''].join('\n');
const pad = (hour: number) => String(hour).padStart(2, '0');
/** Written beside and moved in, as careful programs do. */
async function drop(name: string, content: string | Buffer, folder = ''): Promise<void> {
  const path = join(incoming, folder, name);
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
const readHours = async (id: number) =>
  (
    await t.query<{ kwh: number }>(
      'SELECT energy_kwh AS kwh FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts',
      [id],
    )
  ).map((r) => r.kwh);
const readStatuses = async (name: string) =>
  (
    await t.query<{ status: string }>('SELECT status FROM ingest_batch WHERE source_name = $1 ORDER BY created_at', [
      name,
    ])
  ).map((r) => r.status);
/** `m1-x.csv` → the pattern of its name in processed/ or rejected/ */
const kept = (name: string) => new RegExp(`^${name.replace(/\.(\w+)$/, String.raw`\.[0-9a-f]{8}\.$1`)}$`);

beforeAll(async () => {
  t = await openTrial();
  incoming = join(t.dir, 'incoming');
  processed = join(t.dir, 'processed');
  rejected = join(t.dir, 'rejected');
  // There before the ingestor starts.
  await t.addSource('early');
  await writeFile(join(incoming, 'early-x.csv'), hourly('2025-07-01 00:00:00,1'));
  service = serve(t.around);
});
afterAll(async () => {
  await service.stop();
  await t.close();
});

describe('a dropped file', () => {
  it('that lay there before the ingestor started is taken too', async () => {
    await until('early-x', () => findName(processed, kept('early-x.csv')));
    expect(await readStatuses('early-x.csv')).toEqual(['completed']);
  });

  it('is loaded and moved to processed/ under its own name with the short id of its batch', async () => {
    const { externalId, id } = await addMeter();
    const content = hourly('2025-07-01 00:00:00,1', '2025-07-01 01:00:00,2');
    await drop(`${externalId}-july.csv`, content);
    const name = await until('the file', () => findName(processed, kept(`${externalId}-july.csv`)));
    const [batch] = await t.query<{ batch_id: string }>('SELECT batch_id FROM ingest_batch WHERE source_name = $1', [
      `${externalId}-july.csv`,
    ]);
    expect(name).toBe(`${externalId}-july.${batch!.batch_id.replaceAll('-', '').slice(-8)}.csv`);
    expect(await readFile(join(processed, name), 'utf8')).toBe(content);
    expect(await readHours(id)).toEqual([1, 2]);
    expect(await listNames(incoming)).not.toContain(`${externalId}-july.csv`);
  });

  it('belongs to the datasource that names its subfolder; other folders are left alone', async () => {
    const { externalId, id } = await addMeter();
    await mkdir(join(incoming, externalId, 'deeper'), { recursive: true });
    await mkdir(join(incoming, 'somebody'));
    await writeFile(join(incoming, externalId, 'deeper', 'b.csv'), hourly('2025-07-01 00:00:00,7'));
    await writeFile(join(incoming, 'somebody', 'c.csv'), hourly('2025-07-01 00:00:00,8'));
    await drop('export.csv', hourly('2025-07-01 00:00:00,5'), externalId);
    await until('export', () => findName(processed, kept('export.csv')));
    expect(await readHours(id)).toEqual([5]);
    expect(await listNames(incoming, externalId, 'deeper')).toEqual(['b.csv']);
    expect(await listNames(incoming, 'somebody')).toEqual(['c.csv']);
  });

  it('that is hidden, or that another program is still writing, is left alone', async () => {
    const { externalId, id } = await addMeter();
    const names = [
      `.${externalId}-a.csv`,
      ...['part', 'tmp', 'crdownload', 'PART'].map((e) => `${externalId}-a.csv.${e}`),
    ];
    for (const name of names) await writeFile(join(incoming, name), hourly('2025-07-01 00:00:00,1'));
    await drop(`${externalId}-last.csv`, hourly('2025-07-01 01:00:00,2'));
    await until('the last one', () => findName(processed, kept(`${externalId}-last.csv`)));
    expect(await readHours(id)).toEqual([2]);
    expect(await listNames(incoming)).toEqual(expect.arrayContaining(names));
  });

  it('is not taken before size and time stood still for as long as FILE_STABLE_MS', async () => {
    const folder = join(t.dir, 'slow');
    await mkdir(folder);
    const scanner = makeScanner(folder, 300, async () => false);
    await writeFile(join(folder, 'a.csv'), 'half');
    expect(await scanner.listStable()).toEqual([]);
    await sleep(320);
    await appendFile(join(folder, 'a.csv'), ' and half');
    expect(await scanner.listStable()).toEqual([]);
    await sleep(320);
    expect((await scanner.listStable()).map((f) => f.name)).toEqual(['a.csv']);
  });

  it('whose bytes were loaded already goes to processed/, and its batch is a duplicate of the first', async () => {
    const { externalId, id } = await addMeter();
    const content = hourly('2025-07-01 00:00:00,1');
    await drop(`${externalId}-a.csv`, content);
    await until('a', () => findName(processed, kept(`${externalId}-a.csv`)));
    await drop(`${externalId}-b.csv`, content);
    await until('b', () => findName(processed, kept(`${externalId}-b.csv`)));
    const rows = await t.query(
      'SELECT b.status, f.source_name AS first FROM ingest_batch b LEFT JOIN ingest_batch f ON f.batch_id = b.duplicate_of WHERE b.source_name = $1',
      [`${externalId}-b.csv`],
    );
    expect(rows).toEqual([{ status: 'duplicate', first: `${externalId}-a.csv` }]);
    expect(await readHours(id)).toEqual([1]);
  });

  it('with the name of an earlier one and other bytes overwrites nothing', async () => {
    const { externalId, id } = await addMeter();
    const name = `${externalId}-a.csv`;
    const contents = [hourly('2025-07-01 00:00:00,1'), hourly('2025-07-01 01:00:00,2')];
    await drop(name, contents[0]!);
    await until('the first', () => findName(processed, kept(name)));
    await drop(name, contents[1]!);
    const names = await until('the second', async () => {
      const found = (await listNames(processed)).filter((each) => kept(name).test(each));
      return found.length === 2 && found;
    });
    const texts = await Promise.all(names.map((each) => readFile(join(processed, each), 'utf8')));
    expect(texts.sort()).toEqual([...contents].sort());
    expect(await readHours(id)).toEqual([1, 2]);
  });

  it('that is replaced between reading and moving is not lost: the new bytes wait for their turn', async () => {
    const { externalId } = await addMeter();
    const folder = join(t.dir, 'elsewhere');
    await mkdir(folder);
    const path = join(folder, `${externalId}-a.csv`);
    await writeFile(path, hourly('2025-07-01 00:00:00,1'));
    const archive = {
      ...t.around.archive,
      keep: async (received: Parameters<typeof t.around.archive.keep>[0]) => {
        await t.around.archive.keep(received);
        await writeFile(`${path}.new`, hourly('2025-07-01 00:00:00,9'));
        await rename(`${path}.new`, path);
      },
    };
    const dropped = { path, name: `${externalId}-a.csv`, folder: '', mtimeMs: 0, sizeBytes: 0 };
    expect(await takeDropped({ ...t.around, archive }, dropped, { maxBytes: 1e9 })).toBe('waits');
    expect(await readFile(path, 'utf8')).toContain(',9');
    expect(await readStatuses(`${externalId}-a.csv`)).toEqual([]);
    expect((await listNames(t.dir, 'spool')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('with a name as long as the file system allows, in letters of two bytes, still arrives', async () => {
    const { externalId, id } = await addMeter();
    const name = `${externalId}-${'η'.repeat(118)}.csv`;
    expect(Buffer.byteLength(name)).toBeGreaterThan(245);
    await writeFile(join(incoming, name), hourly('2025-07-01 00:00:00,3', 'soon,x'));
    const found = await until('the long name', () =>
      findName(processed, new RegExp(`^${externalId}-η+\\.[0-9a-f]{8}\\.csv$`)),
    );
    expect(Buffer.byteLength(found)).toBeLessThan(230);
    expect(await readHours(id)).toEqual([3]);
  });
});

describe('a dropped file with bad rows', () => {
  it('is loaded without them; what is refused comes back as a CSV that, corrected and dropped again, loads the rest', async () => {
    const { externalId, id } = await addMeter();
    const rows = [
      '2025-07-01 00:00:00,1',
      '2025-07-01 01:00:00,=cmd|x',
      '2025-07-01 02:00:00,-3',
      '2025-07-01 03:00:00,4',
    ];
    await drop(`${externalId}-bad.csv`, hourly(...rows));
    await until('bad', () => findName(processed, kept(`${externalId}-bad.csv`)));
    const pattern = new RegExp(`^${externalId}-bad\\.csv\\.[0-9a-f]{8}\\.rejects\\.csv$`);
    const name = await until('the refused rows', () => findName(rejected, pattern));
    const text = await readFile(join(rejected, name), 'utf8');
    expect(text).toBe(
      [
        'Date and Time,Hourly,_line,_code,_message',
        `2025-07-01 01:00:00,'=cmd|x,3,not_a_number,Hourly: Not a number in the style of this column.`,
        '2025-07-01 02:00:00,-3,4,out_of_range,Hourly: -3 is outside 0…10000 kWh.',
        '',
      ].join('\n'),
    );
    expect(await readHours(id)).toEqual([1, 4]);
    // One is corrected, the other comes again as it is, with the quote that was put before it.
    await drop(name, text.replace(',-3,', ',3,'));
    await until('the corrected file', () =>
      findName(processed, new RegExp(`^${externalId}-bad\\.csv\\.[0-9a-f]{8}\\.rejects\\.`)),
    );
    expect(await readHours(id)).toEqual([1, 3, 4]);
    const [again] = await t.query(
      'SELECT r.raw FROM ingest_rejection r JOIN ingest_batch b USING (batch_id) WHERE b.source_name = $1',
      [name],
    );
    expect(again).toMatchObject({ raw: { Hourly: '=cmd|x' } });
  });

  it('of which nothing can be loaded goes to rejected/, with the reason beside it', async () => {
    const { externalId, id } = await addMeter();
    const name = `${externalId}-none.csv`;
    await drop(name, hourly('soon,1', 'later,2'));
    const found = await until('the file', () => findName(rejected, kept(name)));
    const report = await until('the reason', () =>
      readJsonFile(join(rejected, `${found}.error.json`)).catch(() => undefined),
    );
    expect(report).toMatchObject({
      file: name,
      error: { code: expect.stringMatching(/^(nothing_loadable|time_format_unknown)$/) },
    });
    expect(report.error).toMatchObject({ message: expect.stringMatching(/\S/), remedy: expect.stringMatching(/\S/) });
    expect(await readHours(id)).toEqual([]);
  });
});

describe('what is no file to load', () => {
  const refused = async (name: string, pattern = kept(name)) => {
    const found = await until(name, () => findName(rejected, pattern));
    return (await until('its reason', () => readJsonFile(join(rejected, `${found}.error.json`)).catch(() => undefined)))
      .error as { code: string };
  };

  it('goes to rejected/ with its code: empty, of another kind, with an unknown header, of nobody', async () => {
    const { externalId } = await addMeter();
    await drop(`${externalId}-empty.csv`, '');
    await drop(`${externalId}-image.csv`, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    await drop(`${externalId}-header.csv`, 'A,B\n1,2\n');
    await drop('nobody-x.csv', hourly('2025-07-01 00:00:00,1'));
    expect((await refused(`${externalId}-empty.csv`)).code).toBe('file_empty');
    expect((await refused(`${externalId}-image.csv`)).code).toBe('format_unknown');
    expect((await refused(`${externalId}-header.csv`)).code).toBe('header_unknown');
    expect((await refused('nobody-x.csv')).code).toBe('datasource_unknown');
  });

  it('is not followed or waited for: links and pipes', async () => {
    const { externalId, id } = await addMeter();
    const target = join(t.dir, 'target.csv');
    await writeFile(target, hourly('2025-07-01 00:00:00,1'));
    await symlink(target, join(incoming, `${externalId}-link.csv`));
    execFileSync('mkfifo', [join(incoming, `${externalId}-pipe.csv`)]);
    expect((await refused(`${externalId}-link.csv`)).code).toBe('file_not_regular');
    expect((await refused(`${externalId}-pipe.csv`)).code).toBe('file_not_regular');
    expect((await lstat(target)).isFile()).toBe(true);
    expect(await readHours(id)).toEqual([]);
  });

  it('cannot climb out of the folders by its name', async () => {
    const { externalId, id } = await addMeter();
    const name = `a\\..\\..\\${externalId}-up\u0001\u202e.csv`;
    await writeFile(join(incoming, name), hourly('2025-07-01 00:00:00,6'));
    // Backslashes are folders on other systems: the label is what comes after them.
    await until('the file', () => findName(processed, new RegExp(`^${externalId}-up\\.[0-9a-f]{8}\\.csv$`)));
    expect(await readHours(id)).toEqual([6]);
    expect(await listNames(t.dir)).toEqual(expect.not.arrayContaining([expect.stringContaining('up')]));
  });
});

describe('after a crash', () => {
  it('files that were moved into the spool without their batch get it, also when they have one name', async () => {
    const { externalId, id } = await addMeter();
    for (const [at, batchId] of [makeBatchId(), makeBatchId()].entries()) {
      await writeFile(findHeldPath(t.dir, batchId), hourly(`2025-07-01 0${at}:00:00,${at + 1}`));
      await writeNote(t.dir, batchId, { name: `${externalId}-lost.csv`, folder: '' });
    }
    await tidyOrphans(t.around, 1e9);
    await until('both', async () => (await readHours(id)).length === 2);
    expect(await readHours(id)).toEqual([1, 2]);
  });

  it('what killed processes left in the spool is taken away when nobody wrote to it for an hour', async () => {
    const spool = join(t.dir, 'spool');
    const names = ['00000000-dead.part', `${makeBatchId()}.1.rejects`];
    for (const name of names) {
      await writeFile(join(spool, name), 'x');
      await utimes(join(spool, name), new Date(0), new Date(0));
    }
    await writeFile(join(spool, 'fresh.part'), 'x');
    expect(await sweepSpool(t.around)).toBe(2);
    expect((await listNames(spool)).filter((name) => name.includes('.'))).toEqual(['fresh.part']);
  });

  it('a file whose bytes are gone from everywhere does not hold up the others', async () => {
    const { externalId } = await addMeter();
    await t.query(
      `INSERT INTO ingest_batch (batch_id, source_type, source_name, file_sha256, context, status, created_at)
       VALUES ($1, 'file', 'gone.csv', $2, '{"drop": {"name": "gone.csv", "folder": ""}}', 'failed', '2020-01-01')`,
      [makeBatchId(), 'f'.repeat(64)],
    );
    await drop(`${externalId}-next.csv`, hourly('2025-07-01 00:00:00,1'));
    await until('the next', () => findName(processed, kept(`${externalId}-next.csv`)));
  });
});

describe('two ingestors on one folder and one database', () => {
  let other: Trial;
  const running: ServiceProcess[] = [];
  beforeAll(async () => {
    other = await openTrial();
    for (let meter = 0; meter < 5; meter++) await other.addSource(`two${meter}`);
    await other.addSource('ordered');
    // 40 files that load, and 5 that say in their order what the hour's value is: the last one must win.
    for (let at = 0; at < 40; at++) {
      const rows = Array.from(
        { length: 20 },
        (_, hour) => `2025-0${1 + Math.floor(at / 5)}-01 ${pad(hour)}:00:00,${at}`,
      );
      await writeFile(join(other.dir, 'incoming', `two${at % 5}-${at}.csv`), hourly(...rows));
    }
    for (let at = 1; at <= 5; at++) {
      const path = join(other.dir, 'incoming', `ordered-${5 - at}.csv`);
      await writeFile(
        path,
        hourly(
          `2025-07-01 00:00:00,${at}`,
          ...Array.from({ length: 10 }, (_, h) => `2025-07-02 ${pad(h)}:00:00,${at}`),
        ),
      );
      await utimes(path, 1_700_000_000 + at, 1_700_000_000 + at);
    }
    const env = { DATABASE_URL: other.url, DATA_DIR: other.dir };
    running.push(serveInProcess(env), serveInProcess(env));
  });
  afterAll(async () => {
    await Promise.all(running.map((each) => each.stop()));
    await other.close();
  });

  it('load every file exactly once, and move each to processed/', async () => {
    await until('45 files', async () => (await listNames(other.dir, 'processed')).length === 45, 25_000).catch(
      (error: Error) => expect.unreachable(`${error.message}\n${running.map((each) => each.log()).join('\n')}`),
    );
    const [sum] = await other.query<{ batches: string; completed: string; read: string; loaded: string }>(
      `SELECT count(*) AS batches, count(*) FILTER (WHERE status = 'completed') AS completed, sum(records_read) AS read, sum(records_inserted + records_updated) AS loaded
       FROM ingest_batch`,
    );
    expect(sum).toEqual({
      batches: '45',
      completed: '45',
      read: String(40 * 20 + 5 * 11),
      loaded: String(40 * 20 + 5 * 11),
    });
    // The value of each file is its number: 20 hours of each.
    const [facts] = await other.query<{ sum: number }>(
      "SELECT sum(energy_kwh) AS sum FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id WHERE external_id LIKE 'two%'",
    );
    expect(facts!.sum).toBe((20 * (39 * 40)) / 2);
    expect(await listNames(other.dir, 'incoming')).toEqual([]);
    // A file is linked to where it goes before it is taken from where it was: the last one may still have both names.
    await until('a tidy spool', async () => {
      const names = [...(await listNames(other.dir, 'spool', 'registering')), ...(await listNames(other.dir, 'spool'))];
      return names.join() === 'registering';
    });
  });

  it('keep the order of the files of one source', async () => {
    const rows = await other.query<{ kwh: number }>(
      "SELECT DISTINCT energy_kwh AS kwh FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id WHERE external_id = 'ordered'",
    );
    expect(rows).toEqual([{ kwh: 5 }]);
    const order = await other.query<{ source_name: string }>(
      "SELECT source_name FROM ingest_batch WHERE source_name LIKE 'ordered%' ORDER BY applied_seq",
    );
    expect(order.map((r) => r.source_name)).toEqual([4, 3, 2, 1, 0].map((n) => `ordered-${n}.csv`));
  });
});
