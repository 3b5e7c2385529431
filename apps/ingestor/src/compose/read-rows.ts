// One pass over the records of a file: accepted rows go to an encoder and on to PostgreSQL, refused ones to the spool.

import type { SourceExtent } from '../model/counts.ts';
import type { FilePlan } from '../model/plan.ts';
import { readCells } from '../model/records.ts';
import type { RowSink } from '../model/row.ts';
import type { CopyStream } from '../stages/copy/copy-stream.ts';
import type { CopyEncoder } from '../stages/encode/copy-encoder.ts';
import { takeOffFormulaQuotes } from '../stages/parse/formula-quotes.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';
import type { MonthSums } from './month-sums.ts';
import { openRecords } from './open-records.ts';
import { compileRowProgram } from './row-program.ts';
import type { SourceOf } from './row-state.ts';

export interface PassResult {
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly extents: readonly SourceExtent[];
}

export interface PassOptions {
  readonly path: string;
  readonly fileName: string;
  readonly plan: FilePlan;
  readonly sourceOf: SourceOf;
  readonly nowMicros: number;
  readonly encoder: CopyEncoder;
  readonly copy: CopyStream;
  readonly spool: RejectSpool;
  /** Told of every accepted row. */
  readonly months?: MonthSums | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (bytesRead: number, recordsRead: number) => void;
}

/** Reads, checks and sends every record. Errors of the server and of the file are thrown; the COPY is then taken back by the caller. */
export async function readRows(options: PassOptions): Promise<PassResult> {
  const { encoder, copy, spool, months } = options;
  let accepted = 0;
  let lines = 0;
  let bytes = 0;
  const sink: RowSink = {
    accept(row) {
      accepted++;
      encoder.write(row);
      if (months !== undefined) months.note(row.time, row.values[0] as number);
    },
    refuse(chunk, row, errors) {
      spool.add({ line: chunk.lines[row] as number, cells: readCells(chunk, row), errors });
    },
  };
  const program = compileRowProgram(options.plan, options.sourceOf, sink, options.nowMicros);
  const records = openRecords(options.path, options.fileName, options.plan, (read) => {
    bytes = read;
  });
  for await (const chunk of records) {
    options.signal?.throwIfAborted();
    if (options.plan.corrected) takeOffFormulaQuotes(chunk);
    program.process(chunk);
    lines = Math.max(lines, chunk.rows === 0 ? 0 : (chunk.lines[chunk.rows - 1] as number));
    for (const buffer of encoder.takeFull()) await copy.write(buffer);
    options.onProgress(bytes, accepted + spool.count);
  }
  program.finish();
  for (const buffer of encoder.finish()) await copy.write(buffer);
  return { lines, accepted, rejected: spool.count, extents: program.extents() };
}
