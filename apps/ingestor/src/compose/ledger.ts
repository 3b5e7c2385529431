// Refusals by the line of the file, where a line may hold several records, or where only the whole file tells what is refused.
// A second look at the file brings back the texts. Keeps no texts itself.
import type { CellError } from '@cei-inoe/shared/batches';
import { Fault } from '@cei-inoe/shared/errors';
import type { FilePlan } from '../model/plan.ts';
import { type RecordChunk, readCells } from '../model/records.ts';
import { makeCarry } from '../stages/map/carry.ts';
import { takeOffFormulaQuotes } from '../stages/parse/formula-quotes.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';
import { openRecords } from './open-records.ts';

/** More refused lines than this are not kept in memory. */
const MAX_LINES = 500_000;

interface Entry {
  errors: readonly CellError[];
  records: number;
}

export interface Ledger {
  /** Records refused so far. */
  readonly count: number;
  /** How often each code occurred: a record counts once per code. */
  readonly codes: ReadonlyMap<string, number>;
  /** @throws Fault too_many_readings */
  refuse(line: number, errors: readonly CellError[], records?: number): void;
  /** The line is handed back beside refused ones, which make no sense without it. */
  keep(line: number): void;
  find(line: number): Entry | undefined;
}

export function makeLedger(): Ledger {
  const entries = new Map<number, Entry>();
  const codes = new Map<string, number>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    codes,
    refuse(line, errors, records = 1) {
      count += records;
      for (const code of new Set(errors.map((e) => e.code))) codes.set(code, (codes.get(code) ?? 0) + records);
      const entry = entries.get(line);
      if (entry === undefined) entries.set(line, { errors, records });
      else {
        entry.errors = joinErrors(entry.errors, errors);
        entry.records += records;
      }
      if (entries.size > MAX_LINES) throw new Fault('too_many_readings', `More than ${MAX_LINES} lines were refused.`);
    },
    keep(line) {
      if (!entries.has(line)) entries.set(line, { errors: [], records: 0 });
    },
    find: (line) => entries.get(line),
  };
}

/** Several records of a line may be refused for the same reason: it is said once. */
function joinErrors(first: readonly CellError[], more: readonly CellError[]): CellError[] {
  const isNew = (error: CellError) =>
    !first.some((e) => e.code === error.code && e.column === error.column && e.message === error.message);
  return [...first, ...more.filter(isNew)];
}

/** Brings every refused line of the file into the spool, in the order of the file, each once, and before it the carried lines it needs. */
export async function settleLedger(
  ledger: Ledger,
  file: { readonly path: string; readonly fileName: string; readonly plan: FilePlan },
  spool: RejectSpool,
): Promise<void> {
  if (ledger.count === 0) return;
  const { plan } = file;
  const carried = openCarried(plan);
  for await (const chunk of openRecords(file.path, file.fileName, plan)) {
    if (plan.corrected) takeOffFormulaQuotes(chunk);
    for (let at = 0; at < chunk.rows; at++) {
      const line = chunk.lines[at] as number;
      if (carried.take(chunk, at)) continue;
      const entry = ledger.find(line);
      if (entry === undefined) continue;
      for (const context of carried.release()) spool.add(context);
      spool.add({ line, cells: readCells(chunk, at), errors: entry.errors, records: entry.records });
    }
  }
  if (spool.count !== ledger.count) throw new Fault('internal', 'Refused lines were not found again in their file.');
  // Per line nobody knows which of its records had which of its errors.
  spool.codes.clear();
  for (const [code, count] of ledger.codes) spool.codes.set(code, count);
}

/** Holds back the lines that are carried until a refused line needs them. */
function openCarried(plan: FilePlan) {
  const patterns = plan.shaping?.carry ?? [];
  const carries = patterns.map((pattern) => makeCarry([pattern]));
  const width = plan.shaping?.width ?? 0;
  const held = new Map<number, { line: number; cells: string[] }>();
  return {
    take(chunk: RecordChunk, at: number): boolean {
      const line = chunk.lines[at] as number;
      if (patterns.length === 0 || line === plan.headerLine) return false;
      const cells = readCells(chunk, at);
      const text = cells.slice(0, width).join(' ');
      const taking = carries.flatMap((carry, i) => (carry.take(text) ? [i] : []));
      for (const i of taking) held.set(i, { line, cells });
      return taking.length > 0;
    },
    release() {
      const waiting = [...new Set(held.values())].sort((a, b) => a.line - b.line);
      held.clear();
      return waiting.map((each) => ({ ...each, errors: [], records: 0 }));
    },
  };
}
