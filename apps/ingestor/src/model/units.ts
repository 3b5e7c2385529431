// Units that files use, and how they become the unit of the table. Linear conversions only.

/** stored = (read − shift) × multiply ÷ divide. A division by a round number is exact where a multiplication by its inverse is not. */
export interface Conversion {
  readonly shift: number;
  readonly multiply: number;
  readonly divide: number;
}

export const SAME_UNIT: Conversion = { shift: 0, multiply: 1, divide: 1 };
const times = (multiply: number): Conversion => ({ ...SAME_UNIT, multiply });
const parts = (divide: number): Conversion => ({ ...SAME_UNIT, divide });
const FAHRENHEIT: Conversion = { shift: 32, multiply: 1, divide: 1.8 };

/** Unit of the table → units that convert to it, lower case. Factors: NIST SP 811, appendix B; exact by definition. */
const CONVERSIONS = new Map<string, ReadonlyMap<string, Conversion>>([
  [
    'kWh',
    new Map([
      ['wh', parts(1000)],
      ['mwh', times(1000)],
    ]),
  ],
  // Of mean power, which becomes kWh by its duration.
  [
    'kW',
    new Map([
      ['w', parts(1000)],
      ['mw', times(1000)],
    ]),
  ],
  [
    '°C',
    new Map([
      ['c', SAME_UNIT],
      ['celsius', SAME_UNIT],
      ['°f', FAHRENHEIT],
      ['f', FAHRENHEIT],
      ['fahrenheit', FAHRENHEIT],
    ]),
  ],
  [
    'hPa',
    new Map([
      ['mbar', SAME_UNIT],
      ['mb', SAME_UNIT],
      ['kpa', times(10)],
      ['pa', parts(100)],
    ]),
  ],
  [
    'm/s',
    new Map([
      ['km/h', parts(3.6)],
      ['kmh', parts(3.6)],
      ['mph', times(0.44704)],
    ]),
  ],
  [
    'kg',
    new Map([
      ['lb', times(0.45359237)],
      ['g', parts(1000)],
    ]),
  ],
  [
    '%',
    new Map([
      ['% rh', SAME_UNIT],
      ['percent', SAME_UNIT],
    ]),
  ],
  [
    'dB',
    new Map([
      ['db(a)', SAME_UNIT],
      ['dba', SAME_UNIT],
    ]),
  ],
  ['µg/m³', new Map([['ug/m3', SAME_UNIT]])],
  [
    '°',
    new Map([
      ['deg', SAME_UNIT],
      ['degrees', SAME_UNIT],
    ]),
  ],
  ['d', new Map([['days', SAME_UNIT]])],
  [
    'min',
    new Map([
      ['minutes', SAME_UNIT],
      ['h', times(60)],
      ['hours', times(60)],
    ]),
  ],
  ['sector', new Map([['sectors', SAME_UNIT]])],
]);

/** NFKC makes one of the two encodings of µ and of a superscript 3. */
const normalizeUnit = (unit: string): string => unit.normalize('NFKC').trim().toLowerCase();

/** Capitals do not matter but here: a small m is a thousandth, a capital one a million. `mwh` and `MWH` are the million. */
const MILLI = new Map([
  ['kWh', 'mWh'],
  ['kW', 'mW'],
]);

/** How a value in `unit` becomes one in `stored`; undefined where nobody can say. */
export function findConversion(stored: string, unit: string): Conversion | undefined {
  const milli = MILLI.get(stored);
  if (milli !== undefined && unit.trim() === milli) return parts(1_000_000);
  const wanted = normalizeUnit(unit);
  if (wanted === normalizeUnit(stored)) return SAME_UNIT;
  for (const [name, conversion] of CONVERSIONS.get(stored) ?? []) if (normalizeUnit(name) === wanted) return conversion;
  return undefined;
}

/** Units that files use for what no field holds. */
const OTHER_UNITS = [
  'w',
  'va',
  'kva',
  'kvarh',
  'kvar',
  'j',
  'mj',
  'gj',
  'btu',
  'therm',
  'therms',
  'l',
  'liter',
  'litres',
  'gal',
  'm3',
  'm³',
  'a',
  'v',
  'hz',
  'psi',
  'mmhg',
  'inhg',
  'ft',
  'feet',
  'mm',
  'cm',
  'ppm',
  'w/m2',
  'w/m²',
  '€',
  'eur',
  '$',
];

/** Whether a text is a unit of anything that this table knows. */
export function isUnit(text: string): boolean {
  const wanted = normalizeUnit(text);
  if (OTHER_UNITS.includes(wanted)) return true;
  return [...CONVERSIONS].some(
    ([stored, names]) =>
      normalizeUnit(stored) === wanted || [...names.keys()].some((name) => normalizeUnit(name) === wanted),
  );
}

export const convertUnit = ({ shift, multiply, divide }: Conversion, value: number): number =>
  ((value - shift) * multiply) / divide;
