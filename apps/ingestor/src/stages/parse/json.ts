// JSON and NDJSON as records: a stream of UTF-8 bytes in, chunks of records out, the header before them as a record of line 0.
import { Fault } from '@cei-inoe/shared/errors';
import type { JsonDialect } from '../../model/dialect.ts';
import { type RecordChunk, ROW_FLAWS } from '../../model/records.ts';
import { type Draft, makeDraft } from './json-draft.ts';
import { parsePath } from './json-path.ts';
import { readRecord } from './json-record.ts';
import { expectEnd, findRecords, findScalar, walkTo } from './json-walk.ts';
import {
  advance,
  CHAR,
  findEnd,
  findValueEnd,
  type JsonWindow,
  makeInvalid,
  makeJsonWindow,
  peek,
  skipBlanks,
  takeNext,
} from './json-window.ts';

/** As much as a record of CSV may have. */
export const MAX_RECORD_BYTES = 8 * 1024 * 1024;
/** The keys of so many records are the columns; the mapping's own columns are among them, or it does not fit. */
const KEY_RECORDS = 20_000;
const MAX_COLUMNS = 20_000;

/**
 * The line of a record is that of the file in NDJSON, and its number in a document, as many may stand in one line.
 *
 * Memory is bounded by one record of at most 8 MiB, whatever the document. A line of NDJSON that is no JSON is flagged; a document that is
 * none ends in a fault, with line and column, where the mistake is. A chunk is valid until the next one is asked for.
 * @throws Fault json_invalid, json_records_unknown
 */
export async function* parseJson(source: AsyncIterable<Buffer>, dialect: JsonDialect): AsyncGenerator<RecordChunk> {
  const columns = new Map(dialect.columns.map((name, at) => [name, at]));
  const carried = Object.entries(dialect.carried).map(([name, text]) => [columns.get(name) ?? 0, text] as const);
  yield makeHeaderChunk(dialect.columns);
  const draft = makeDraft(columns, carried);
  const w = makeJsonWindow(source);
  try {
    for await (const _ of dialect.lines ? readLines(w, draft) : readArrays(w, dialect.records, draft)) {
      const chunk = draft.takeChunk();
      if (chunk !== undefined) yield chunk;
    }
    const last = draft.takeChunk();
    if (last !== undefined) yield last;
  } finally {
    await w.close();
  }
}

function makeHeaderChunk(columns: readonly string[]): RecordChunk {
  const draft = makeDraft(new Map(columns.map((name, at) => [name, at])), []);
  for (const name of columns) draft.put(name, name);
  draft.endRow(0, ROW_FLAWS.none);
  const chunk = draft.takeChunk();
  if (chunk === undefined) throw new Fault('internal');
  return chunk;
}

/** Puts the records of all arrays at `path` into `draft`; hands over whenever it is full. */
async function* readArrays(w: JsonWindow, path: string, draft: Draft): AsyncGenerator<void> {
  let number = 0;
  let arrays = 0;
  for await (const _ of walkTo(w, parsePath(path))) {
    if (w.bytes[w.at] !== CHAR.list) throw new Fault('json_records_unknown', `There is no array at "${path}".`);
    arrays++;
    w.at++;
    if ((await peek(w)) === CHAR.endList) {
      w.at++;
      continue;
    }
    do {
      if (!skipBlanks(w)) await peek(w);
      let end = findValueEnd(w);
      if (end < 0 || end - w.at > MAX_RECORD_BYTES) end = await findEnd(w, MAX_RECORD_BYTES);
      const flaw = readRecord(w.bytes, w.at, end, draft);
      if (flaw === ROW_FLAWS.badJson) throw makeInvalid(w, 'a valid record with each key once');
      number++;
      if (flaw === ROW_FLAWS.none) draft.endRow(number, flaw);
      else draft.addFlawed(number, flaw, w.bytes.subarray(w.at, end));
      advance(w, end);
      if (draft.isFull()) yield;
    } while (await takeNext(w, CHAR.endList));
  }
  if (arrays === 0) throw new Fault('json_records_unknown', `There is no array at "${path}".`);
  await expectEnd(w);
}

async function* readLines(w: JsonWindow, draft: Draft): AsyncGenerator<void> {
  while ((await peek(w)) !== undefined) {
    let end = w.bytes.indexOf(0x0a, w.at);
    while (end < 0 && w.end - w.at <= MAX_RECORD_BYTES && (await w.fill())) end = w.bytes.indexOf(0x0a, w.at);
    if (end < 0 && w.end - w.at > MAX_RECORD_BYTES) {
      draft.addFlawed(w.line, ROW_FLAWS.tooLong, w.bytes.subarray(w.at, w.end));
      await skipLine(w);
    } else {
      const to = end < 0 ? w.end : end;
      const flaw = readRecord(w.bytes, w.at, to, draft);
      if (flaw === ROW_FLAWS.none) draft.endRow(w.line, flaw);
      else draft.addFlawed(w.line, flaw, w.bytes.subarray(w.at, to));
      advance(w, to);
    }
    if (draft.isFull()) yield;
  }
}

async function skipLine(w: JsonWindow): Promise<void> {
  for (;;) {
    const end = w.bytes.indexOf(0x0a, w.at);
    w.at = end < 0 ? w.end : end;
    if (end >= 0 || !(await w.fill())) return;
  }
}

export interface JsonQuestion {
  readonly lines: boolean;
  /** What the mapping says of the place of the records, and of what is carried into them: column → path. */
  readonly records: string | undefined;
  readonly carry: Readonly<Record<string, string>>;
}

/**
 * Decides how a JSON file is read. `open` gives its bytes from the beginning, once for each look that is needed.
 * @throws Fault json_invalid, json_records_unknown
 */
export async function decideJson(open: () => AsyncIterable<Buffer>, question: JsonQuestion): Promise<JsonDialect> {
  const { lines, records: wanted, carry } = question;
  const look = async <T>(work: (w: JsonWindow) => Promise<T>): Promise<T> => {
    const w = makeJsonWindow(open());
    try {
      return await work(w);
    } finally {
      await w.close();
    }
  };
  const records = lines ? '' : (wanted ?? (await look(findRecords)));
  const carried: Record<string, string> = {};
  for (const [name, path] of Object.entries(carry)) {
    carried[name] = (await look((w) => findScalar(w, parsePath(path)))) ?? '';
  }
  const keys = new Set<string>();
  await look((w) => collectKeys(w, lines, records, keys));
  const columns = [...new Set([...Object.keys(carried), ...keys])];
  return { kind: 'json', lines, records, wanted, columns, carried };
}

/** The keys of the first records, in the order in which they come. */
async function collectKeys(w: JsonWindow, lines: boolean, path: string, keys: Set<string>): Promise<void> {
  let count = 0;
  const draft: Draft = {
    put: (key) => {
      if (keys.size < MAX_COLUMNS) keys.add(key);
      return true;
    },
    endRow: () => void count++,
    addFlawed: () => void count++,
    isFull: () => true,
    takeChunk: () => undefined,
  };
  for await (const _ of lines ? readLines(w, draft) : readArrays(w, path, draft)) if (count >= KEY_RECORDS) return;
}
