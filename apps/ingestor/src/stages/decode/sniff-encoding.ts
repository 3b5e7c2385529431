// Decides on the evidence of the first bytes how a text file is encoded. Decodes nothing.
import { isUtf8 } from 'node:buffer';
import type { Encoding } from '../../model/dialect.ts';

export interface SniffedEncoding {
  readonly encoding: Encoding;
  /** Length of the byte order mark. */
  readonly bomBytes: number;
}

const MARKS: readonly (readonly [readonly number[], Encoding])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * A byte order mark decides; else NULs in every second place; else UTF-8 where the bytes are that, or are it far more often than not
 * (a broken row is then refused alone, while as Windows-1252 every `°C` would be misread); else Windows-1252, in which everything is something.
 */
export function sniffEncoding(head: Buffer): SniffedEncoding {
  const mark = MARKS.find(([bytes]) => bytes.every((byte, at) => head[at] === byte));
  if (mark !== undefined) return { encoding: mark[1], bomBytes: mark[0].length };
  const wide = looksLikeUtf16(head);
  if (wide !== undefined) return { encoding: wide, bomBytes: 0 };
  return { encoding: looksLikeUtf8(head) ? 'utf-8' : 'windows-1252', bomBytes: 0 };
}

/** UTF-16 without a mark: of digits, separators and Latin letters every second byte is NUL. */
export function looksLikeUtf16(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const pairs = Math.floor(head.length / 2);
  let low = 0;
  let high = 0;
  for (let pair = 0; pair < pairs; pair++) {
    if (head[2 * pair] === 0) low++;
    if (head[2 * pair + 1] === 0) high++;
  }
  const most = pairs * 0.7;
  const few = pairs * 0.05;
  if (high > most && low <= few) return 'utf-16le';
  if (low > most && high <= few) return 'utf-16be';
  return undefined;
}

function looksLikeUtf8(head: Buffer): boolean {
  if (isUtf8(head.subarray(0, findCut(head)))) return true;
  const { whole, broken } = countSequences(head);
  return whole > 4 * broken;
}

/** A shorter sample than any reader takes is all of its file, so that nothing cuts it. */
const SHORT_SAMPLE_BYTES = 4096;

/** Where the last character begins, if the end of the sample cuts it; else the end. */
function findCut(head: Buffer): number {
  if (head.length < SHORT_SAMPLE_BYTES) return head.length;
  for (let back = 1; back <= Math.min(3, head.length); back++) {
    const length = measureSequence(head[head.length - back] as number);
    if (length > back) return head.length - back;
    if (length > 0) break;
  }
  return head.length;
}

/** Bytes of the UTF-8 sequence that begins with `byte`; 0 for a continuation byte and for what never occurs. Source: RFC 3629. */
function measureSequence(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** Well-formed sequences of several bytes, and bytes outside of any. */
function countSequences(head: Buffer): { whole: number; broken: number } {
  let whole = 0;
  let broken = 0;
  for (let at = 0; at < head.length; ) {
    const length = measureSequence(head[at] as number);
    const fits = length > 0 && isUtf8(head.subarray(at, at + length));
    if (!fits) broken++;
    else if (length > 1) whole++;
    at += fits ? length : 1;
  }
  return { whole, broken };
}
