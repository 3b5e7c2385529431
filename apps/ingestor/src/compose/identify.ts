// Decides what a file is: format, encoding, dialect, mapping, header, number and time styles. Reads only its beginning.
import { Fault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import { READ } from '../model/coerced.ts';
import type { Mapping } from '../model/mapping.ts';
import type { FilePlan, ReadingPlan } from '../model/plan.ts';
import { ROW_FLAWS } from '../model/records.ts';
import { compileTimeFormat } from '../stages/coerce/time-format.ts';
import { chooseMatch, findNearest, type HeaderMatch } from '../stages/map/match-header.ts';
import { isRejectsHeader } from '../stages/report/rejects-csv.ts';
import { makeNoiseTest } from '../stages/validate/shape.ts';
import { decideDeriving } from './decide-deriving.ts';
import type { EarlierStyles } from './earlier-styles.ts';
import { countBeginning, type FoundHeader, fitsReading, listHeaders } from './find-header.ts';
import { readTellingRows } from './late-numbers.ts';
import { listReadings } from './list-readings.ts';
import { listOtherSheets, openRecords } from './open-records.ts';
import { openSample, readSample, type Sample } from './sample.ts';
import { findDate, matchShaped, openShaped, planShaping, type Shaped } from './shape-records.ts';
import { decideColumns, decideTimeFormat, listUntold } from './styles.ts';

const SAMPLE_ROWS = 4_000;
const LARGE_SAMPLE_ROWS = 500_000;

interface Recognised {
  readonly reading: ReadingPlan;
  readonly sample: Sample;
  readonly match: HeaderMatch;
  readonly header: FoundHeader;
}

/**
 * Makes the plan by which the file at `path` is read.
 * @throws Fault file_empty, format_unknown, format_mismatch, workbook_*, header_unknown, header_ambiguous, no_records,
 *   date_order_ambiguous, time_format_unknown, number_style_ambiguous, mapping_unknown, date_missing, interval_unknown
 */
export async function identifyFile(
  path: string,
  batch: ClaimedBatch,
  mappings: readonly Mapping[],
  earlier?: EarlierStyles,
): Promise<FilePlan> {
  const candidates = selectMappings(mappings, batch.context.options?.mapping);
  const found = await recognise(path, batch, candidates);
  const holds = isRejectsHeader(found.header.cells) && earlier?.mapping === found.match.mapping.name;
  return makePlan(path, batch, found, holds ? earlier : undefined);
}

function selectMappings(mappings: readonly Mapping[], name: string | undefined): readonly Mapping[] {
  if (name === undefined) return mappings;
  const found = mappings.filter((m) => m.name === name);
  if (found.length === 0) throw new Fault('mapping_unknown', `There is no mapping called ${name}.`);
  return found;
}

async function recognise(path: string, batch: ClaimedBatch, mappings: readonly Mapping[]): Promise<Recognised> {
  const fileName = batch.sourceName;
  const beginning = countBeginning(mappings);
  const tried: Tried[] = [];
  for await (const reading of listReadings(path, fileName, mappings)) {
    const growing = openSample(openRecords(path, fileName, reading));
    try {
      const sample = await growing.grow(beginning);
      const { found, matches } = findMatch(sample, reading, mappings, batch);
      if (found !== undefined) return { reading, sample: await growing.grow(SAMPLE_ROWS), ...found };
      tried.push({ reading, sample, matches });
    } finally {
      await growing.close();
    }
  }
  const sheets = await listOtherSheets(path, fileName, tried[0]?.reading);
  throw makeUnknown(tried, sheets);
}

/** The header that a mapping fits, else what every mapping made of every row that may be one. @throws Fault header_ambiguous */
function findMatch(sample: Sample, reading: ReadingPlan, mappings: readonly Mapping[], batch: ClaimedBatch) {
  const file = { fileName: batch.sourceName, isNamed: batch.context.options?.mapping !== undefined };
  const corrected = isRejectsHeader(sample.rows[0] ?? []);
  const usable = mappings.filter((m) => fitsReading(m, reading, corrected));
  const matches: HeaderMatch[] = [];
  for (const headers of listHeaders(sample, usable, file)) {
    const here = headers.map((header) => ({ header, match: matchShaped(header.mapping, header.cells) }));
    const match = chooseMatch(here.map((each) => each.match));
    if (match === 'ambiguous') throw makeAmbiguous(here.map((each) => each.match));
    const found = here.find((each) => each.match === match);
    if (match !== undefined && found !== undefined) return { found: { match, header: found.header }, matches };
    matches.push(...here.map((each) => each.match));
  }
  return { found: undefined, matches };
}

interface Tried {
  readonly reading: ReadingPlan;
  readonly sample: Sample;
  readonly matches: readonly HeaderMatch[];
}

function makeAmbiguous(matches: readonly HeaderMatch[]): Fault {
  const fitting = matches.filter((m) => m.missing.length === 0).map((m) => m.mapping.name);
  return new Fault('header_ambiguous', `These fit: ${fitting.join(', ')}.`);
}

function makeUnknown(tried: readonly Tried[], sheets: readonly string[]): Fault {
  const first = tried[0]?.sample;
  if (first === undefined || first.rows.length === 0) return new Fault('file_empty', 'The file has no rows.');
  const nearest = findNearest(tried.flatMap((t) => t.matches));
  const header = (first.rows.find((row) => row.length > 1) ?? first.rows[0] ?? [])
    .slice(0, 20)
    .map((cell) => cell.slice(0, 40));
  const facts = { header, nearest: nearest?.mapping.name ?? null, missing: nearest?.missing ?? [] };
  const near =
    nearest === undefined
      ? 'No mapping comes near.'
      : `The nearest mapping is ${nearest.mapping.name}; it misses ${nearest.missing.join(', ')}.`;
  const names = sheets.slice(0, 20).map((sheet) => `"${sheet.slice(0, 40)}"`);
  const more = names.length === 0 ? '' : ` Sheets that were not looked at: ${names.join(', ')}; file.sheet names one.`;
  return new Fault('header_unknown', `The file has: ${header.join(', ')}. ${near}${more}`, { facts });
}

async function makePlan(
  path: string,
  batch: ClaimedBatch,
  found: Recognised,
  earlier: EarlierStyles | undefined,
): Promise<FilePlan> {
  const { reading, match } = found;
  const { mapping } = match;
  const { cells: fileHeader, at: headerAt } = found.header;
  const headerLine = found.sample.lines[headerAt] ?? 0;
  const corrected = isRejectsHeader(fileHeader);
  const date = findDate(mapping, batch);
  const shaping = planShaping(mapping, fileHeader, date)?.shaping;
  const shaped = { ...reading, mapping, headerLine, fileHeader, corrected, shaping };
  const header = shaping?.header ?? fileHeader;
  const open = () => openShaped(path, batch.sourceName, shaped);
  const reread = (rows: number) => readSample(open(), rows);
  const takeData = makeTakeData(shaped, headerAt);
  const first = shaping === undefined ? found.sample : await reread(SAMPLE_ROWS);
  let data = takeData(first);
  if (data.length === 0) throw new Fault('no_records');
  const untold = first.whole || reading.dialect.kind !== 'csv' ? [] : listUntold(match, data);
  const telling = untold.length === 0 ? [] : await readTellingRows(open(), untold, headerLine);
  const columns = decideColumns(match, [...data, ...telling], reading, earlier);
  const timeCell = match.columns.find((c) => mapping.columns[c.spec]?.target.kind === 'time')?.cell ?? 0;
  const listTimes = () => data.map((row) => row[timeCell] ?? '');
  let decision = decideTimeFormat(mapping, listTimes(), batch.context.options, earlier);
  if (!decision.ok && !first.whole) {
    // The beginning does not tell: a year of days does, though its first twelve did not.
    data = takeData(await reread(LARGE_SAMPLE_ROWS));
    decision = decideTimeFormat(mapping, listTimes(), batch.context.options, earlier);
  }
  if (!decision.ok) throw new Fault(decision.code, decision.message);
  const timeFormat = decision.format;
  const deriving = decideDeriving({ mapping, header, timeFormat, timeCell }, data);
  const localTimes = haveLocalTimes(timeFormat, listTimes());
  const unreadSheets = await listOtherSheets(path, batch.sourceName, reading);
  return { ...shaped, header, columns, timeFormat, localTimes, deriving, date, meter: undefined, unreadSheets };
}

/** The well-formed records of a sample: reshaped ones are nothing else, the others stand behind the header among lines that are none. */
function makeTakeData({ mapping, fileHeader, shaping }: Shaped, headerAt: number) {
  const isNoise = makeNoiseTest(mapping.file.footer, fileHeader);
  const from = shaping === undefined ? headerAt + 1 : 0;
  return ({ rows, flaws }: Sample) => {
    const data = rows
      .map((row, at) => ({ row, at }))
      .filter(({ row, at }) => at >= from && (shaping !== undefined || !isNoise(row)));
    // What is refused for its form has its texts in wrong places, and says nothing about how the others are written.
    const sound = data.filter(({ at }) => flaws[at] === ROW_FLAWS.none);
    return (sound.length > 0 ? sound : data).map(({ row }) => row);
  };
}

function haveLocalTimes(format: string, texts: readonly string[]): boolean {
  const reader = compileTimeFormat(format);
  return texts.some((text) => {
    const bytes = Buffer.from(text);
    return reader.read(bytes, 0, bytes.length) === READ.value && Number.isNaN(reader.offsetSeconds);
  });
}
