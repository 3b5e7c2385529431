// Where the text of a cell begins and ends once the blanks around it are left out. Knows nothing of what the text means.

/**
 * Length in bytes of the blank that begins at `at`, 0 where there is none: ASCII blanks, the no-break space U+00A0 and the
 * spaces U+2000…U+200A and U+202F, which programs put into numbers and before AM.
 */
export function measureBlank(bytes: Buffer, at: number, end: number): number {
  if (at >= end) return 0;
  const byte = bytes[at] as number;
  if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) return 1;
  if (byte === 0xc2 && at + 1 < end && bytes[at + 1] === 0xa0) return 2;
  return byte === 0xe2 && at + 2 < end && isThinBlank(bytes, at) ? 3 : 0;
}

/** U+2000…U+200A is E2 80 80…8A, U+202F is E2 80 AF. */
function isThinBlank(bytes: Buffer, at: number): boolean {
  const last = bytes[at + 2] as number;
  return bytes[at + 1] === 0x80 && ((last >= 0x80 && last <= 0x8a) || last === 0xaf);
}

/** Neither a blank nor a byte of a longer character. */
const isPlain = (byte: number): boolean => byte > 0x20 && byte < 0x80;

/** First byte at or after `start` that is no blank, or `end`. */
export function skipBlanks(bytes: Buffer, start: number, end: number): number {
  // Nearly always there is none.
  if (start < end && isPlain(bytes[start] as number)) return start;
  let at = start;
  for (let size = measureBlank(bytes, at, end); size > 0; size = measureBlank(bytes, at, end)) at += size;
  return at;
}

/** End of the text when the blanks before `end` are left out. */
export function trimEnd(bytes: Buffer, start: number, end: number): number {
  if (start < end && isPlain(bytes[end - 1] as number)) return end;
  let at = end;
  for (;;) {
    if (at > start && measureBlank(bytes, at - 1, at) === 1) at -= 1;
    else if (at - 1 > start && measureBlank(bytes, at - 2, at) === 2) at -= 2;
    else if (at - 2 > start && measureBlank(bytes, at - 3, at) === 3) at -= 3;
    else return at;
  }
}
