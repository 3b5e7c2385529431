// Moves through a JSON document of any size: to the values at a path, or over all of it to see where arrays of records are. Keeps no values.
import { Fault } from '@cei-inoe/shared/errors';
import type { Segment } from './json-path.ts';
import {
  advance,
  CHAR,
  findEnd,
  type JsonWindow,
  makeInvalid,
  peek,
  skipValue,
  takeKey,
  takeNext,
} from './json-window.ts';

export const MAX_KEY_BYTES = 64 * 1024;

/** Stands at each value of the document that is at `path`, in order; whoever asks for the next one has taken it. */
export async function* walkTo(w: JsonWindow, path: readonly Segment[]): AsyncGenerator<void> {
  const [segment, ...rest] = path;
  const byte = await peek(w);
  if (byte === undefined) throw makeInvalid(w, 'a value');
  if (segment === undefined) {
    yield;
    return;
  }
  const isObject = 'key' in segment;
  if (byte !== (isObject ? CHAR.open : CHAR.list)) return skipValue(w);
  for await (const name of listMembers(w)) {
    const wanted = isObject ? name === segment.key : 'each' in segment || name === segment.index;
    if (wanted) yield* walkTo(w, rest);
    else await skipValue(w);
  }
}

/** Stands at each member of the object or array that the window stands at; gives its key or index. */
async function* listMembers(w: JsonWindow): AsyncGenerator<string | number> {
  const isObject = w.bytes[w.at] === CHAR.open;
  const closing = isObject ? CHAR.close : CHAR.endList;
  w.at++;
  if ((await peek(w)) === closing) return void w.at++;
  for (let index = 0; ; index++) {
    yield isObject ? await takeKey(w, MAX_KEY_BYTES) : index;
    if (!(await takeNext(w, closing))) return;
  }
}

/** What follows the document must be nothing. @throws Fault json_invalid */
export async function expectEnd(w: JsonWindow): Promise<void> {
  if ((await peek(w)) !== undefined) throw makeInvalid(w, 'the end of the document');
}

/** The text of the scalar at `path`; undefined where there is none. */
export async function findScalar(w: JsonWindow, path: readonly Segment[]): Promise<string | undefined> {
  for await (const _ of walkTo(w, path)) {
    const byte = await peek(w);
    if (byte === CHAR.open || byte === CHAR.list) return undefined;
    const end = await findEnd(w, MAX_KEY_BYTES);
    const text = w.bytes.toString('utf8', w.at, end);
    advance(w, end);
    if (text === 'null') return '';
    return text.startsWith('"') ? (JSON.parse(text) as string) : text;
  }
  return undefined;
}

interface FoundArray {
  readonly path: string;
  readonly depth: number;
}

const MAX_DEPTH = 8;

/**
 * The path of the one array of records (objects, or arrays) that lies shallowest.
 * @throws Fault json_records_unknown where there is none, or more than one; json_invalid
 */
export async function findRecords(w: JsonWindow): Promise<string> {
  const found: FoundArray[] = [];
  await look(w, '', 0, found);
  await expectEnd(w);
  const depth = Math.min(...found.map((each) => each.depth));
  const [first, ...others] = found.filter((each) => each.depth === depth);
  if (first !== undefined && others.length === 0) return first.path;
  const paths = [first, ...others].flatMap((each) => each?.path ?? []);
  throw new Fault(
    'json_records_unknown',
    paths.length === 0 ? 'There is no array of objects.' : `There are arrays at ${paths.slice(0, 10).join(', ')}.`,
  );
}

async function look(w: JsonWindow, path: string, depth: number, found: FoundArray[]): Promise<void> {
  const byte = await peek(w);
  if (byte === CHAR.list) {
    if (await beginsWithRecord(w)) found.push({ path, depth });
    return skipValue(w);
  }
  if (byte !== CHAR.open || depth >= MAX_DEPTH) return skipValue(w);
  for await (const name of listMembers(w)) await look(w, path === '' ? `${name}` : `${path}.${name}`, depth + 1, found);
}

/** Whether the array at which the window stands has an object or array as its first element. Takes nothing. */
async function beginsWithRecord(w: JsonWindow): Promise<boolean> {
  for (let at = 1; ; at++) {
    if (w.at + at >= w.end && !(await w.fill())) return false;
    const byte = w.bytes[w.at + at];
    if (byte === CHAR.open || byte === CHAR.list) return true;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
  }
}
