import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeFault } from '../src/errors.ts';
import { makeLocalInstants, openZone } from '../src/zone.ts';

const ZONES = [
  'UTC',
  'Asia/Nicosia',
  'Europe/Madrid',
  'Europe/Dublin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Africa/Casablanca',
  'Africa/Cairo',
  'America/St_Johns',
  'America/Caracas',
  'Europe/Istanbul',
  'Antarctica/Troll',
  'Asia/Tehran',
  'Pacific/Kiritimati',
  'Africa/Monrovia',
];

/** An oracle of its own kind: the fields of the wall clock, not the name of the offset that the code under test asks for. */
function makeClock(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant * 1000).map((part) => [part.type, Number(part.value)]));
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) as number;
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) / 1000;
  };
}

const at = (text: string) => Date.parse(`${text}Z`) / 1000;
const show = (seconds: number) =>
  Number.isNaN(seconds) ? 'none' : new Date(seconds * 1000).toISOString().slice(0, 16);

function find(zone: string, local: string) {
  const out = makeLocalInstants();
  openZone(zone).findInstants(at(local), out);
  return [out.count, show(out.first), show(out.second)];
}

/** mulberry32: the same numbers in every run. */
function makeRandom(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('openZone agrees with the wall clocks of Intl', () => {
  test.each(ZONES)('%s', (name) => {
    const zone = openZone(name);
    const clock = makeClock(name);
    const random = makeRandom(name.length * 7919);
    const out = makeLocalInstants();
    for (let i = 0; i < 1500; i++) {
      const span = i % 3 === 0 ? [at('1900-01-01'), at('2200-01-01')] : [at('1970-01-01'), at('2045-01-01')];
      const instant = Math.floor((span[0] as number) + random() * ((span[1] as number) - (span[0] as number)));
      const local = clock(instant);
      expect(zone.offsetAt(instant)).toBe(local - instant);
      zone.findInstants(local, out);
      expect(out.count).toBeGreaterThan(0);
      expect([out.first, out.second]).toContain(instant);
      expect(clock(out.first)).toBe(local);
      if (out.count === 2) {
        expect(clock(out.second)).toBe(local);
        expect(out.first).toBeLessThan(out.transition);
        expect(out.second).toBeGreaterThanOrEqual(out.transition);
      }
    }
  });

  test('every quarter of an hour of the days around every change since 1970 is found once, twice or not at all, as the clocks say', () => {
    for (const name of [
      'Asia/Nicosia',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
      'Africa/Casablanca',
      'Pacific/Apia',
      'Europe/Dublin',
    ]) {
      const zone = openZone(name);
      const clock = makeClock(name);
      const out = makeLocalInstants();
      for (let day = at('1970-01-02'); day < at('2038-01-01'); day += 86_400) {
        if (zone.offsetAt(day) === zone.offsetAt(day + 86_400)) continue;
        const seen = new Map<number, number[]>();
        for (let instant = day - 129_600; instant < day + 216_000; instant += 900) {
          const local = clock(instant);
          seen.set(local, [...(seen.get(local) ?? []), instant]);
        }
        for (let local = clock(day) - 30_600; local < clock(day) + 86_400; local += 900) {
          zone.findInstants(local, out);
          const truth = seen.get(local) ?? [];
          expect([name, show(local), out.count]).toEqual([name, show(local), truth.length]);
          if (truth.length > 0) expect([out.first, out.second].slice(0, out.count)).toEqual(truth);
        }
      }
    }
  });
});

test.each([
  ['Asia/Nicosia', '2025-03-30T02:59', 1, '2025-03-30T00:59', 'none'],
  ['Asia/Nicosia', '2025-03-30T03:00', 0, '2025-03-30T01:00', 'none'],
  ['Asia/Nicosia', '2025-03-30T03:59', 0, '2025-03-30T01:59', 'none'],
  ['Asia/Nicosia', '2025-03-30T04:00', 1, '2025-03-30T01:00', 'none'],
  ['Asia/Nicosia', '2025-10-26T02:59', 1, '2025-10-25T23:59', 'none'],
  ['Asia/Nicosia', '2025-10-26T03:00', 2, '2025-10-26T00:00', '2025-10-26T01:00'],
  ['Asia/Nicosia', '2025-10-26T03:59', 2, '2025-10-26T00:59', '2025-10-26T01:59'],
  ['Asia/Nicosia', '2025-10-26T04:00', 1, '2025-10-26T02:00', 'none'],
  ['Australia/Lord_Howe', '2025-04-06T01:30', 2, '2025-04-05T14:30', '2025-04-05T15:00'],
  ['Australia/Lord_Howe', '2025-10-05T02:15', 0, '2025-10-04T15:45', 'none'],
  ['America/Sao_Paulo', '2018-11-04T00:30', 0, '2018-11-04T03:30', 'none'],
  ['America/Sao_Paulo', '2018-02-17T23:30', 2, '2018-02-18T01:30', '2018-02-18T02:30'],
  ['Asia/Beirut', '2022-03-27T00:00', 0, '2022-03-26T22:00', 'none'],
  ['Europe/Dublin', '2025-10-26T01:30', 2, '2025-10-26T00:30', '2025-10-26T01:30'],
  ['Pacific/Apia', '2011-12-30T12:00', 0, '2011-12-30T22:00', 'none'],
  ['Pacific/Apia', '2011-12-31T00:00', 1, '2011-12-30T10:00', 'none'],
  ['Asia/Kolkata', '2025-03-30T03:00', 1, '2025-03-29T21:30', 'none'],
  ['UTC', '2025-03-30T03:00', 1, '2025-03-30T03:00', 'none'],
  ['-08:00', '2010-03-14T02:30', 1, '2010-03-14T10:30', 'none'],
  ['+0545', '2010-01-01T00:00', 1, '2009-12-31T18:15', 'none'],
  ['Z', '2010-01-01T00:00', 1, '2010-01-01T00:00', 'none'],
])('%s reads %s as %i instant(s)', (zone, local, count, first, second) => {
  expect(find(zone, local)).toEqual([count, first, second]);
});

test('going back in time does not confuse what was found before', () => {
  const before = find('America/New_York', '2025-11-02T01:30');
  expect(find('America/New_York', '1911-06-01T12:00')).toEqual([1, '1911-06-01T17:00', 'none']);
  expect(find('America/New_York', '2150-07-01T12:00')[0]).toBe(1);
  expect(find('America/New_York', '2025-11-02T01:30')).toEqual(before);
});

test.each([
  '',
  'GMT+2',
  'Etc/GMT+2',
  'etc/gmt-3',
  'EST5EDT',
  'CET',
  'EET',
  'GMT',
  'UTC+2',
  'UTC+02:00',
  'Asia/Nikosia',
  'Asia/Nicosia ',
  'posix/Asia/Nicosia',
  '../etc/passwd',
  '+25:00',
  '+02:75',
  '+2',
  'z',
  'datasource',
  ':Asia/Nicosia',
  '<+02>-2',
])('"%s" is refused as a zone', (name) => {
  let code: string | undefined;
  try {
    openZone(name);
  } catch (thrown) {
    code = makeFault(thrown).code;
  }
  expect(code).toBe('zone_invalid');
});

test('names differ in case only: the zone has its proper name', () => {
  expect(openZone('asia/nicosia').name).toBe('Asia/Nicosia');
  expect(openZone('Asia/Kolkata').name).toBe('Asia/Kolkata');
  expect(openZone('Asia/Nicosia')).toBe(openZone('Asia/Nicosia'));
  expect([openZone('UTC').kind, openZone('-08:00').kind]).toEqual(['iana', 'offset']);
});

test('the zone of the process does not matter', () => {
  const script = fileURLToPath(new URL('zone-print.ts', import.meta.url));
  const answers = ['UTC', 'America/Los_Angeles', 'Asia/Kathmandu', 'Australia/Lord_Howe'].map((TZ) =>
    execFileSync(process.execPath, ['--import', 'tsx', script], { env: { ...process.env, TZ }, encoding: 'utf8' }),
  );
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toBe('2,1761436800,1761440400;0,1743296400,NaN;7200');
});
