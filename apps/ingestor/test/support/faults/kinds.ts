// In the test: the kinds of load that are interrupted, each with what must be there afterwards, worked out by hand and not by the code under test.
import { gzipSync } from 'node:zlib';
import { utils, write } from '@e965/xlsx';
import type { Lane } from './lane.ts';

/** One reading as it must stand in the table: its value, the file it is from, and the line. */
export interface Reading {
  readonly kwh: number;
  readonly file: string;
  readonly line: number;
}
/** The readings of one meter, by hour since 2020-01-01T00:00Z. */
export type Readings = ReadonlyMap<number, Reading>;

export interface Counts {
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly rejected: number;
}

export interface DroppedFile {
  readonly name: string;
  readonly folder?: string;
  readonly content: Buffer;
  readonly status: 'completed' | 'failed' | 'duplicate' | 'no batch';
  readonly counts?: Counts;
  /** Lines in the file of refused rows. */
  readonly refused?: readonly number[];
  /** Of a file that cannot be loaded. */
  readonly code?: string;
}

export interface Change {
  readonly meter: string;
  readonly before: Readings;
  readonly after: Readings;
  /** When the earlier file is loaded, and the other not yet. */
  readonly between?: Readings;
  /** Dropped just before `file`. */
  readonly earlier?: DroppedFile;
  readonly file?: DroppedFile;
  readonly operation?: { readonly name: 'undo' | 'redo'; readonly of: string };
}

export interface Kind {
  readonly name: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Mappings of the user's own, by name. */
  readonly mappings?: Readonly<Record<string, string>>;
  /** The next ingestor starts at once, and not when what is left behind is old. */
  readonly restartsAtOnce?: boolean;
  /** Files that must be there first. */
  prepare?(lane: Lane): Promise<readonly Change[]>;
  /** The `no`-th time it is done on this lane; `stands` are the readings of its meter now, where it has one for all times. */
  change(lane: Lane, no: number, stands: Readings): Promise<Change>;
}

const HEADER = 'Date and Time,Hourly';
const START = Date.UTC(2020, 0, 1);
export const formatHour = (hour: number): string => new Date(START + hour * 3_600_000).toISOString();
const NONE: Readings = new Map();
const counts = (given: Partial<Counts>): Counts => ({
  ...{ read: 0, inserted: 0, updated: 0, unchanged: 0, skipped: 0, rejected: 0 },
  ...given,
});
type Line = readonly [hour: number, cell: number | string];
const makeCsv = (lines: readonly Line[]): Buffer =>
  Buffer.from(`${[HEADER, ...lines.map(([hour, cell]) => `${formatHour(hour)},${cell}`)].join('\n')}\n`);
/** What the lines with a number say; line 1 is the header. */
const readingsOf = (file: string, lines: readonly Line[]): Map<number, Reading> =>
  new Map(
    lines.flatMap(([hour, cell], at) => (typeof cell === 'number' ? [[hour, { kwh: cell, file, line: at + 2 }]] : [])),
  );
const hours = (from: number, to: number, value: (hour: number) => number | string): Line[] =>
  Array.from({ length: to - from }, (_, at) => [from + at, value(from + at)]);

interface FreshOptions {
  readonly settings?: Kind['settings'];
  /** Ending and content of the file around the text. */
  readonly pack?: readonly [ending: string, pack: (text: Buffer) => Buffer];
}

/** A file of a new meter, of which all or some can be loaded. */
function makeFresh(name: string, lines: readonly Line[], { settings, pack }: FreshOptions = {}): Kind {
  const refused = lines.flatMap(([, cell], at) => (typeof cell === 'number' ? [] : [at + 2]));
  const rejected = refused.length;
  return {
    name,
    ...(settings === undefined ? {} : { settings }),
    async change(lane, no) {
      const meter = `${name.replaceAll(' ', '')}${no}`;
      await lane.addSource(meter);
      const file = `${meter}-a.csv${pack?.[0] ?? ''}`;
      const text = makeCsv(lines);
      return {
        meter,
        before: NONE,
        after: readingsOf(file, lines),
        file: {
          name: file,
          content: pack?.[1](text) ?? text,
          status: 'completed',
          counts: counts({ read: lines.length, inserted: lines.length - rejected, rejected }),
          refused,
        },
      };
    },
  };
}

const SOME_BAD = hours(0, 30, (hour) => (hour % 6 === 4 ? 'x' : hour + 0.5));

/** Says the hours 0…9 anew each time, 10…19 as always, one more hour, one line twice, and one that is refused. */
function makeStaged(): Kind {
  const meter = 'staged';
  const make = (no: number, stands: Readings): Change => {
    const file = `export-${no}.csv`;
    const base = (no % 900) * 11;
    const changed = hours(0, 10, (hour) => base + hour);
    const lines: Line[] = [...changed, ...hours(10, 20, (hour) => hour), [20 + no, no], [0, base], [3_000, 'x']];
    const said = readingsOf(file, lines.slice(0, 21));
    const first = no === 0;
    // A reading that says the same stays as it is, with the batch that it came from.
    const after = new Map(
      [...said].map(([hour, now]) => [hour, !first && hour >= 10 && hour < 20 ? stands.get(hour)! : now]),
    );
    return {
      meter,
      before: stands,
      after: new Map([...stands, ...after]),
      file: {
        name: file,
        folder: meter,
        content: makeCsv(lines),
        status: 'completed',
        counts: first
          ? counts({ read: 23, inserted: 21, skipped: 1, rejected: 1 })
          : counts({ read: 23, inserted: 1, updated: 10, unchanged: 10, skipped: 1, rejected: 1 }),
        refused: [24],
      },
    };
  };
  return {
    name: 'staged with updates',
    prepare: async (lane) => {
      await lane.addSource(meter);
      return [make(0, NONE)];
    },
    change: async (_lane, no, stands) => make(no + 1, stands),
  };
}

/** A key twice with the same value (one goes), a key twice with two values (both go): the direct way is given up for the staged one. */
function makeRepeats(): Kind {
  const lines: Line[] = [...hours(0, 24, (hour) => hour), [3, 3], [5, 99]];
  return {
    name: 'repeats in the file',
    async change(lane, no) {
      const meter = `repeats${no}`;
      await lane.addSource(meter);
      const file = `${meter}-a.csv`;
      const after = readingsOf(file, lines.slice(0, 24));
      after.delete(5);
      return {
        meter,
        before: NONE,
        after,
        file: {
          name: file,
          content: makeCsv(lines),
          status: 'completed',
          counts: counts({ read: 26, inserted: 23, skipped: 1, rejected: 2 }),
          refused: [7, 27],
        },
      };
    },
  };
}

/** Two files that say something else of the same hours: the later one has the last word. */
function makeOrdered(): Kind {
  const [old, young] = [hours(0, 20, () => 1), hours(10, 30, () => 2)];
  return {
    name: 'two files in their order',
    restartsAtOnce: true,
    async change(lane, no) {
      const meter = `ordered${no}`;
      await lane.addSource(meter);
      const [first, second] = [`${meter}-z.csv`, `${meter}-a.csv`];
      return {
        meter,
        before: NONE,
        after: new Map([...readingsOf(first, old), ...readingsOf(second, young)]),
        between: readingsOf(first, old),
        earlier: {
          name: first,
          content: makeCsv(old),
          status: 'completed',
          counts: counts({ read: 20, inserted: 20 }),
        },
        file: {
          name: second,
          content: makeCsv(young),
          status: 'completed',
          counts: counts({ read: 20, inserted: 10, updated: 10 }),
        },
      };
    },
  };
}

function makeDuplicate(): Kind {
  const lines = hours(0, 10, (hour) => hour);
  const first = readingsOf('twice-a.csv', lines);
  const make = (name: string, before: Readings, status: DroppedFile['status']): Change => ({
    meter: 'twice',
    before,
    after: first,
    file: {
      name,
      content: makeCsv(lines),
      status,
      counts: counts(status === 'completed' ? { read: 10, inserted: 10 } : {}),
    },
  });
  return {
    name: 'the same bytes again',
    prepare: async (lane) => {
      await lane.addSource('twice');
      return [make('twice-a.csv', NONE, 'completed')];
    },
    change: async (_lane, no) => make(`twice-again${no}.csv`, first, 'duplicate'),
  };
}

function makeWorkbook(): Kind {
  const lines = hours(0, 12, (hour) => hour + 0.25);
  const sheet = utils.aoa_to_sheet([
    HEADER.split(','),
    ...lines.map(([hour, cell]) => [formatHour(hour).replace('T', ' ').slice(0, 19), cell]),
  ]);
  const content = write({ SheetNames: ['a'], Sheets: { a: sheet } }, { type: 'buffer', bookType: 'xlsx' }) as Buffer;
  return {
    name: 'workbook',
    async change(lane, no) {
      const meter = `book${no}`;
      await lane.addSource(meter);
      const file = `${meter}-a.xlsx`;
      return {
        meter,
        before: NONE,
        after: readingsOf(file, lines),
        file: { name: file, content, status: 'completed', counts: counts({ read: 12, inserted: 12 }) },
      };
    },
  };
}

function makeUnloadable(
  name: string,
  code: string,
  status: 'failed' | 'no batch',
  content: (no: number) => string,
): Kind {
  const meter = name.replaceAll(' ', '');
  return {
    name,
    prepare: async (lane) => {
      await lane.addSource(meter);
      return [];
    },
    change: async (_lane, no) => ({
      meter,
      before: NONE,
      after: NONE,
      file: { name: `${meter}-${no}.csv`, content: Buffer.from(content(no)), status, code },
    }),
  };
}

/** Three files over one another; the second is taken back and brought back, again and again. */
function makeUndoRedo(): Kind {
  const meter = 'undone';
  const layers = [hours(0, 24, () => 1), hours(6, 30, () => 2), hours(12, 18, () => 3)];
  const names = layers.map((_, at) => `${meter}-${at}.csv`);
  const stack = (chosen: readonly number[]): Readings =>
    new Map(chosen.flatMap((at) => [...readingsOf(names[at]!, layers[at]!)]));
  const tallies = [
    { read: 24, inserted: 24 },
    { read: 24, inserted: 6, updated: 18 },
    { read: 6, updated: 6 },
  ];
  return {
    name: 'undo and redo',
    prepare: async (lane) => {
      await lane.addSource(meter);
      return layers.map((lines, at) => ({
        meter,
        before: stack([0, 1, 2].slice(0, at)),
        after: stack([0, 1, 2].slice(0, at + 1)),
        file: { name: names[at]!, content: makeCsv(lines), status: 'completed', counts: counts(tallies[at]!) },
      }));
    },
    change: async (_lane, _no, stands) => {
      const [whole, without] = [stack([0, 1, 2]), stack([0, 2])];
      const undo = stands.size === whole.size;
      return {
        meter,
        before: undo ? whole : without,
        after: undo ? without : whole,
        operation: { name: undo ? 'undo' : 'redo', of: names[1]! },
      };
    },
  };
}

const BY_COLUMN = `
dataset: energy_hourly
columns: { "At": { to: ts }, "Used": { to: energy_kwh } }
coercions: { ts: datetime, energy_kwh: float }
datasource: { from: column, name: Meter }
time: { format: iso }
`;

/** Records that name their meter: nobody knows beforehand which meters a load is going to lock. */
function makeByColumn(): Kind {
  const meter = 'named';
  const make = (no: number, before: Readings): Change => {
    const file = `all-${no}.csv`;
    const lines = hours(0, 12, (hour) => (no % 900) * 11 + hour);
    return {
      meter,
      before,
      after: readingsOf(file, lines),
      file: {
        name: file,
        content: Buffer.from(
          `Meter,At,Used\n${lines.map(([hour, cell]) => `${meter},${formatHour(hour)},${cell}\n`).join('')}`,
        ),
        status: 'completed',
        counts: counts(before.size === 0 ? { read: 12, inserted: 12 } : { read: 12, updated: 12 }),
      },
    };
  };
  return {
    name: 'meters named in a column',
    mappings: { 'by-column': BY_COLUMN },
    prepare: async (lane) => {
      await lane.addSource(meter);
      return [make(0, NONE)];
    },
    change: async (_lane, no, stands) => make(no + 1, stands),
  };
}

const MEDIUM = 40_000;

export const KINDS: readonly Kind[] = [
  makeFresh(
    'clean',
    hours(0, 24, (hour) => hour),
  ),
  makeFresh('bad rows', SOME_BAD),
  makeStaged(),
  makeRepeats(),
  makeOrdered(),
  makeDuplicate(),
  makeWorkbook(),
  makeByColumn(),
  makeUndoRedo(),
  makeUnloadable('unknown header', 'header_unknown', 'failed', (no) => `A,B\n1,${no}\n`),
  makeUnloadable('empty', 'file_empty', 'no batch', () => ''),
  makeFresh(
    'medium',
    hours(0, MEDIUM, (hour) => hour % 1000),
  ),
  makeFresh('other file system', SOME_BAD, { settings: { FAULT_ACROSS: '1' } }),
  makeFresh('gzip', SOME_BAD, { pack: ['.gz', (text) => gzipSync(text)] }),
];
