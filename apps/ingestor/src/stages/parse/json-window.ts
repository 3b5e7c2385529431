// A window of bytes over a stream of JSON: moves through blanks, strings and whole values, and knows the line it stands on. Reads no values.
import { Fault } from '@cei-inoe/shared/errors';

export interface JsonWindow {
  bytes: Buffer;
  /** The next byte that is not taken. */
  at: number;
  end: number;
  /** Line of the byte at `at`, 1-based, and the offset in `bytes` at which it begins (negative where that is gone). */
  line: number;
  lineStart: number;
  /** No bytes come after `end`. */
  final: boolean;
  /** Appends more bytes; false where there are none. What is taken already is given up. */
  fill(): Promise<boolean>;
  close(): Promise<void>;
}

export const CHAR = { quote: 0x22, backslash: 0x5c, open: 0x7b, close: 0x7d, list: 0x5b, endList: 0x5d } as const;
const COMMA = 0x2c;
const COLON = 0x3a;
const LF = 0x0a;
const MAX_DEPTH = 64;

export function makeJsonWindow(source: AsyncIterable<Buffer>): JsonWindow {
  const pieces = source[Symbol.asyncIterator]();
  const w: JsonWindow = {
    bytes: Buffer.alloc(0),
    at: 0,
    end: 0,
    line: 1,
    lineStart: 0,
    final: false,
    async fill() {
      const { value, done } = await pieces.next();
      if (done === true) {
        w.final = true;
        return false;
      }
      w.lineStart -= w.at;
      w.bytes = Buffer.concat([w.bytes.subarray(w.at, w.end), value as Buffer]);
      w.at = 0;
      w.end = w.bytes.length;
      return true;
    },
    async close() {
      await pieces.return?.();
    },
  };
  return w;
}

/** @returns the fault for the place at which the window stands */
export function makeInvalid(w: JsonWindow, expected: string): Fault {
  const found = w.at < w.end ? `"${w.bytes.toString('utf8', w.at, Math.min(w.end, w.at + 20))}"` : 'the end';
  return new Fault(
    'json_invalid',
    `Line ${w.line}, column ${w.at - w.lineStart + 1}: ${expected} was expected where ${found} stands.`,
  );
}

/** Takes the bytes up to `to`, counting lines. */
export function advance(w: JsonWindow, to: number): void {
  for (let at = w.bytes.indexOf(LF, w.at); at >= 0 && at < to; at = w.bytes.indexOf(LF, at + 1)) {
    w.line++;
    w.lineStart = at + 1;
  }
  w.at = to;
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === LF || byte === 0x0d || byte === 0x09;

/** Takes blanks. False where the window ends with them. */
export function skipBlanks(w: JsonWindow): boolean {
  const { bytes, end } = w;
  let { at } = w;
  for (; at < end && isBlank(bytes[at]); at++) {
    if (bytes[at] !== LF) continue;
    w.line++;
    w.lineStart = at + 1;
  }
  w.at = at;
  return at < end;
}

/** Takes blanks and gives the byte behind them, which is not taken; undefined at the end. */
export async function peek(w: JsonWindow): Promise<number | undefined> {
  while (!skipBlanks(w)) if (!(await w.fill())) return undefined;
  return w.bytes[w.at];
}

/** Takes one certain byte. @throws Fault json_invalid */
export async function take(w: JsonWindow, byte: number): Promise<void> {
  if ((await peek(w)) !== byte) throw makeInvalid(w, `"${String.fromCharCode(byte)}"`);
  w.at++;
}

/** Whether another element or member follows: takes the comma, or the `closing` byte. @throws Fault json_invalid */
export async function takeNext(w: JsonWindow, closing: number): Promise<boolean> {
  const byte = await peek(w);
  if (byte !== COMMA && byte !== closing) throw makeInvalid(w, `"," or "${String.fromCharCode(closing)}"`);
  w.at++;
  return byte === COMMA;
}

/** The key of a member, and takes the colon behind it. @throws Fault json_invalid */
export async function takeKey(w: JsonWindow, maxBytes: number): Promise<string> {
  if ((await peek(w)) !== CHAR.quote) throw makeInvalid(w, 'a key');
  const end = await findEnd(w, maxBytes);
  const text = w.bytes.toString('utf8', w.at, end);
  try {
    const key = JSON.parse(text) as string;
    advance(w, end);
    await take(w, COLON);
    return key;
  } catch (error) {
    throw error instanceof Fault ? error : makeInvalid(w, 'a key');
  }
}

/** The end of the value at which the window stands; it is all in the window then. @throws Fault json_invalid where it has more than `maxBytes` */
export async function findEnd(w: JsonWindow, maxBytes: number): Promise<number> {
  for (;;) {
    const end = findValueEnd(w);
    if (end >= 0 && end - w.at <= maxBytes) return end;
    if (w.end - w.at > maxBytes) throw new Fault('json_invalid', `Line ${w.line}: a value has over ${maxBytes} bytes.`);
    // Twice the bytes before the next look, so that a long value costs a constant factor.
    const wanted = 2 * (w.end - w.at);
    while (w.end - w.at < wanted && (await w.fill()));
    if (w.final && findValueEnd(w) < 0) throw makeInvalid(w, 'a whole value');
  }
}

/** Offset behind the value at `w.at`, by its quotes and brackets alone; -1 where it is not all in the window. */
export function findValueEnd(w: JsonWindow): number {
  const { bytes, end } = w;
  const feed = makeValueEnd(w);
  for (let at = w.at; at < end; at++) {
    const step = feed(bytes[at] as number);
    if (step === BEFORE) return at;
    if (step === AFTER) return at + 1;
  }
  // A number at the end of the document has nothing behind it.
  return w.final && end > w.at && feed(LF) === BEFORE ? end : -1;
}

const GO = 0;
const BEFORE = 1;
const AFTER = 2;

/** Is fed the bytes of a value one by one, and tells where it ends: before or after the byte. */
function makeValueEnd(w: JsonWindow): (byte: number) => typeof GO | typeof BEFORE | typeof AFTER {
  let depth = 0;
  let inText = false;
  let escaped = false;
  const feedText = (byte: number) => {
    if (escaped) escaped = false;
    else if (byte === CHAR.backslash) escaped = true;
    else if (byte === CHAR.quote) inText = false;
    return !inText && depth === 0 ? AFTER : GO;
  };
  return (byte) => {
    if (inText) return feedText(byte);
    if (byte === CHAR.quote) inText = true;
    else if (byte === CHAR.open || byte === CHAR.list) {
      if (++depth > MAX_DEPTH) throw new Fault('json_invalid', `Line ${w.line}: nested deeper than ${MAX_DEPTH}.`);
    } else if (byte === CHAR.close || byte === CHAR.endList) {
      if (depth === 0) return BEFORE;
      if (--depth === 0) return AFTER;
    } else if (depth === 0 && (byte === COMMA || isBlank(byte))) return BEFORE;
    return GO;
  };
}

/** Offset behind the closing quote of the string that begins at `at`; -1 where it is not there. */
export function findStringEnd(bytes: Buffer, at: number, end: number): number {
  for (let from = at + 1; ; ) {
    const quote = bytes.indexOf(CHAR.quote, from);
    if (quote < 0 || quote >= end) return -1;
    let slashes = 0;
    while (bytes[quote - 1 - slashes] === CHAR.backslash) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

/** Takes a value of any size without keeping it. @throws Fault json_invalid */
export async function skipValue(w: JsonWindow): Promise<void> {
  if ((await peek(w)) === undefined) throw makeInvalid(w, 'a value');
  const feed = makeValueEnd(w);
  for (;;) {
    for (let at = w.at; at < w.end; at++) {
      const step = feed(w.bytes[at] as number);
      if (step !== GO) return advance(w, step === AFTER ? at + 1 : at);
    }
    advance(w, w.end);
    if (await w.fill()) continue;
    if (feed(LF) !== BEFORE) throw makeInvalid(w, 'the end of a value');
    return;
  }
}
