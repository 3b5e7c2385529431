import { execFileSync } from 'node:child_process';
import { appendFile, link, mkdir, open, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeBatchId } from '@cei-inoe/shared/batch-id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveToFree } from '../src/watch/move-file.ts';
import { findHeldPath, findNotePath, writeNote } from '../src/watch/notes.ts';
import { tidyOrphans } from '../src/watch/orphans.ts';
import { makeScanner } from '../src/watch/scan.ts';
import { takeDropped } from '../src/watch/take.ts';
import { openTrial, type Trial } from './support/open-trial.ts';
import { findName, listNames, readJsonFile, type Service, serve, until } from './support/serve.ts';

let t: Trial;
let service: Service;
let incoming: string;
let processed: string;
let rejected: string;
let count = 0;

const addMeter = async () => {
  const externalId = `bad${++count}`;
  return { externalId, id: await t.addSource(externalId, 'UTC') };
};
const hourly = (...rows: string[]) => ['Date and Time,Hourly', ...rows, ''].join('\n');
const readHours = async (id: number) =>
  (
    await t.query<{ kwh: number }>(
      'SELECT energy_kwh AS kwh FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts',
      [id],
    )
  ).map((r) => r.kwh);
const untilProcessed = (pattern: RegExp) => until(`${pattern}`, () => findName(processed, pattern));
/** The code in the report of a refused file, when file and report are there. */
const untilRefused = async (stem: string) => {
  const name = await until(stem, () => findName(rejected, new RegExp(`^${stem}\\.[0-9a-f]{8}\\.csv$`)));
  const report = await readJsonFile(join(rejected, `${name}.error.json`));
  return (report.error as { code: string }).code;
};

beforeAll(async () => {
  t = await openTrial();
  [incoming, processed, rejected] = ['incoming', 'processed', 'rejected'].map((name) => join(t.dir, name)) as [
    string,
    string,
    string,
  ];
  service = serve(t.around);
});
afterAll(async () => {
  await service.stop();
  await t.close();
});

describe('a name', () => {
  it('that is no UTF-8 is no reason to leave a file lying: it gets one that can be shown', async () => {
    const { externalId, id } = await addMeter();
    const name = Buffer.from(`${externalId}-m\xe9t\xe9o.csv`, 'latin1');
    await writeFile(Buffer.concat([Buffer.from(`${incoming}/`), name]), hourly('2025-07-01 00:00:00,1'));
    await untilProcessed(new RegExp(`^${externalId}-m%E9t%E9o\\.[0-9a-f]{8}\\.csv$`));
    expect(await readHours(id)).toEqual([1]);
    expect(await listNames(incoming)).toEqual([]);
  });

  it('that is no UTF-8 and would become that of another file does not cost that one its place', async () => {
    const { externalId, id } = await addMeter();
    const raw = Buffer.concat([Buffer.from(`${incoming}/${externalId}-`), Buffer.of(0xff), Buffer.from('.csv')]);
    await writeFile(join(incoming, `.${externalId}`), hourly('2025-07-01 00:00:00,1'));
    await writeFile(raw, hourly('2025-07-01 01:00:00,2'));
    await rename(join(incoming, `.${externalId}`), join(incoming, `${externalId}-%FF.csv`));
    await until('both', async () => (await readHours(id)).length === 2);
    expect(await readHours(id)).toEqual([1, 2]);
  });

  it.each([
    ['line ends and tabs', (meter: string) => `${meter}-a\r\n\tb.csv`],
    ['an escape sequence', (meter: string) => `${meter}-\u001b[31mred.csv`],
    ['dots and backslashes that climb', (meter: string) => `a\\..\\..\\${meter}-up.csv`],
    ['letters that turn the reading direction', (meter: string) => `${meter}-\u202egpj.csv`],
    ['quotes and what shells expand', (meter: string) => `${meter}-$(id) '";--.csv`],
    ['255 bytes', (meter: string) => `${meter}-${'x'.repeat(250 - meter.length)}.csv`],
    ['percent signs', (meter: string) => `${meter}-100%25.csv`],
  ])('with %s is loaded, and leaves its folder for processed/ alone', async (_, makeName) => {
    const { externalId, id } = await addMeter();
    await writeFile(join(incoming, makeName(externalId)), hourly('2025-07-01 00:00:00,1'));
    const name = await untilProcessed(new RegExp(`^${externalId}-`));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(name).not.toMatch(/[\u0000-\u001f\u202e/\\]/);
    expect(await readHours(id)).toEqual([1]);
    expect((await listNames(t.dir)).sort()).toEqual(['archive', 'incoming', 'processed', 'rejected', 'spool']);
  });

  it('with the short id of another batch does not cost the other one its file, in processed/ or in rejected/', async () => {
    const { externalId, id } = await addMeter();
    const files = [hourly('2025-07-01 00:00:00,1'), hourly('2025-07-01 01:00:00,2'), 'A,B\n1,2\n', 'A,B\n3,4\n'];
    const ids = files.map((_, at) => `0190000${at}-0000-7000-8000-0000deadbeef`);
    await service.stop();
    // As two ingestors would have written them, once in four thousand million times.
    for (const [at, text] of files.entries()) {
      const archived = await t.around.archive.receive([Buffer.from(text)] as never, { maxBytes: 1e6 });
      await t.around.archive.keep(archived);
      await t.query(
        `INSERT INTO ingest_batch (batch_id, source_type, source_name, file_sha256, size_bytes, context, status, created_at)
         VALUES ($1, 'file', $2, $3, $4, '{"drop": {"name": "same.csv", "folder": ""}}', 'pending', clock_timestamp())`,
        [ids[at], `${externalId}-same.csv`, archived.sha256, archived.sizeBytes],
      );
      await writeFile(findHeldPath(t.dir, ids[at]!), text);
    }
    service = serve(t.around);
    await until('all four', async () => {
      const rows = await t.query("SELECT 1 FROM ingest_batch WHERE source_name = $1 AND context ? 'delivered'", [
        `${externalId}-same.csv`,
      ]);
      return rows.length === 4;
    });
    const places = (
      await t.query<{ place: string }>(
        "SELECT context ->> 'delivered' AS place FROM ingest_batch WHERE source_name = $1 ORDER BY batch_id",
        [`${externalId}-same.csv`],
      )
    ).map((row) => row.place);
    expect(await Promise.all(places.map((place) => readFile(join(t.dir, place), 'utf8')))).toEqual(files);
    expect([...places].sort()).toEqual([
      `processed/${externalId}-same.80000000deadbeef.csv`,
      `processed/${externalId}-same.deadbeef.csv`,
      `rejected/${externalId}-same.80000000deadbeef.csv`,
      `rejected/${externalId}-same.deadbeef.csv`,
    ]);
    for (const place of places.slice(2)) {
      const report = await readJsonFile(join(t.dir, `${place}.error.json`));
      expect(places.indexOf(place)).toBe(ids.indexOf(String(report.batch_id)));
    }
    expect(await readHours(id)).toEqual([1, 2]);
  });
});

describe('what is dropped', () => {
  it('is taken whole, however slowly and in however many pieces it is written', async () => {
    const { externalId, id } = await addMeter();
    const path = join(incoming, `${externalId}-slow.csv`);
    await writeFile(path, 'Date and Time,Hourly\n');
    for (let hour = 0; hour < 20; hour++) {
      await appendFile(path, `2025-07-01 ${String(hour).padStart(2, '0')}:00:0`);
      await sleep(30);
      await appendFile(path, `0,${hour}\n`);
      await sleep(10);
    }
    await untilProcessed(new RegExp(`^${externalId}-slow`));
    expect(await readHours(id)).toEqual(Array.from({ length: 20 }, (_, hour) => hour));
    expect(await t.query('SELECT 1 FROM ingest_batch WHERE source_name = $1', [`${externalId}-slow.csv`])).toHaveLength(
      1,
    );
  });

  it.each([
    ['grows', (path: string) => appendFile(path, '2025-07-01 05:00:00,5\n')],
    ['shrinks', (path: string) => truncate(path, 30)],
    ['is written anew in place', (path: string) => writeFile(path, hourly('2025-07-01 09:00:00,9'))],
    [
      'is replaced by another',
      async (path: string) => {
        await writeFile(`${path}.part`, hourly('2025-07-01 09:00:00,9'));
        await rename(`${path}.part`, path);
      },
    ],
  ])('and %s while it is read is left for the next look, as it is then', async (_, disturb) => {
    const { externalId } = await addMeter();
    const folder = join(t.dir, 'spool', '..', `read-${externalId}`);
    await mkdir(folder);
    const path = join(folder, `${externalId}-a.csv`);
    await writeFile(path, hourly('2025-07-01 00:00:00,1', '2025-07-01 01:00:00,2'));
    const { receive } = t.around.archive;
    const archive = {
      ...t.around.archive,
      receive: async (stream: AsyncIterable<Uint8Array>, limits: { maxBytes: number }) => {
        const received = await receive(stream, limits);
        await disturb(path);
        return received;
      },
    };
    const before = await listNames(t.dir, 'spool');
    const dropped = { path, name: `${externalId}-a.csv`, folder: '', mtimeMs: 0, sizeBytes: 0 };
    expect(await takeDropped({ ...t.around, archive }, dropped, { maxBytes: 1e9 })).toBe('waits');
    expect(await listNames(folder)).toEqual([`${externalId}-a.csv`]);
    expect(await t.query('SELECT 1 FROM ingest_batch WHERE source_name = $1', [`${externalId}-a.csv`])).toEqual([]);
    expect((await listNames(t.dir, 'spool')).filter((name) => !before.includes(name))).toEqual([]);
    expect(await takeDropped(t.around, dropped, { maxBytes: 1e9 })).toBe('taken');
    execFileSync('rm', ['-r', folder]);
  });

  it('is refused with its reason where it is no file: links to anywhere, pipes, sockets', async () => {
    const { externalId, id } = await addMeter();
    const make: Record<string, (path: string) => unknown> = {
      nowhere: (path) => symlink('/nowhere/at/all', path),
      climbing: (path) => symlink('../../../../../../etc/passwd', path),
      loop: (path) => symlink(path, path),
      folder: (path) => symlink(processed, path),
      pipe: (path) => execFileSync('mkfifo', [path]),
    };
    for (const [name, put] of Object.entries(make)) {
      await put(join(incoming, `${externalId}-${name}.csv`));
      expect(await untilRefused(`${externalId}-${name}`), name).toBe('file_not_regular');
    }
    expect(await readHours(id)).toEqual([]);
  });

  it('under two names at once is loaded once', async () => {
    const { externalId, id } = await addMeter();
    const path = join(incoming, `.${externalId}`);
    await writeFile(path, hourly('2025-07-01 00:00:00,1'));
    await link(path, join(incoming, `${externalId}-b.csv`));
    await rename(path, join(incoming, `${externalId}-a.csv`));
    await until('both', async () => (await listNames(processed)).filter((n) => n.startsWith(externalId)).length === 2);
    expect(await readHours(id)).toEqual([1]);
    const statuses = await t.query<{ status: string }>(
      "SELECT status FROM ingest_batch WHERE source_name LIKE $1 || '-_.csv' ORDER BY status",
      [externalId],
    );
    expect(statuses.map((row) => row.status)).toEqual(['completed', 'duplicate']);
  });

  it('and refused again after a crash in between is there once, with its reason', async () => {
    const { externalId } = await addMeter();
    const folder = join(t.dir, `refused-${externalId}`);
    await mkdir(folder);
    const path = join(folder, `${externalId}-empty.csv`);
    const dropped = { path, name: `${externalId}-empty.csv`, folder: '', mtimeMs: 0, sizeBytes: 0 };
    await writeFile(path, '');
    expect(await takeDropped(t.around, dropped, { maxBytes: 1e9 })).toBe('taken');
    const [name] = (await listNames(rejected)).filter((each) => each.startsWith(`${externalId}-empty.`));
    // The crash came between the two steps of the move.
    await link(join(rejected, name!), path);
    expect(await takeDropped(t.around, dropped, { maxBytes: 1e9 })).toBe('taken');
    expect((await listNames(rejected)).filter((each) => each.startsWith(externalId))).toEqual([
      name,
      `${name}.error.json`,
    ]);
    expect(await listNames(folder)).toEqual([]);
  });
});

describe('a file that a crash left in the spool', () => {
  const leave = async (id: string, name: string | undefined, content: string | undefined) => {
    await writeNote(t.dir, id, { name: name ?? '', folder: '' });
    if (name === undefined) await truncate(findNotePath(t.dir, id), 9);
    if (content !== undefined) await writeFile(findHeldPath(t.dir, id), content);
  };

  it('with half a note of where it came from keeps nothing else from being taken, and is reported if it cannot be', async () => {
    const { externalId, id } = await addMeter();
    const [nothing, lost, good] = [makeBatchId(), makeBatchId(), makeBatchId()];
    await service.stop();
    await leave(nothing, undefined, undefined);
    await leave(lost, undefined, hourly('2025-07-01 00:00:00,1'));
    await leave(good, `${externalId}-a.csv`, hourly('2025-07-01 01:00:00,2'));
    expect(await tidyOrphans(t.around, 1e9)).toBe(2);
    service = serve(t.around);
    await untilProcessed(new RegExp(`^${externalId}-a`));
    expect(await readHours(id)).toEqual([2]);
    const name = await until('the lost one', () => findName(rejected, new RegExp(`^${lost}\\.\\w+\\.lost$`)));
    expect(await readFile(join(rejected, name), 'utf8')).toContain('2025-07-01 00:00:00,1');
    // Its file may just be on its way.
    expect(await listNames(t.dir, 'spool', 'registering')).toEqual([`${nothing}.json`]);
  });

  it('that can no longer be read goes back to incoming/, and is refused with its reason', async () => {
    const { externalId } = await addMeter();
    await service.stop();
    await leave(makeBatchId(), `${externalId}-empty.csv`, '');
    expect(await tidyOrphans(t.around, 1e9)).toBe(1);
    service = serve(t.around);
    expect(await untilRefused(`${externalId}-empty`)).toBe('file_empty');
  });

  it('comes into the queue before any later file of its source', async () => {
    const { externalId, id } = await addMeter();
    const orphan = makeBatchId();
    await service.stop();
    await leave(orphan, `${externalId}-1.csv`, hourly('2025-07-01 00:00:00,1'));
    const folder = join(t.dir, `later-${externalId}`);
    await mkdir(folder);
    const dropped = { path: join(folder, 'b.csv'), name: `${externalId}-2.csv`, folder: '', mtimeMs: 0, sizeBytes: 0 };
    await writeFile(dropped.path, hourly('2025-07-01 00:00:00,2'));
    expect(await takeDropped(t.around, dropped, { maxBytes: 1e9 })).toBe('taken');
    const queue = await t.query<{ batch_id: string; datasource_id: number }>(
      'SELECT batch_id, datasource_id FROM ingest_batch WHERE source_name LIKE $1 ORDER BY created_at',
      [`${externalId}-%`],
    );
    expect(queue.map((each) => each.datasource_id)).toEqual([id, id]);
    expect(queue[0]!.batch_id).toBe(orphan);
    service = serve(t.around);
    await untilProcessed(new RegExp(`^${externalId}-2`));
    expect(await readHours(id)).toEqual([2]);
  });
});

describe('a move', () => {
  it('to a name that is taken changes nothing; one that was half done is completed', async () => {
    const folder = join(t.dir, 'moves');
    await mkdir(folder);
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    await writeFile(a, 'one');
    await writeFile(b, 'two');
    expect(await moveToFree(a, b)).toBe(false);
    expect(await readFile(b, 'utf8')).toBe('two');
    await link(a, join(folder, 'c'));
    expect(await moveToFree(a, join(folder, 'c'))).toBe(true);
    expect(await listNames(folder)).toEqual(['b', 'c']);
    execFileSync('rm', ['-r', folder]);
  });
});

describe('ten thousand files', () => {
  it('are listed in the order of their time when they are seen a second time', async () => {
    const folder = join(t.dir, 'many');
    await mkdir(folder);
    for (let at = 0; at < 10_000; at++) await (await open(join(folder, `m${at}.csv`), 'w')).close();
    const scanner = makeScanner(folder, 0, async () => false);
    expect(await scanner.listStable()).toEqual([]);
    const again = await scanner.listStable();
    expect(again).toHaveLength(10_000);
    expect(again.every((file, at) => at === 0 || again[at - 1]!.mtimeMs <= file.mtimeMs)).toBe(true);
    execFileSync('rm', ['-r', folder]);
  });
});
