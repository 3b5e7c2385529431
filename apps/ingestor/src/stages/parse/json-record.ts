// One record of JSON as cells: keys become columns, values their text; numbers keep every digit they have. Strict: what JSON.parse refuses is refused.
import { isUtf8 } from 'node:buffer';
import { ROW_FLAWS } from '../../model/records.ts';
import { CHAR, findStringEnd } from './json-window.ts';

/** Takes the cells of a record. `put` gets the text as bytes, or as a string where escapes were undone. False: the key came before. */
export interface CellSink {
  put(key: string, text: string | Buffer): boolean;
}

const MAX_DEPTH = 64;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

interface Cursor {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
  readonly sink: CellSink;
}

/** Reads the value `bytes[at .. end)`. Returns the flaw of the record, 0 where there is none. Members of members are called `a.b`, elements `a[0]`. */
export function readRecord(bytes: Buffer, at: number, end: number, sink: CellSink): number {
  if (!isUtf8(bytes.subarray(at, end))) return ROW_FLAWS.encoding;
  const cursor = { bytes, at, end, sink };
  try {
    readValue(cursor, '', 0);
    skip(cursor);
    return cursor.at === end ? ROW_FLAWS.none : ROW_FLAWS.badJson;
  } catch (error) {
    if (error === LONE_SURROGATE) return ROW_FLAWS.encoding;
    if (error === INVALID) return ROW_FLAWS.badJson;
    throw error;
  }
}

const INVALID = new Error('invalid');
const LONE_SURROGATE = new Error('lone surrogate');

function readValue(cursor: Cursor, name: string, depth: number): void {
  if (depth > MAX_DEPTH) throw INVALID;
  skip(cursor);
  const byte = cursor.bytes[cursor.at];
  if (byte === CHAR.open) readObject(cursor, name, depth);
  else if (byte === CHAR.list) readList(cursor, name, depth);
  else if (byte === CHAR.quote) put(cursor, name, readText(cursor));
  else readScalar(cursor, name);
}

function readObject(cursor: Cursor, name: string, depth: number): void {
  const prefix = name === '' ? '' : `${name}.`;
  readMembers(cursor, CHAR.close, () => {
    if (cursor.bytes[cursor.at] !== CHAR.quote) throw INVALID;
    const key = String(readText(cursor));
    skip(cursor);
    if (cursor.bytes[cursor.at++] !== 0x3a) throw INVALID;
    readValue(cursor, prefix + key, depth + 1);
  });
}

function readList(cursor: Cursor, name: string, depth: number): void {
  let index = 0;
  readMembers(cursor, CHAR.endList, () => readValue(cursor, `${name}[${index++}]`, depth + 1));
}

/** Takes the opening byte, member after member, and the closing one. */
function readMembers(cursor: Cursor, closing: number, readMember: () => void): void {
  cursor.at++;
  skip(cursor);
  if (cursor.bytes[cursor.at] === closing) return void cursor.at++;
  for (;;) {
    skip(cursor);
    readMember();
    skip(cursor);
    const byte = cursor.bytes[cursor.at++];
    if (byte === closing) return;
    if (byte !== 0x2c) throw INVALID;
  }
}

function skip(cursor: Cursor): void {
  for (;;) {
    const byte = cursor.bytes[cursor.at];
    if (cursor.at >= cursor.end || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return;
    cursor.at++;
  }
}

/** The text of a string: its bytes as they stand where nothing is escaped. */
function readText(cursor: Cursor): string | Buffer {
  const { bytes, at, end } = cursor;
  const after = findStringEnd(bytes, at, end);
  if (after < 0) throw INVALID;
  cursor.at = after;
  const inner = bytes.subarray(at + 1, after - 1);
  let plain = true;
  for (const byte of inner) {
    if (byte < 0x20) throw INVALID;
    if (byte === CHAR.backslash) plain = false;
  }
  return plain ? inner : unescapeText(bytes.toString('utf8', at, after));
}

function unescapeText(quoted: string): string {
  let text: string;
  try {
    text = JSON.parse(quoted) as string;
  } catch {
    throw INVALID;
  }
  // Half of a pair is no character: it could not be stored.
  if (/[\ud800-\udfff]/.test(text) && Buffer.from(text).toString() !== text) throw LONE_SURROGATE;
  return text;
}

function readScalar(cursor: Cursor, name: string): void {
  const { bytes, at, end } = cursor;
  let to = at;
  while (to < end && !isDelimiter(bytes[to] as number)) to++;
  cursor.at = to;
  const text = bytes.toString('latin1', at, to);
  if (text === 'null') put(cursor, name, '');
  else if (text === 'true' || text === 'false' || NUMBER.test(text)) put(cursor, name, bytes.subarray(at, to));
  else throw INVALID;
}

const isDelimiter = (byte: number): boolean =>
  byte === 0x2c || byte === CHAR.close || byte === CHAR.endList || byte <= 0x20;

function put(cursor: Cursor, name: string, text: string | Buffer): void {
  if (!cursor.sink.put(name, text)) throw INVALID;
}
