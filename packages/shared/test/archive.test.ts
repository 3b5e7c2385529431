import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Archive, openArchive } from '../src/archive.ts';
import { makeBatchId } from '../src/batch-id.ts';

let dataDir: string;
let archive: Archive;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cei-archive-'));
  archive = await openArchive(dataDir);
});
afterEach(() => rm(dataDir, { recursive: true }));

const LIMITS = { maxBytes: 1_000_000 };
const receive = (bytes: Buffer, limits = LIMITS) =>
  archive.receive(Readable.from([bytes.subarray(0, 10), bytes.subarray(10)].filter((part) => part.length > 0)), limits);
const listSpool = () => readdir(join(dataDir, 'spool'));

test('what is received and kept is found again by its hash, byte by byte', async () => {
  const bytes = randomBytes(300_000);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const received = await receive(bytes);
  expect(received).toMatchObject({ sha256, sizeBytes: 300_000 });
  await archive.keep(received);
  expect(await listSpool()).toEqual([]);
  expect((await archive.find(sha256)).sizeBytes).toBe(300_000);
  expect(Buffer.concat(await (await archive.open(sha256)).toArray()).equals(bytes)).toBe(true);
});

test('the same bytes are stored once, and a damaged copy is replaced', async () => {
  const first = await receive(Buffer.from('once'));
  await archive.keep(first);
  await archive.keep(await receive(Buffer.from('once')));
  expect(await listSpool()).toEqual([]);
  await writeFile(archive.path(first.sha256), 'cut');
  await archive.keep(await receive(Buffer.from('once')));
  expect(await readFile(archive.path(first.sha256), 'utf8')).toBe('once');
});

test('a byte at the limit is taken, one over it is refused and leaves nothing', async () => {
  await archive.discard(await receive(Buffer.alloc(20), { maxBytes: 20 }));
  await expect(receive(Buffer.alloc(21), { maxBytes: 20 })).rejects.toMatchObject({ code: 'file_too_large' });
  expect(await listSpool()).toEqual([]);
});

test('no bytes at all are refused', async () => {
  await expect(receive(Buffer.alloc(0))).rejects.toMatchObject({ code: 'file_empty' });
  expect(await listSpool()).toEqual([]);
});

test('a stream that breaks leaves nothing and its error goes on', async () => {
  const broken = async function* () {
    yield Buffer.from('half');
    throw new Error('gone');
  };
  await expect(archive.receive(broken(), LIMITS)).rejects.toThrow('gone');
  expect(await listSpool()).toEqual([]);
});

test('bytes that are not there are archive_missing, and only a hash is ever a path', async () => {
  await expect(archive.open('0'.repeat(64))).rejects.toMatchObject({ code: 'archive_missing' });
  for (const name of ['../../etc/passwd', `${'0'.repeat(62)}/.`, 'A'.repeat(64)])
    expect(() => archive.path(name)).toThrow(TypeError);
});

test('a folder whose name is taken by a file is named', async () => {
  await rm(join(dataDir, 'spool'), { recursive: true });
  await writeFile(join(dataDir, 'spool'), '');
  await expect(openArchive(dataDir)).rejects.toMatchObject({
    code: 'folder_unwritable',
    message: expect.stringContaining('spool'),
  });
});

describe('batch ids', () => {
  test('grow, even within one millisecond and when the clock steps back', () => {
    const now = 1_750_000_000_000;
    const ids = [
      ...Array.from({ length: 10_000 }, () => makeBatchId(now)),
      makeBatchId(now - 5_000),
      makeBatchId(now + 60_000),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  test('are UUIDs of version 7', () => {
    expect(makeBatchId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
