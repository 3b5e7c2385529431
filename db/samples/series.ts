// What each invented source measures at an instant: pure functions of its name and the time, so that a part of a year equals the same
// part of the whole. Only + − × ÷ and rounding, whose results are the same everywhere (sine is not).
import type { Wall } from './local-clock.ts';

/** A number from 0 to 1 that looks like chance and depends on nothing but its arguments (FNV-1a, then the finalizer of MurmurHash3). */
export function noise(name: string, at: number): number {
  let hash = 0x811c9dc5;
  for (const char of `${name}:${at}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** 0 at both ends of 0…1, 1 in the middle, 0 outside. */
const arch = (x: number): number => (x <= 0 || x >= 1 ? 0 : 4 * x * (1 - x));

/** 0 in the last days of January, 1 at the end of July. */
export const warmthOf = (dayOfYear: number): number => arch(((dayOfYear + 340) % 365) / 365);

export interface Meter {
  readonly id: string;
  /** How the site's portal writes: `us` times with AM/PM, or `iso` times with semicolons and decimal commas. */
  readonly style: 'us' | 'iso';
  /** Average power in kW outside and inside the busy hours (local, [from, to)); `solar` follows the sun instead. */
  readonly idle: number;
  readonly busy: number;
  readonly hours: readonly (readonly [number, number])[] | 'solar';
  /** How much of it is added in the heat of summer. */
  readonly summer: number;
}

const MILKING = [
  [5, 8],
  [16, 19],
] as const;
const SHIFT = [[6, 15]] as const;
const DAY = [[8, 20]] as const;

/** external_id (or, for the two registers of the grid meter, the alias that a file name can hold) and what hangs on it. */
export const METERS: readonly Meter[] = [
  { id: '66c4e2f7bb889e6eb7c81463', style: 'us', idle: 0.8, busy: 16, hours: MILKING, summer: 0.1 },
  { id: '664b7033c54f46ec261ef95d', style: 'us', idle: 2.4, busy: 11, hours: MILKING, summer: 0.6 },
  { id: '666a38aed6dd0b2da3c988ed', style: 'us', idle: 3.1, busy: 4.6, hours: DAY, summer: 0 },
  { id: '661bbdc6022d422e3610cee9', style: 'us', idle: 0.3, busy: 9, hours: DAY, summer: 2.5 },
  { id: '66ff120b11bb63e4db981e96', style: 'us', idle: 0, busy: 5.5, hours: [[4, 9]], summer: 0.8 },
  { id: '6619671dd44df19d270bee1b', style: 'us', idle: 0.2, busy: 14, hours: [[6, 8]], summer: 0 },
  { id: '66a709062d7fdec066e738bd-import', style: 'us', idle: 6, busy: 38, hours: MILKING, summer: 0.3 },
  { id: '66a709062d7fdec066e738bd-export', style: 'us', idle: 0, busy: 92, hours: 'solar', summer: 0.4 },
  { id: '6670d60768e56bcc89ea00a7', style: 'us', idle: 0.6, busy: 12, hours: MILKING, summer: 0.1 },
  { id: '664e5e89f331a958c4462dd3', style: 'us', idle: 1.9, busy: 8, hours: MILKING, summer: 0.6 },
  { id: '66acbdd354426ea7d970c254', style: 'us', idle: 2.8, busy: 3.9, hours: DAY, summer: 0 },
  { id: '662dca7f688d2c7935c9b4b6', style: 'us', idle: 0.2, busy: 6, hours: DAY, summer: 2.2 },
  { id: '666398a1b2635ebf2f94118d', style: 'us', idle: 0.4, busy: 3, hours: DAY, summer: 0 },
  { id: '6634223bc889542e0928e29f', style: 'us', idle: 0.5, busy: 2.5, hours: [[7, 22]], summer: 0.9 },
  { id: '66a62671711d6ae3012f8215', style: 'iso', idle: 1.2, busy: 13, hours: SHIFT, summer: 0.2 },
  { id: '66c9efeb2f483f5b93527463', style: 'iso', idle: 0.9, busy: 31, hours: SHIFT, summer: 0 },
  { id: '663030e1ae5cad3eba8ce626', style: 'iso', idle: 0.4, busy: 18, hours: SHIFT, summer: 0 },
  { id: '6645ed71e1746bb7cd66c39b', style: 'iso', idle: 17, busy: 26, hours: DAY, summer: 0.7 },
  { id: '66082ef861395926d16edfbb', style: 'iso', idle: 0.3, busy: 15, hours: [[15, 18]], summer: 0 },
  { id: '66c1da1a92faae0ac905adc4', style: 'iso', idle: 0.8, busy: 4, hours: SHIFT, summer: 0 },
  { id: '66d578a09b2cfaae1132d29e', style: 'iso', idle: 0.5, busy: 10, hours: SHIFT, summer: 0.1 },
];

/** Energy of the hour that begins at `instant` (minutes since 1970), in hundredths of a kWh. */
export function readMeter(meter: Meter, instant: number, wall: Wall): number {
  const chance = noise(meter.id, instant);
  const season = 1 + meter.summer * warmthOf(wall.dayOfYear);
  if (meter.hours === 'solar') {
    const sun = arch((wall.hour - 5.5) / 13.5);
    return Math.round(meter.busy * sun * season * (0.35 + 0.65 * chance) * 100);
  }
  const isBusy = meter.hours.some(([from, to]) => wall.hour >= from && wall.hour < to);
  const isSunday = wall.weekday === 0 && meter.style === 'iso';
  const power = isBusy && !isSunday ? meter.busy : meter.idle;
  return Math.round(power * season * (0.85 + 0.3 * chance) * 100);
}

/** One record of a weather station in the order of its columns, in tenths (angle and sector whole); null: the sensor gave nothing. */
export function readStation(id: string, instant: number, wall: Wall): (number | null)[] {
  const chance = (what: string) => noise(`${id}/${what}`, instant);
  const slow = (what: string) => noise(`${id}/${what}`, Math.floor(instant / 1440));
  const sun = arch((wall.hour + wall.minute / 60 - 6) / 15);
  const angle = Math.floor((slow('wind') * 240 + chance('angle') * 120) % 360);
  const dust = 12 + 30 * slow('dust') + 6 * chance('pm10');
  const isDustOut = chance('dust out') < 0.02;
  return [
    Math.round((1009 + 12 * slow('pressure') + chance('pressure')) * 10),
    Math.round((38 + 18 * sun + 9 * chance('noise')) * 10),
    Math.round((6 + 19 * warmthOf(wall.dayOfYear) + 9 * sun + 4 * slow('temperature') + chance('temperature')) * 10),
    Math.round((82 - 34 * sun - 14 * warmthOf(wall.dayOfYear) + 6 * chance('humidity')) * 10),
    isDustOut ? null : Math.round(dust * 10),
    isDustOut ? null : Math.round(dust * (0.4 + 0.15 * chance('pm2.5')) * 10),
    Math.round((0.4 + 5 * sun + 3 * chance('speed')) * 10),
    Math.round(angle / 22.5) % 16,
    angle,
  ];
}

/** One day of a herd in the order of its columns: hundredths of kg, counts, days, hundredths, minutes; null: the robot gave nothing. */
export function readHerd(id: string, cows: number, day: number, dayOfYear: number): (number | null)[] {
  const chance = (what: string) => noise(`${id}/${what}`, day);
  const milk = Math.round((29 + 4 * chance('milk') - 2.5 * warmthOf(dayOfYear)) * 100);
  const fed = Math.round((22 + 3 * chance('fed')) * 100);
  const isFeederOut = chance('feeder out') < 0.02;
  const isCollarOut = chance('collar out') < 0.03;
  return [
    milk,
    cows - 4 + Math.floor(chance('cows') * 9),
    168 + Math.floor(chance('lactation') * 25),
    isFeederOut ? null : fed,
    isFeederOut ? null : Math.round((74 + 40 * warmthOf(dayOfYear) + 8 * chance('water')) * 100),
    isFeederOut ? null : Math.round((milk * 100) / fed),
    isCollarOut ? null : 470 + Math.floor(chance('rumination') * 90),
  ];
}
