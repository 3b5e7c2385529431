// Time zones as arithmetic: which instants a local time means, and the offset at an instant. Reads no text but the zone's name.
import { Fault } from './errors.ts';
import { makeTransitionTable, type TransitionTable } from './zone-transitions.ts';

/** What a local time means. `findInstants` writes into it, so that a caller keeps one and nothing is allocated per row. */
export interface LocalInstants {
  /** 0: the clocks were put forward over it, it does not exist. 1: the ordinary case. 2: the clocks were put back, it occurs twice. */
  count: 0 | 1 | 2;
  /** Seconds since 1970-01-01T00:00Z: the only or the earlier instant; with count 0, the local time moved forward by the length of the gap. */
  first: number;
  /** The later instant with count 2, else NaN. */
  second: number;
  /** Instant at which the clocks were changed, with count 0 and 2, else NaN. */
  transition: number;
}

/** A zone: an IANA zone with its history, or a fixed offset. */
export interface Zone {
  readonly name: string;
  /** `offset` for -08:00 and the like, which are no zone names to PostgreSQL. */
  readonly kind: 'iana' | 'offset';
  /** Seconds east of UTC at an instant given in seconds since 1970. */
  offsetAt(instantSeconds: number): number;
  /** Which instants show `localSeconds` (the wall clock's reading as if it were UTC) on the clocks of the zone. */
  findInstants(localSeconds: number, out: LocalInstants): void;
}

/** A `LocalInstants` to hand to `findInstants`. */
export const makeLocalInstants = (): LocalInstants => ({
  count: 1,
  first: 0,
  second: Number.NaN,
  transition: Number.NaN,
});

const opened = new Map<string, Zone>();

/**
 * Opens a zone by its IANA name (`Asia/Nicosia`, `UTC`) or as an offset east of UTC (`-08:00`, `+02:00`, `Z`).
 * Equal names give the same object. The rules come from the ICU data of the process, from 1900 to 2200.
 * @throws Fault zone_invalid for everything else: abbreviations (`CET`), POSIX forms (`EST5EDT`, `GMT+2`, `Etc/GMT+2`), unknown names.
 */
export function openZone(name: string): Zone {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const offset = readOffset(name);
  const zone = offset === undefined ? openIanaZone(readIanaName(name)) : makeFixedZone(name, offset);
  opened.set(name, zone);
  return zone;
}

/** Seconds east of UTC of `Z`, `+02:00`, `-0330`, `+05`; undefined where the text is no offset. */
function readOffset(text: string): number | undefined {
  if (text === 'Z') return 0;
  const parts = /^([+-])(\d\d)(?::?([0-5]\d))?$/.exec(text);
  if (parts === null) return undefined;
  const seconds = Number(parts[2]) * 3600 + Number(parts[3] ?? 0) * 60;
  // No place on earth is farther from UTC than 14 hours, so more is a slip of the pen.
  if (seconds > 14 * 3600) throw new Fault('zone_invalid', `No offset is as large as "${text}".`);
  return parts[1] === '-' && seconds > 0 ? -seconds : seconds;
}

/**
 * The name as ICU writes it, where it is one that every system reads alike.
 * PostgreSQL takes a bare `CET` for a fixed offset and reads `GMT+2` and `Etc/GMT+2` as two hours WEST, hence only `UTC` and Area/City.
 */
function readIanaName(name: string): string {
  const canonical = askIntl(name);
  if (canonical === undefined) throw new Fault('zone_invalid', `There is no zone "${name.slice(0, 100)}".`);
  if (/^Etc\/GMT.*\d/i.test(name)) {
    throw new Fault(
      'zone_invalid',
      `The sign of "${name}" is the reverse of what it seems; write the offset, such as +02:00.`,
    );
  }
  if (!name.includes('/') && name !== 'UTC') {
    throw new Fault(
      'zone_invalid',
      `"${name}" is an abbreviation that is not read alike everywhere; write ${canonical}.`,
    );
  }
  return canonical.toLowerCase() === name.toLowerCase() ? canonical : name;
}

function askIntl(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function makeFixedZone(name: string, offset: number): Zone {
  return {
    name,
    kind: 'offset',
    offsetAt: () => offset,
    findInstants(localSeconds, out) {
      out.count = 1;
      out.first = localSeconds - offset;
      out.second = Number.NaN;
      out.transition = Number.NaN;
    },
  };
}

function openIanaZone(name: string): Zone {
  const table = makeTransitionTable(name);
  // The stretch that the last answer came from: instants [sinceInstant, untilInstant), and local times that occur exactly once.
  let sinceInstant = Number.NaN;
  let untilInstant = Number.NaN;
  let sinceLocal = Number.NaN;
  let untilLocal = Number.NaN;
  let offset = 0;
  let localOffset = 0;

  function offsetAt(instantSeconds: number): number {
    if (instantSeconds >= sinceInstant && instantSeconds < untilInstant) return offset;
    const stretch = table.find(instantSeconds);
    sinceInstant = table.startOf(stretch);
    untilInstant = table.endOf(stretch);
    offset = table.offsetOf(stretch);
    return offset;
  }

  function findInstants(localSeconds: number, out: LocalInstants): void {
    out.second = Number.NaN;
    out.transition = Number.NaN;
    if (localSeconds >= sinceLocal && localSeconds < untilLocal) {
      out.count = 1;
      out.first = localSeconds - localOffset;
      return;
    }
    const stretch = searchInstants(table, localSeconds, out);
    if (out.count !== 1) return;
    localOffset = table.offsetOf(stretch);
    sinceLocal = table.startOf(stretch) + Math.max(localOffset, table.offsetOf(stretch - 1));
    untilLocal = table.endOf(stretch) + Math.min(localOffset, table.offsetOf(stretch + 1));
  }

  return { name, kind: 'iana', offsetAt, findInstants };
}

/** Two days are more than any clock was ever changed by plus the largest offset. */
const REACH_SECONDS = 2 * 86_400;

/** Looks through the stretches near a local time; returns the one that `out.first` lies in. */
function searchInstants(table: TransitionTable, localSeconds: number, out: LocalInstants): number {
  // The earlier one first: it may renumber the stretches.
  const first = table.find(localSeconds - REACH_SECONDS);
  const last = table.find(localSeconds + REACH_SECONDS);
  let found = -1;
  out.count = 0;
  for (let stretch = first; stretch <= last; stretch++) {
    const instant = localSeconds - table.offsetOf(stretch);
    if (instant >= table.endOf(stretch)) noteGap(table, stretch, localSeconds, out);
    else if (instant >= table.startOf(stretch)) {
      if (found >= 0) {
        out.count = 2;
        out.second = instant;
        out.transition = table.startOf(stretch);
        return found;
      }
      found = stretch;
      out.count = 1;
      out.first = instant;
      out.transition = Number.NaN;
    }
  }
  return found;
}

/** Where a local time lies after a stretch and before the next one begins, the clocks were put forward over it. */
function noteGap(table: TransitionTable, stretch: number, localSeconds: number, out: LocalInstants): void {
  if (out.count !== 0 || localSeconds - table.offsetOf(stretch + 1) >= table.endOf(stretch)) return;
  out.first = localSeconds - table.offsetOf(stretch);
  out.transition = table.endOf(stretch);
}
