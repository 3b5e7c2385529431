import { makeLocalInstants, openZone, type Zone } from '@cei-inoe/shared/zone';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AmbiguousPolicy, HOLD, makeSequence, NONEXISTENT } from '../src/stages/coerce/sequence.ts';

const HOUR = 3600;
const utc = (text: string) => Date.parse(`${text}Z`) / 1000;

/** Feeds local times as the caller does; the answer for each row, NaN where it cannot be told. */
function run(zone: Zone, locals: readonly number[], policy: AmbiguousPolicy = 'sequence'): number[] {
  const sequence = makeSequence(zone, policy);
  const answers: number[] = [];
  let waiting: number[] = [];
  const flush = (next: number | undefined) => {
    const instants = sequence.resolveHeld(next);
    expect(instants.length).toBe(waiting.length);
    waiting.forEach((row, i) => {
      answers[row] = instants[i] as number;
    });
    waiting = [];
  };
  locals.forEach((local, row) => {
    const answer = sequence.offer(local);
    if (answer === HOLD) waiting.push(row);
    else {
      if (sequence.held > 0 && answer !== NONEXISTENT) flush(answer);
      answers[row] = answer;
    }
  });
  expect(sequence.held).toBe(waiting.length);
  flush(undefined);
  return answers;
}

/** Rows given as local times of 2025-10-26 in Nicosia (3:00–3:59 occur twice); answers as UTC hours, `?`, or `-`. */
function tell(rows: string, policy: AmbiguousPolicy = 'sequence', day = '2025-10-26'): string {
  const locals = rows
    .split(' ')
    .map((time) => (time.includes('T') ? utc(time) : utc(`${day}T${time.padStart(5, '0')}`)));
  return run(openZone('Asia/Nicosia'), locals, policy)
    .map((instant) =>
      Number.isNaN(instant)
        ? '?'
        : instant === NONEXISTENT
          ? '-'
          : new Date(instant * 1000).toISOString().slice(11, 16),
    )
    .join(' ');
}

describe('both real hours of autumn are kept', () => {
  test.each([
    ['hourly', '2:00 3:00 3:00 4:00', '23:00 00:00 01:00 02:00'],
    ['hourly, newest first', '4:00 3:00 3:00 2:00', '02:00 01:00 00:00 23:00'],
    ['hourly, the file begins there', '3:00 3:00 4:00', '00:00 01:00 02:00'],
    ['hourly, the file ends there', '2:00 3:00 3:00', '23:00 00:00 01:00'],
    ['half-hourly', '2:30 3:00 3:30 3:00 3:30 4:00', '23:30 00:00 00:30 01:00 01:30 02:00'],
    ['half-hourly, newest first', '4:00 3:30 3:00 3:30 3:00 2:30', '02:00 01:30 01:00 00:30 00:00 23:30'],
    ['half-hourly, one missing', '2:30 3:00 3:30 3:00 4:00', '23:30 00:00 00:30 01:00 02:00'],
    ['half-hourly, one of the first pass missing', '2:30 3:30 3:00 3:30 4:00', '23:30 00:30 01:00 01:30 02:00'],
    ['half-hourly, sorted by local time', '2:30 3:00 3:00 3:30 3:30 4:00', '23:30 00:00 01:00 00:30 01:30 02:00'],
    ['nothing but the hours themselves', '3:00 3:15 3:30 3:45 3:00 3:15', '00:00 00:15 00:30 00:45 01:00 01:15'],
    ['nothing but the hours, newest first', '3:30 3:15 3:00 3:45 3:30 3:15', '01:30 01:15 01:00 00:45 00:30 00:15'],
    [
      'a row that does not exist in between changes nothing',
      '2:00 3:00 2025-03-30T03:30 3:00 4:00',
      '23:00 00:00 - 01:00 02:00',
    ],
  ])('%s', (_, rows, answers) => {
    expect(tell(rows)).toBe(answers);
  });
});

describe('what cannot be told apart is not guessed', () => {
  test.each([
    ['one of the two is missing', '2:00 3:00 4:00', '23:00 ? 02:00'],
    ['one whole pass is missing', '2:45 3:00 3:15 3:30 3:45 4:00', '23:45 ? ? ? ? 02:00'],
    ['only half of each pass is there', '2:45 3:00 3:15 3:30 3:45', '23:45 ? ? ? ?'],
    ['three times the same', '2:00 3:00 3:00 3:00 4:00', '23:00 ? ? ? 02:00'],
    ['a repeated row among quarter hours', '2:30 2:45 3:00 3:00 3:15 4:00', '23:30 23:45 ? ? ? 02:00'],
    ['equal times in quarter-hourly rows', '2:30 2:45 3:15 3:15 4:00', '23:30 23:45 ? ? 02:00'],
    ['every row comes twice', '2:00 2:00 3:00 3:00 4:00 4:00', '23:00 23:00 ? ? 02:00 02:00'],
    ['it falls back twice', '2:30 3:00 3:30 3:00 3:30 3:00 4:00', '23:30 ? ? ? ? ? 02:00'],
    ['nothing but two rows', '3:00 3:00', '? ?'],
    ['nothing but three rows that fit both ways', '3:00 3:15 3:00', '? ? ?'],
    ['half of the pairs', '2:30 2:45 3:15 3:15 3:45 3:45 4:00', '23:30 23:45 ? ? ? ? 02:00'],
    ['a single row', '3:00', '?'],
    ['the rows before and after contradict each other', '2:00 3:30 3:00 2:30', '23:00 ? ? 23:30'],
    ['the file runs to and fro', '1:00 2:00 1:30 3:30 3:00 4:00', '22:00 23:00 22:30 ? ? 02:00'],
    [
      'pairs, newest first: sorting may have turned them or not',
      '4:00 3:30 3:30 3:00 3:00 2:30',
      '02:00 ? ? ? ? 23:30',
    ],
  ])('%s', (_, rows, answers) => {
    expect(tell(rows)).toBe(answers);
  });

  test('an hour that was cut off in the middle is not judged by its rest', () => {
    const zone = openZone('Asia/Nicosia');
    const sequence = makeSequence(zone, 'sequence');
    const at = (time: string) => sequence.offer(utc(`2025-10-26T${time}`));
    at('02:30');
    for (const time of ['03:00', '03:30', '03:00']) at(time);
    sequence.resolveHeld(undefined);
    for (const time of ['03:30', '03:00']) at(time);
    expect([...sequence.resolveHeld(at('04:00'))]).toEqual([Number.NaN, Number.NaN]);
  });
});

test('the policy may say which of the two it is', () => {
  expect(tell('2:00 3:00 4:00', 'first')).toBe('23:00 00:00 02:00');
  expect(tell('2:00 3:00 4:00', 'second')).toBe('23:00 01:00 02:00');
  expect(tell('2:00 3:00 3:00 4:00', 'reject')).toBe('23:00 ? ? 02:00');
});

test('a local time that does not exist says where it would be moved to', () => {
  const sequence = makeSequence(openZone('Asia/Nicosia'), 'sequence');
  expect(sequence.offer(utc('2025-03-30T03:30'))).toBe(NONEXISTENT);
  expect(sequence.shifted).toBe(utc('2025-03-30T01:30'));
});

test('two autumns without a row between are two hours', () => {
  const rows = '2024-10-27T02:00 2024-10-27T03:00 2024-10-27T03:00 2025-10-26T03:00 2025-10-26T03:00 2025-10-26T04:00';
  expect(tell(rows)).toBe('23:00 00:00 01:00 00:00 01:00 02:00');
  expect(tell(rows.split(' ').reverse().join(' '))).toBe('02:00 01:00 00:00 01:00 00:00 23:00');
});

describe('rows farther apart than the doubtful time', () => {
  const grid = (zone: string, stepSeconds: number, from: string, count: number) => {
    const instants = Array.from({ length: count }, (_, i) => utc(from) + i * stepSeconds);
    return {
      instants,
      answers: run(
        openZone(zone),
        instants.map((instant) => instant + openZone(zone).offsetAt(instant)),
      ),
    };
  };
  test.each([
    ['every two hours of UTC, first pass', 'Asia/Nicosia', 2 * HOUR, '2025-10-24T00:00'],
    ['every two hours of UTC, second pass', 'Asia/Nicosia', 2 * HOUR, '2025-10-24T01:00'],
    ['every 90 minutes', 'Asia/Nicosia', 1.5 * HOUR, '2025-10-24T00:00'],
    ['every day', 'Asia/Nicosia', 24 * HOUR, '2025-10-01T01:30'],
    ['hourly where the clocks go back by half an hour', 'Australia/Lord_Howe', HOUR, '2025-04-04T00:00'],
  ])('%s, are told by their step', (_, zone, step, from) => {
    const { instants, answers } = grid(zone, step, from, 60);
    expect(answers).toEqual(instants);
  });
  test('by the wall clock, are not told', () => {
    const locals = Array.from({ length: 40 }, (_, i) => utc('2025-10-24T01:00') + i * 2 * HOUR);
    expect(run(openZone('Asia/Nicosia'), locals).filter(Number.isNaN).length).toBe(1);
  });
});

const ZONES = [
  'Asia/Nicosia',
  'Europe/Madrid',
  'Europe/Dublin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Africa/Casablanca',
  'Africa/Cairo',
  'America/St_Johns',
  'Atlantic/Azores',
  'Antarctica/Troll',
  'UTC',
];

/** Instants at which the clocks of a zone were put back, 2000…2030. */
function listAutumns(zone: Zone): number[] {
  const out = makeLocalInstants();
  const found = new Set<number>();
  for (let local = utc('2000-01-01'); local < utc('2031-01-01'); local += 900) {
    zone.findInstants(local, out);
    if (out.count === 2) found.add(out.transition);
  }
  return [...found];
}

/** A mistake is an instant that is not the true one; what is refused is NaN. */
const countWrong = (answers: readonly number[], truth: readonly number[]) =>
  answers.filter((answer, i) => !Number.isNaN(answer) && answer !== truth[i]).length;

describe.each(ZONES)('in %s', (name) => {
  const zone = openZone(name);
  const autumns = listAutumns(zone);
  const middles = autumns.length > 0 ? autumns : [utc('2025-10-26T01:00')];
  const file = fc.record({
    middle: fc.constantFrom(...middles),
    step: fc.constantFrom(15 * 60, 30 * 60, HOUR),
    offset: fc.constantFrom(0, 0, 0, 300, 600, 1740),
    before: fc.integer({ min: 0, max: 90 }),
    after: fc.integer({ min: 0, max: 90 }),
    descending: fc.boolean(),
  });
  type File = typeof file extends fc.Arbitrary<infer T> ? T : never;

  const makeInstants = ({ middle, step, offset, before, after, descending }: File): number[] => {
    const start = Math.ceil((middle - before * step) / step) * step + offset;
    const instants = Array.from({ length: before + after + 1 }, (_, i) => start + i * step);
    return descending ? instants.reverse() : instants;
  };
  const toLocal = (instants: readonly number[]) => instants.map((instant) => instant + zone.offsetAt(instant));

  test('every row of a complete file gets its true instant', () => {
    fc.assert(
      fc.property(file, (given) => {
        // Complete: both passes are there and a row on either side; where one step is longer than the doubtful time, enough rows to show it.
        const rows = Math.ceil((2 * HOUR) / given.step) + 14;
        const instants = makeInstants({ ...given, before: given.before + rows, after: given.after + rows });
        expect(run(zone, toLocal(instants))).toEqual(instants);
      }),
      { numRuns: 300 },
    );
  });

  test('no row of a file with holes gets a wrong one', () => {
    fc.assert(
      fc.property(
        file,
        fc.integer({ min: 0, max: 90 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        (given, percent, dice) => {
          const truth = makeInstants(given).filter(() => dice.next().value >= percent);
          expect(countWrong(run(zone, toLocal(truth)), truth)).toBe(0);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('nor of a file with holes and repeated rows', () => {
    fc.assert(
      fc.property(
        file,
        fc.integer({ min: 0, max: 60 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        (given, percent, dice) => {
          const truth = makeInstants(given).flatMap((instant) => {
            if (dice.next().value < percent) return [];
            return dice.next().value < 40 ? [instant, instant] : [instant];
          });
          // Where the file begins in that very hour, nothing shows yet that rows come twice; and in steps as long as the doubtful time
          // two equal rows are what its two passes look like.
          const out = makeLocalInstants();
          const lead = toLocal(truth).findIndex((local) => {
            zone.findInstants(local, out);
            return out.count === 2;
          });
          if (lead > 24 && given.step < HOUR && name !== 'Australia/Lord_Howe')
            expect(countWrong(run(zone, toLocal(truth)), truth)).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
