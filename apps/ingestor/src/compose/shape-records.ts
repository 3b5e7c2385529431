// Opens the records of a file as its plan reads them: reshaped where the mapping asks for it. Holds no rule of reshaping itself.

import { Fault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import type { Mapping } from '../model/mapping.ts';
import { compilePattern } from '../model/pattern.ts';
import type { FilePlan, ReadingPlan } from '../model/plan.ts';
import type { RecordChunk } from '../model/records.ts';
import { type HeaderMatch, matchHeader, normalizeHeader } from '../stages/map/match-header.ts';
import { makeReshape } from '../stages/map/reshape.ts';
import { shapeHeader } from '../stages/map/shape-header.ts';
import { takeOffFormulaQuotes } from '../stages/parse/formula-quotes.ts';
import { isRejectsHeader, REJECT_COLUMNS } from '../stages/report/rejects-csv.ts';
import { makeNoiseTest } from '../stages/validate/shape.ts';
import { openRecords } from './open-records.ts';

/** What is needed to reshape the records of a file. */
export type Shaped = Pick<FilePlan, 'mapping' | 'headerLine' | 'fileHeader' | 'corrected' | 'shaping'> & ReadingPlan;

/** The header without the columns that a rejects file of ours has beside its own. */
const listOwn = (header: readonly string[]): readonly string[] =>
  isRejectsHeader(header) ? header.slice(0, -REJECT_COLUMNS.length) : header;

/** The shaping of a mapping for a file's header; undefined where its records are taken as they are. */
export const planShaping = (mapping: Mapping, fileHeader: readonly string[], date: string | undefined) =>
  mapping.shape === undefined ? undefined : shapeHeader(mapping.shape, listOwn(fileHeader), date);

/** Matches a header row, as it is after reshaping, with `mapping`. */
export function matchShaped(mapping: Mapping, fileHeader: readonly string[]): HeaderMatch {
  const shaped = planShaping(mapping, fileHeader, undefined);
  if (shaped === undefined && mapping.derive === undefined) {
    return refuseTwins(matchHeader(mapping, fileHeader), fileHeader);
  }
  const header = shaped?.shaping.header ?? fileHeader;
  const names = header.map(normalizeHeader);
  const parts = mapping.derive?.parts.filter((name) => !names.includes(normalizeHeader(name))) ?? [];
  const match = matchHeader(mapping, header);
  // What is unpivoted is no column of the records any more, but of the file.
  const inFile = new Set(fileHeader.map(normalizeHeader));
  const missing = match.missing.filter((name) => !inFile.has(normalizeHeader(name)));
  return refuseTwins(
    { ...match, missing: [...new Set([...(shaped?.missing ?? []), ...parts, ...missing])] },
    fileHeader,
  );
}

/** Which of two columns of one name is meant, nobody can say. */
function refuseTwins(match: HeaderMatch, fileHeader: readonly string[]): HeaderMatch {
  const names = fileHeader.map(normalizeHeader);
  const twins = match.columns.flatMap(({ header }) => {
    const count = header === '' ? 1 : names.filter((name) => name === normalizeHeader(header)).length;
    return count > 1 ? [`one column called ${header} instead of ${count}`] : [];
  });
  return twins.length === 0 ? match : { ...match, missing: [...match.missing, ...twins] };
}

/**
 * The day of a file whose records do not say it: what was given with it, else the group `date` of its name.
 * @throws Fault date_missing
 */
export function findDate(mapping: Mapping, batch: Pick<ClaimedBatch, 'sourceName' | 'context'>): string | undefined {
  const { from } = mapping.time;
  if (from === undefined) return undefined;
  const given = batch.context.options?.date;
  if (given !== undefined) return given;
  const pattern = mapping.match.filename;
  if (from === 'filename' && pattern !== undefined) {
    const matcher = compilePattern(pattern).matcher(batch.sourceName);
    const found = matcher.find() ? (matcher.group('date') ?? '') : '';
    if (found !== '') return found;
    throw new Fault(
      'date_missing',
      `The name ${batch.sourceName} has no date where the mapping ${mapping.name} looks for it.`,
    );
  }
  throw new Fault('date_missing', `The mapping ${mapping.name} wants the day to be given with the file.`);
}

export interface ShapedOptions {
  readonly onBytes?: (bytes: number) => void;
  readonly onFiltered?: (line: number, text: string) => void;
}

/** The records of the file at `path` as they are read. */
export async function* openShaped(
  path: string,
  fileName: string,
  plan: Shaped,
  { onBytes, onFiltered }: ShapedOptions = {},
): AsyncGenerator<RecordChunk> {
  const { shaping, fileHeader } = plan;
  const reshape =
    shaping &&
    makeReshape(shaping, {
      headerLine: plan.headerLine,
      maxCells: fileHeader.length,
      minCells: countMinCells(plan, fileHeader),
      isNoise: makeNoiseTest(plan.mapping.file.footer, listOwn(fileHeader)),
      onFiltered: onFiltered ?? (() => undefined),
    });
  for await (const chunk of openRecords(path, fileName, plan, onBytes)) {
    if (plan.corrected) takeOffFormulaQuotes(chunk);
    yield reshape === undefined ? chunk : reshape(chunk);
  }
}

/** Fewest cells of a well-formed record: sheets leave out empty cells at the end of a row; a header line may end in a separator. */
export const countMinCells = (plan: ReadingPlan, header: readonly string[]): number =>
  plan.dialect.kind === 'workbook' ? 0 : header.findLastIndex((text) => text.trim() !== '') + 1;
