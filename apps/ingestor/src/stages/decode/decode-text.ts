// Turns the bytes of a text file into UTF-8, piece by piece. Does not decide the encoding and does not look for records.
import { isAscii } from 'node:buffer';
import type { Encoding } from '../../model/dialect.ts';

export type Decoder = (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>;

/**
 * A transform from bytes in `encoding`, behind a byte order mark of `bomBytes`, to UTF-8. UTF-8 is passed on as it is, uncopied and unchecked: the
 * parser refuses the rows that are not. What is no character in UTF-16 becomes a byte that is none in UTF-8, so those rows are refused too.
 */
export function decodeToUtf8(encoding: Encoding, bomBytes: number): Decoder {
  return async function* decode(source) {
    const transcode = makeTranscoder(encoding);
    let mark = bomBytes;
    for await (const piece of source) {
      const skipped = Math.min(mark, piece.length);
      mark -= skipped;
      const text = transcode(skipped === 0 ? piece : piece.subarray(skipped), false);
      if (text.length > 0) yield text;
    }
    const rest = transcode(Buffer.alloc(0), true);
    if (rest.length > 0) yield rest;
  };
}

type Transcoder = (piece: Buffer, last: boolean) => Buffer;

function makeTranscoder(encoding: Encoding): Transcoder {
  if (encoding === 'utf-8') return (piece) => piece;
  if (encoding === 'windows-1252') return (piece) => (isAscii(piece) ? piece : decodeWindows1252(piece));
  return makeUtf16Transcoder(encoding === 'utf-16be');
}

/** 0x80…0x9F. Source: WHATWG Encoding, index-windows-1252 (which gives the five unassigned bytes the C1 control of their number). */
const UPPER_CONTROLS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const SEQUENCES = Array.from(UPPER_CONTROLS, (character) => Buffer.from(character));

/** Written out by table, as Node's own decoder of this name differs between its versions and builds. */
function decodeWindows1252(piece: Buffer): Buffer {
  const text = Buffer.allocUnsafe(3 * piece.length);
  let to = 0;
  for (const byte of piece) {
    if (byte < 0x80) text[to++] = byte;
    else if (byte < 0xa0) to += (SEQUENCES[byte - 0x80] as Buffer).copy(text, to);
    else {
      // The rest is Latin-1, whose numbers are Unicode's: two bytes each.
      text[to++] = 0xc0 | (byte >> 6);
      text[to++] = 0x80 | (byte & 0x3f);
    }
  }
  return text.subarray(0, to);
}

/** 0xFF occurs nowhere in UTF-8. */
const NO_CHARACTER = 0xff;

function makeUtf16Transcoder(bigEndian: boolean): Transcoder {
  let carried = Buffer.alloc(0);
  return (piece, last) => {
    const bytes = Buffer.concat([carried, piece]);
    const whole = last ? bytes.length & ~1 : countWhole(bytes, bigEndian);
    carried = bytes.subarray(whole);
    const units = bytes.subarray(0, whole);
    const text = encodeUnits(bigEndian ? units.swap16() : units);
    return last && carried.length > 0 ? Buffer.concat([text, Buffer.of(NO_CHARACTER)]) : text;
  };
}

/** Bytes up to the last whole character: neither half a unit nor the first half of a surrogate pair at the end. */
function countWhole(bytes: Buffer, bigEndian: boolean): number {
  const even = bytes.length & ~1;
  if (even === 0) return 0;
  const lastUnit = bigEndian ? bytes.readUInt16BE(even - 2) : bytes.readUInt16LE(even - 2);
  return (lastUnit & 0xfc00) === 0xd800 ? even - 2 : even;
}

/** U+FFFD stands for a character lost here or earlier; either way the row may not pass. */
function encodeUnits(units: Buffer): Buffer {
  const characters = units.toString('utf16le');
  const text = Buffer.from(characters);
  if (characters.isWellFormed() && !characters.includes('\ufffd')) return text;
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 3))
    text.fill(NO_CHARACTER, at, at + 3);
  return text;
}
