// Decides what a file is: format, encoding, dialect, mapping, header, number and time styles. Reads only its beginning.
import { open } from 'node:fs/promises';
import { Fault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import { READ } from '../model/coerced.ts';
import type { Mapping } from '../model/mapping.ts';
import type { FilePlan, ReadingPlan } from '../model/plan.ts';
import { compileTimeFormat } from '../stages/coerce/time-format.ts';
import { sniffEncoding } from '../stages/decode/sniff-encoding.ts';
import { checkFormat, sniffFormat } from '../stages/decode/sniff-format.ts';
import { chooseMatch, findNearest, type HeaderMatch } from '../stages/map/match-header.ts';
import { listDialects } from '../stages/parse/csv-dialect.ts';
import { isRejectsHeader } from '../stages/report/rejects-csv.ts';
import { makeNoiseTest } from '../stages/validate/shape.ts';
import { decideDeriving } from './decide-deriving.ts';
import { openRecords } from './open-records.ts';
import { readSample, type Sample } from './sample.ts';
import { findDate, matchShaped, openShaped, planShaping, type Shaped } from './shape-records.ts';
import { decideColumns, decideTimeFormat } from './styles.ts';

/** A file with one column in every dialect fits no mapping; it is read somehow, so that the message can show it. */
const ONE_COLUMN = { kind: 'csv', delimiter: ',', quote: '"' } as const;
const HEAD_BYTES = 256 * 1024;
const HEADER_ROWS = 60;
const SAMPLE_ROWS = 4_000;
const LARGE_SAMPLE_ROWS = 500_000;

interface Recognised {
  readonly reading: ReadingPlan;
  readonly sample: Sample;
  readonly match: HeaderMatch;
  /** Position of the header row in the sample. */
  readonly headerAt: number;
}

/**
 * Makes the plan by which the file at `path` is read.
 * @throws Fault file_empty, format_unknown, format_mismatch, workbook_*, header_unknown, header_ambiguous, no_records,
 *   date_order_ambiguous, time_format_unknown, number_style_ambiguous, mapping_unknown, date_missing, interval_unknown
 */
export async function identifyFile(path: string, batch: ClaimedBatch, mappings: readonly Mapping[]): Promise<FilePlan> {
  const head = await readHead(path);
  const format = sniffFormat(head);
  checkFormat(format, batch.sourceName);
  const candidates = selectMappings(mappings, batch.context.options?.mapping);
  const readings = format.format === 'workbook' ? listSheetReadings(candidates) : listCsvReadings(head, candidates);
  const found = await recognise(path, batch.sourceName, readings, candidates);
  return makePlan(path, batch, found);
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function selectMappings(mappings: readonly Mapping[], name: string | undefined): readonly Mapping[] {
  if (name === undefined) return mappings;
  const found = mappings.filter((m) => m.name === name);
  if (found.length === 0) throw new Fault('mapping_unknown', `There is no mapping called ${name}.`);
  return found;
}

function listSheetReadings(mappings: readonly Mapping[]): ReadingPlan[] {
  const sheets = new Set(mappings.map((m) => m.file.sheet));
  return [...sheets].map((sheet) => ({ encoding: 'utf-8', bomBytes: 0, dialect: { kind: 'workbook', sheet } }));
}

function listCsvReadings(head: Buffer, mappings: readonly Mapping[]): ReadingPlan[] {
  const { encoding, bomBytes } = sniffEncoding(head);
  const pinned = mappings.length === 1 && mappings[0] !== undefined ? mappings[0].file : undefined;
  const actual = pinned === undefined || pinned.encoding === 'auto' ? encoding : pinned.encoding;
  const text = new TextDecoder(actual).decode(head.subarray(bomBytes), { stream: true });
  const listed = listDialects(Buffer.from(text));
  const dialects = listed.length > 0 ? listed : [ONE_COLUMN];
  const fixed =
    pinned === undefined || pinned.delimiter === 'auto'
      ? dialects
      : [{ kind: 'csv' as const, delimiter: pinned.delimiter, quote: pinned.quote === '' ? null : pinned.quote }];
  return fixed.map((dialect) => ({ encoding: actual, bomBytes, dialect }));
}

async function recognise(
  path: string,
  fileName: string,
  readings: readonly ReadingPlan[],
  mappings: readonly Mapping[],
): Promise<Recognised> {
  const tried: { sample: Sample; matches: HeaderMatch[] }[] = [];
  for (const reading of readings) {
    const sample = await readSample(openRecords(path, fileName, reading), SAMPLE_ROWS);
    const usable = mappings.filter((m) => fitsReading(m, reading));
    const matches: HeaderMatch[] = [];
    for (const [headerAt, row] of sample.rows.slice(0, HEADER_ROWS).entries()) {
      if (row.filter((cell) => cell.trim() !== '').length < 2) continue;
      const here = usable.filter((m) => mayBeHeader(m, headerAt, row)).map((m) => matchShaped(m, row));
      const match = chooseMatch(here);
      if (match === 'ambiguous')
        throw new Fault(
          'header_ambiguous',
          `These fit: ${here
            .filter((m) => m.missing.length === 0)
            .map((m) => m.mapping.name)
            .join(', ')}.`,
        );
      if (match !== undefined) return { reading, sample, match, headerAt };
      matches.push(...here);
    }
    tried.push({ sample, matches });
  }
  throw makeUnknown(tried);
}

function fitsReading(mapping: Mapping, reading: ReadingPlan): boolean {
  const { file } = mapping;
  if (reading.dialect.kind === 'workbook') return file.format !== 'csv' && file.sheet === reading.dialect.sheet;
  return file.format !== 'workbook' && (file.delimiter === 'auto' || file.delimiter === reading.dialect.delimiter);
}

/** A mapping may fix the row of its header; our own rejects files have theirs first. */
function mayBeHeader(mapping: Mapping, at: number, row: readonly string[]): boolean {
  const { header_row: fixed, skip_rows: skipped } = mapping.file;
  if (isRejectsHeader(row)) return true;
  return fixed === undefined ? at >= skipped : at === skipped + fixed - 1;
}

function makeUnknown(tried: readonly { sample: Sample; matches: readonly HeaderMatch[] }[]): Fault {
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
  return new Fault('header_unknown', `The file has: ${header.join(', ')}. ${near}`, { facts });
}

async function makePlan(path: string, batch: ClaimedBatch, found: Recognised): Promise<FilePlan> {
  const { reading, match, headerAt } = found;
  const { mapping } = match;
  const fileHeader = found.sample.rows[headerAt] ?? [];
  const headerLine = found.sample.lines[headerAt] ?? 0;
  const corrected = isRejectsHeader(fileHeader);
  const date = findDate(mapping, batch);
  const shaping = planShaping(mapping, fileHeader, date)?.shaping;
  const shaped = { ...reading, mapping, headerLine, fileHeader, corrected, shaping };
  const header = shaping?.header ?? fileHeader;
  const reread = (rows: number) => readSample(openShaped(path, batch.sourceName, shaped), rows);
  const takeData = makeTakeData(shaped, headerAt);
  const first = shaping === undefined ? found.sample : await reread(SAMPLE_ROWS);
  let data = takeData(first);
  if (data.length === 0) throw new Fault('no_records');
  const columns = decideColumns(match, data, reading);
  const timeCell = match.columns.find((c) => mapping.columns[c.spec]?.target.kind === 'time')?.cell ?? 0;
  const listTimes = () => data.map((row) => row[timeCell] ?? '');
  let decision = decideTimeFormat(mapping, listTimes(), batch.context.options);
  if (!decision.ok && !first.whole) {
    // The beginning does not tell: a year of days does, though its first twelve did not.
    data = takeData(await reread(LARGE_SAMPLE_ROWS));
    decision = decideTimeFormat(mapping, listTimes(), batch.context.options);
  }
  if (!decision.ok) throw new Fault(decision.code, decision.message);
  const timeFormat = decision.format;
  const deriving = decideDeriving({ mapping, header, timeFormat, timeCell }, data);
  const localTimes = haveLocalTimes(timeFormat, listTimes());
  return { ...shaped, header, columns, timeFormat, localTimes, deriving, date, meter: undefined };
}

/** The records of a sample: reshaped ones are nothing else, the others stand behind the header among lines that are none. */
function makeTakeData({ mapping, fileHeader, shaping }: Shaped, headerAt: number) {
  const isNoise = makeNoiseTest(mapping.file.footer, fileHeader);
  return (sample: Sample) =>
    shaping === undefined ? sample.rows.slice(headerAt + 1).filter((row) => !isNoise(row)) : sample.rows;
}

function haveLocalTimes(format: string, texts: readonly string[]): boolean {
  const reader = compileTimeFormat(format);
  return texts.some((text) => {
    const bytes = Buffer.from(text);
    return reader.read(bytes, 0, bytes.length) === READ.value && Number.isNaN(reader.offsetSeconds);
  });
}
