import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimBatch } from '../src/queue/claims.ts';
import { runClaimed } from '../src/queue/run-claimed.ts';
import { findHeldBytes, holdBytes } from '../src/stages/decode/held-bytes.ts';
import { deliverEnded } from '../src/watch/deliver.ts';
import { findHeldPath } from '../src/watch/notes.ts';
import { groupSmall } from '../src/watch/receive-ahead.ts';
import { takeDropped, takeTogether } from '../src/watch/take.ts';
import { openTrial, type Trial } from './support/open-trial.ts';
import { listNames } from './support/serve.ts';

let t: Trial;
let count = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

const MOST = { maxBytes: 1e9 };
const hourly = (hour: number, kwh: number) =>
  `Date and Time,Hourly\n2025-07-01 ${String(hour).padStart(2, '0')}:00:00,${kwh}\n`;

/** Files of one meter in a folder of their own, the `at`-th with the reading `at` for one and the same hour. */
async function lay(files: number) {
  const externalId = `together${++count}`;
  const id = await t.addSource(externalId, 'UTC');
  const folder = join(t.dir, externalId);
  await mkdir(folder);
  const dropped = Array.from({ length: files }, (_, at) => {
    const name = `${externalId}-${at}.csv`;
    return { path: join(folder, name), name, folder: '', mtimeMs: 0, sizeBytes: 100 };
  });
  for (const [at, { path }] of dropped.entries()) await writeFile(path, hourly(0, at));
  const queue = () =>
    t.query<{ batch_id: string; name: string; status: string; transaction: string; source: number }>(
      `SELECT batch_id, source_name AS name, status, xmin::text AS transaction, datasource_id AS source FROM ingest_batch
       WHERE source_name LIKE $1 ORDER BY created_at, batch_id`,
      [`${externalId}-%`],
    );
  return { externalId, id, folder, dropped, names: dropped.map(({ name }) => name), queue };
}
const listSpool = async () => (await listNames(t.dir, 'spool')).filter((name) => name !== 'registering');
const readHours = (id: number) =>
  t.query<{ kwh: number }>('SELECT energy_kwh AS kwh FROM fact_energy_hourly WHERE datasource_id = $1', [id]);
async function loadAll(): Promise<void> {
  for (;;) {
    const batch = await claimBatch(t.pool, 'test', []);
    if (batch === undefined) return;
    await runClaimed(t.around, batch);
  }
}

describe('small files that wait together', () => {
  it('come into the queue in their order, in one transaction, and the last one has the last word', async () => {
    const { id, folder, dropped, names, queue } = await lay(5);
    expect(await takeTogether(t.around, dropped, MOST)).toBe(true);
    const found = await queue();
    expect(found.map((each) => each.name)).toEqual(names);
    expect(new Set(found.map((each) => each.transaction)).size).toBe(1);
    expect(found.map((each) => [each.status, each.source])).toEqual(names.map(() => ['pending', id]));
    expect(await listNames(folder)).toEqual([]);
    expect(await listNames(t.dir, 'spool', 'registering')).toEqual([]);
    for (const [at, each] of found.entries())
      expect(await readFile(findHeldPath(t.dir, each.batch_id), 'utf8')).toBe(hourly(0, at));
    await loadAll();
    expect(await readHours(id)).toEqual([{ kwh: 4 }]);
  });

  it.each([0, 2, 4])(
    'all stay where they lie if number %i is replaced meanwhile, and are taken one by one',
    async (replaced) => {
      const { folder, dropped, names, queue } = await lay(5);
      const before = await listSpool();
      const { path } = dropped[replaced]!;
      const archive = {
        ...t.around.archive,
        // After its bytes were received, and before it is moved.
        keep: async (received: Parameters<typeof t.around.archive.keep>[0]) => {
          await t.around.archive.keep(received);
          await writeFile(`${path}.new`, hourly(0, 9));
          await rename(`${path}.new`, path);
        },
      };
      expect(await takeTogether({ ...t.around, archive }, dropped, MOST)).toBe(false);
      expect(await queue()).toEqual([]);
      expect(await listNames(folder)).toEqual(names);
      for (const [at, each] of dropped.entries())
        expect(await readFile(each.path, 'utf8')).toBe(hourly(0, at === replaced ? 9 : at));
      expect(await listNames(t.dir, 'spool', 'registering')).toEqual([]);
      expect(await listSpool()).toEqual(before);
      for (const each of dropped) expect(await takeDropped(t.around, each, MOST)).toBe('taken');
      expect((await queue()).map((each) => each.name)).toEqual(names);
    },
  );

  it('leave nothing behind where one of them is no file that can be taken', async () => {
    const { folder, dropped, names, queue } = await lay(3);
    const before = await listSpool();
    await writeFile(dropped[1]!.path, '');
    expect(await takeTogether(t.around, dropped, MOST)).toBe(false);
    expect(await queue()).toEqual([]);
    expect(await listNames(folder)).toEqual(names);
    expect(await listSpool()).toEqual(before);
  });

  it('are all there in their order, before any later one, when the connection dies at the commit', async () => {
    const { id, externalId, folder, dropped, names, queue } = await lay(4);
    const [last, ...others] = [dropped[3]!, ...dropped.slice(0, 3)];
    const connectToDie = async () => {
      const connection = await t.pool.connect();
      const query = connection.query.bind(connection) as (...all: unknown[]) => Promise<unknown>;
      return Object.assign(Object.create(connection), {
        query: async (...all: unknown[]) => {
          if (all[0] !== 'COMMIT') return query(...all);
          await t.query('SELECT pg_terminate_backend($1)', [
            (connection as unknown as { processID: number }).processID,
          ]);
          return query(...all);
        },
      });
    };
    const connect = (...told: []) => (told.length === 0 ? connectToDie() : t.pool.connect(...told));
    const pool = Object.assign(Object.create(t.pool), { connect }) as typeof t.pool;
    expect(await takeTogether({ ...t.around, pool }, others, MOST)).toBe(false);
    // Moved, with a note of where from, and no batch.
    expect(await queue()).toEqual([]);
    expect(await listNames(folder)).toEqual([`${externalId}-3.csv`]);
    expect(await listNames(t.dir, 'spool', 'registering')).toHaveLength(3);
    expect(await takeDropped(t.around, last, MOST)).toBe('taken');
    expect((await queue()).map((each) => each.name)).toEqual(names);
    expect(await listNames(t.dir, 'spool', 'registering')).toEqual([]);
    await loadAll();
    expect(await readHours(id)).toEqual([{ kwh: 3 }]);
  });

  it('with the same bytes are one load and duplicates of it', async () => {
    const { dropped, queue } = await lay(3);
    for (const { path } of dropped) await writeFile(path, hourly(0, 1));
    expect(await takeTogether(t.around, dropped, MOST)).toBe(true);
    await loadAll();
    expect((await queue()).map((each) => each.status)).toEqual(['completed', 'duplicate', 'duplicate']);
  });

  it('are runs of neighbours: a large one, and one whose name is no UTF-8, stand alone', () => {
    const file = (name: string, sizeBytes: number) => ({ path: name, name, folder: '', mtimeMs: 0, sizeBytes });
    const odd = { ...file('odd', 1), undecodable: Buffer.from('odd') };
    const files = [file('a', 1), file('b', 1), file('c', 1), file('big', 1e8), file('d', 1), odd, file('e', 1)];
    expect(groupSmall(files, 2).map((group) => group.map(({ name }) => name))).toEqual([
      ['a', 'b'],
      ['c'],
      ['big'],
      ['d'],
      ['odd'],
      ['e'],
    ]);
    expect(groupSmall([], 2)).toEqual([]);
  });
});

describe('files that have ended', () => {
  it('are all moved on, many in one transaction, but for one that cannot be', async () => {
    const { externalId, dropped, queue } = await lay(70);
    for (const each of dropped) expect(await takeDropped(t.around, each, MOST)).toBe('taken');
    await loadAll();
    const stuck = (await queue())[33]!;
    // Neither held nor archived under this hash: there is nothing to move.
    await rename(findHeldPath(t.dir, stuck.batch_id), join(t.dir, 'aside'));
    await t.query('UPDATE ingest_batch SET file_sha256 = $2 WHERE batch_id = $1', [stuck.batch_id, 'f'.repeat(64)]);
    expect(await deliverEnded(t.around)).toEqual([stuck.batch_id]);
    const delivered = await t.query<{ name: string; place: string }>(
      `SELECT source_name AS name, context->>'delivered' AS place FROM ingest_batch WHERE source_name LIKE $1 AND context ? 'delivered'`,
      [`${externalId}-%`],
    );
    expect(delivered).toHaveLength(69);
    expect(new Set(delivered.map((each) => each.place)).size).toBe(69);
    for (const { name, place } of delivered) {
      const at = Number(/-(\d+)\.csv$/.exec(name)![1]);
      expect(await readFile(join(t.dir, place), 'utf8')).toBe(hourly(0, at));
    }
  });
});

describe('the bytes of a small file', () => {
  it('are kept while somebody works with them, and not longer', async () => {
    const path = join(t.dir, 'held.csv');
    await writeFile(path, 'once');
    await holdBytes(path, 4, async () => {
      await findHeldBytes(path);
      await holdBytes(path, 4, async () => writeFile(path, 'twice'));
      expect(String(await findHeldBytes(path))).toBe('once');
    });
    expect(findHeldBytes(path)).toBeUndefined();
    await expect(holdBytes(path, 4, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(findHeldBytes(path)).toBeUndefined();
    await holdBytes(path, 300_000, async () => expect(findHeldBytes(path)).toBeUndefined());
  });

  it('that cannot be read are told to who asks for them, and to nobody else', async () => {
    const path = join(t.dir, 'nowhere.csv');
    await holdBytes(path, 4, async () => {
      await expect(findHeldBytes(path)).rejects.toThrow('ENOENT');
    });
    expect(await holdBytes(path, 4, async () => 'fine')).toBe('fine');
  });
});
