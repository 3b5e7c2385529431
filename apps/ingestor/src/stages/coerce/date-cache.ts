// Remembers the text of the last row's date: rows of one day follow each other, and the day need not be counted anew.

export interface DateCache {
  /** Days since 1970-01-01 of the date that was stored or matched last. */
  days: number;
  /** Position behind the remembered date where it stands at `start` again, else -1. */
  match(bytes: Buffer, start: number, end: number): number;
  store(bytes: Buffer, start: number, stop: number, days: number): void;
}

const LONGEST = 40;

/** @param endsOpen the date ends in a number whose length is not fixed: `1/1/2` is not found in `1/1/24`. */
export function makeDateCache(endsOpen: boolean): DateCache {
  const text = new Uint8Array(LONGEST);
  let length = 0;

  function match(bytes: Buffer, start: number, end: number): number {
    const stop = start + length;
    if (length === 0 || stop > end) return -1;
    // From the end: the day changes sooner than the year.
    for (let i = length - 1; i >= 0; i--) if (bytes[start + i] !== text[i]) return -1;
    return endsOpen && stop < end && mayContinue(bytes[stop] as number) ? -1 : stop;
  }

  function store(bytes: Buffer, start: number, stop: number, days: number): void {
    cache.days = days;
    length = stop - start <= LONGEST ? stop - start : 0;
    for (let i = 0; i < length; i++) text[i] = bytes[start + i] as number;
  }

  const cache: DateCache = { days: 0, match, store };
  return cache;
}

/** Digits, letters and the point of a month name. */
const mayContinue = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);
