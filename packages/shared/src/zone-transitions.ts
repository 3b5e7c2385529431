// The instants at which the clocks of a zone were changed, found by asking Intl and kept. Knows nothing of local times.

/** Stretches of constant offset, numbered in order of time. A `find` for an earlier instant than any before may renumber them. */
export interface TransitionTable {
  /** Number of the stretch that holds an instant (seconds since 1970). */
  find(instantSeconds: number): number;
  /** First instant of a stretch; of the table's first stretch, the first instant that is sure to belong to it. */
  startOf(stretch: number): number;
  /** Instant after the last of a stretch; of the table's last stretch, the instant after the last that is sure to belong to it. */
  endOf(stretch: number): number;
  /** Seconds east of UTC; beyond the ends, that of the first or last stretch. */
  offsetOf(stretch: number): number;
}

/** The table grows by blocks of this many seconds, 34 years, as instants are asked for: a file's data seldom needs two. */
const BLOCK_SECONDS = 2 ** 30;
/** The blocks hold 1900 to 2200; outside, the nearest offset stands. */
const FIRST_BLOCK = -3;
const LAST_BLOCK = 6;
/** Clocks are not known to have been changed twice within this time; in Morocco, the nearest case, four weeks lie between. */
const PROBE_SECONDS = 3 * 86_400;
/** A change just beyond the table's end would reach this far into it with its gap or its repeated hours. */
const EDGE_SECONDS = 86_400;

/** @param name an IANA name that Intl knows. */
export function makeTransitionTable(name: string): TransitionTable {
  const askOffset = makeOffsetSource(name);
  // Stretch i has offsets[i] and lasts until changes[i].
  const changes: number[] = [];
  const offsets: number[] = [];
  let firstBlock = 0;
  let lastBlock = -1;

  function cover(instantSeconds: number): void {
    const wanted = Math.floor(instantSeconds / BLOCK_SECONDS);
    const block = Math.min(Math.max(wanted, FIRST_BLOCK), LAST_BLOCK);
    if (lastBlock < firstBlock) {
      firstBlock = block;
      lastBlock = block - 1;
      offsets.push(askOffset(block * BLOCK_SECONDS));
    }
    while (lastBlock < block) append(++lastBlock);
    while (firstBlock > block) prepend(--firstBlock);
  }

  function append(block: number): void {
    const found = listChanges(askOffset, block);
    changes.push(...found.changes);
    offsets.push(...found.offsets);
  }

  function prepend(block: number): void {
    const found = listChanges(askOffset, block);
    if (found.changes.length === 0) return;
    // The offset after the block's last change is the one that the table began with so far.
    changes.unshift(...found.changes);
    offsets.unshift(askOffset(block * BLOCK_SECONDS), ...found.offsets.slice(0, -1));
  }

  function find(instantSeconds: number): number {
    cover(instantSeconds);
    let low = 0;
    let high = changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((changes[middle] as number) <= instantSeconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    find,
    startOf: (stretch) => (stretch > 0 ? (changes[stretch - 1] as number) : startOfTable()),
    endOf: (stretch) => (stretch < changes.length ? (changes[stretch] as number) : endOfTable()),
    offsetOf: (stretch) => offsets[Math.min(Math.max(stretch, 0), offsets.length - 1)] as number,
  };

  function startOfTable(): number {
    return firstBlock === FIRST_BLOCK ? Number.NEGATIVE_INFINITY : firstBlock * BLOCK_SECONDS + EDGE_SECONDS;
  }

  function endOfTable(): number {
    return lastBlock === LAST_BLOCK ? Number.POSITIVE_INFINITY : (lastBlock + 1) * BLOCK_SECONDS - EDGE_SECONDS;
  }
}

type OffsetSource = (instantSeconds: number) => number;

/** The changes inside a block, and the offset after each. */
function listChanges(askOffset: OffsetSource, block: number): { changes: number[]; offsets: number[] } {
  const changes: number[] = [];
  const offsets: number[] = [];
  const end = (block + 1) * BLOCK_SECONDS;
  let at = block * BLOCK_SECONDS;
  let offset = askOffset(at);
  while (at < end) {
    const next = Math.min(at + PROBE_SECONDS, end);
    const nextOffset = askOffset(next);
    if (nextOffset !== offset) {
      changes.push(bisectChange(askOffset, at, next, offset));
      offsets.push(nextOffset);
    }
    at = next;
    offset = nextOffset;
  }
  return { changes, offsets };
}

/** First instant in (since, until] whose offset is not `offset`. */
function bisectChange(askOffset: OffsetSource, since: number, until: number, offset: number): number {
  let low = since;
  let high = until;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (askOffset(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

/** Intl writes the offset behind the date as `GMT`, `GMT+02:00` or, of old local mean times, `GMT-00:44:30`. */
function makeOffsetSource(name: string): OffsetSource {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  return (instantSeconds) => {
    const text = format.format(instantSeconds * 1000);
    const at = text.indexOf('GMT') + 3;
    if (at >= text.length) return 0;
    const size =
      Number(text.slice(at + 1, at + 3)) * 3600 +
      Number(text.slice(at + 4, at + 6)) * 60 +
      Number(text.slice(at + 7, at + 9));
    return text[at] === '-' ? -size : size;
  };
}
