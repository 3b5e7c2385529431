// In the faulty process: makes every operation on files under DATA_DIR (and on mappings) a step that can go wrong.
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { relative, resolve } from 'node:path';
import { shiftMtime } from './clock.ts';
import { die, type How, makeErrno, reach } from './points.ts';

type Call = (...args: unknown[]) => unknown;
type Table = Record<string, Call>;

const DATA_DIR = resolve(process.env.DATA_DIR ?? '.');
const KEPT_ENDING = /\.(part|dropped|rejects|error\.json|rejects\.csv|json)$/;
/** Renames and links between these folders fail as between two file systems, where FAULT_ACROSS is set. */
const APART = process.env.FAULT_ACROSS === undefined ? [] : ['incoming', 'processed', 'rejected'];

const folderOf = (path: unknown): string => relative(DATA_DIR, String(path)).split('/')[0] ?? '';

/** `incoming/*`, `spool/*.part`; undefined for files that are nobody's business here. */
function describePath(path: unknown): string | undefined {
  const text = String(path);
  if (/\.ya?ml$|\/mappings$/.test(text)) return 'mappings';
  const inside = relative(DATA_DIR, text);
  if (inside.startsWith('..') || inside.startsWith('postgres')) return undefined;
  const folder = inside.split('/')[0] ?? '';
  if (inside === folder) return `${folder}/`;
  return `${folder}/*${KEPT_ENDING.exec(inside)?.[0] ?? ''}`;
}

function writeHalf(name: string, args: readonly unknown[]): void {
  const whole =
    name === 'copyFile' ? original.readFileSync(args[0] as string) : Buffer.from(args[1] as string | Buffer);
  original.writeFileSync((name === 'copyFile' ? args[1] : args[0]) as string, whole.subarray(0, whole.length >> 1));
}

const original = { readFileSync: fs.readFileSync, writeFileSync: fs.writeFileSync };

/** Carries out what is to go wrong with a file operation, if anything. */
function goWrong(how: How | undefined, name: string, label: string, args: readonly unknown[]): void {
  if (how === undefined) return;
  if (how === 'torn' || how.startsWith('half')) writeHalf(name, args);
  if (how === 'torn' || how === 'during') die();
  throw makeErrno(how.split(' ')[1] ?? 'EIO', label);
}

function isApart(name: string, args: readonly unknown[]): boolean {
  if (name !== 'rename' && name !== 'link') return false;
  const [from, to] = [folderOf(args[0]), folderOf(args[1])];
  return from !== to && [from, to].some((folder) => APART.includes(folder));
}

/** What lies in such a folder says that it is of another device. */
function moveApart(info: unknown, where: string): unknown {
  const stats = info as { dev: bigint | number };
  if (APART.includes(where.split('/')[0] ?? '') && typeof stats.dev === 'bigint') stats.dev += 1n;
  return info;
}

const ASYNC = [
  'open',
  'lstat',
  'stat',
  'mkdir',
  'rename',
  'link',
  'unlink',
  'rm',
  'copyFile',
  'writeFile',
  'readFile',
  'readdir',
];
const OF_HANDLE = ['read', 'stat', 'writeFile', 'sync', 'close'];

function wrapHandle(handle: Table, where: string): Table {
  for (const name of OF_HANDLE) {
    const call = handle[name]!.bind(handle);
    handle[name] = async (...args: unknown[]) => {
      const label = `${name} of open ${where}`;
      const how = reach(label);
      if (how !== undefined && name === 'writeFile' && (how === 'torn' || how.startsWith('half'))) {
        const whole = Buffer.from(args[0] as Buffer);
        await call(whole.subarray(0, whole.length >> 1));
        if (how === 'torn') die();
      }
      // A file that cannot be closed is closed all the same.
      if (how !== undefined && name === 'close') await call();
      if (how !== undefined) throw makeErrno(how.split(' ')[1] ?? 'EIO', label);
      const result = await call(...args);
      return name === 'stat' ? moveApart(result, where) : result;
    };
  }
  return handle;
}

export function wrapFiles(): void {
  const table = promises as unknown as Table;
  for (const name of ASYNC) {
    const call = table[name]!;
    table[name] = async (...args: unknown[]) => {
      const where = describePath(name === 'rename' || name === 'link' || name === 'copyFile' ? args[1] : args[0]);
      if (where === undefined) return call(...args);
      const from = name === 'rename' || name === 'link' || name === 'copyFile' ? `${describePath(args[0])} to ` : '';
      const label = `${name} ${from}${where}`;
      goWrong(reach(label), name, label, args);
      if (isApart(name, args)) throw makeErrno('EXDEV', label);
      const result = await call(...args);
      if (name === 'open') return wrapHandle(result as Table, where);
      if (name !== 'lstat') return result;
      // A dropped file is told by its time and keeps it while the clock is put forward.
      return moveApart(where.startsWith('incoming/') ? result : shiftMtime(result), where);
    };
  }
  wrapDescriptors(fs as unknown as Table);
  syncBuiltinESMExports();
}

/** What streams and synchronous writes go through. */
function wrapDescriptors(table: Table): void {
  const places = new Map<number, string>();
  const opened = (fd: unknown, where: string) => places.set(fd as number, where);
  const call = { ...table };
  table.open = (...args: unknown[]) => {
    const where = describePath(args[0]);
    const done = args.at(-1) as Call;
    if (where === undefined) return call.open!(...args);
    const how = reach(`stream open ${where}`);
    if (how !== undefined) return process.nextTick(done, makeErrno(how.split(' ')[1] ?? 'EIO', 'open'));
    return call.open!(...args.slice(0, -1), (error: unknown, fd: number) => {
      if (error === null) opened(fd, where);
      done(error, fd);
    });
  };
  for (const name of ['read', 'write', 'writev', 'close']) {
    table[name] = (...args: unknown[]) => {
      const where = places.get(args[0] as number);
      if (where === undefined) return call[name]!(...args);
      const how = reach(`stream ${name} ${where}`);
      if (name === 'close') places.delete(args[0] as number);
      if (how === undefined) return call[name]!(...args);
      const error = makeErrno(how.split(' ')[1] ?? 'EIO', name);
      if (name === 'close') return call[name]!(args[0], () => (args.at(-1) as Call)(error));
      return process.nextTick(args.at(-1) as Call, error);
    };
  }
  for (const name of ['openSync', 'writeSync', 'writeFileSync', 'closeSync', 'rmSync']) {
    table[name] = (...args: unknown[]) => {
      const where = typeof args[0] === 'number' ? places.get(args[0]) : describePath(args[0]);
      if (where === undefined) return call[name]!(...args);
      const label = `${name} ${where}`;
      const how = reach(label);
      if (how === 'torn' || how?.startsWith('half')) {
        const text = args[1] as string;
        call.writeFileSync!(args[0], text.slice(0, text.length >> 1));
        if (how === 'torn') die();
      }
      if (how !== undefined && name !== 'closeSync') throw makeErrno(how.split(' ')[1] ?? 'EIO', label);
      const result = call[name]!(...args);
      if (name === 'openSync') opened(result, where);
      if (name === 'closeSync') places.delete(args[0] as number);
      return result;
    };
  }
}
