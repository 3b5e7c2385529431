// One pass over the records of a file: accepted rows go to an encoder and on to PostgreSQL, refused ones to the spool.

import type { SourceExtent } from '../model/counts.ts';
import type { FilePlan } from '../model/plan.ts';
import { readCells } from '../model/records.ts';
import type { Row } from '../model/row.ts';
import type { CopyStream } from '../stages/copy/copy-stream.ts';
import type { CopyEncoder } from '../stages/encode/copy-encoder.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';
import type { LineSink } from './derive-rows.ts';
import { type Ledger, makeLedger } from './ledger.ts';
import type { MonthSums } from './month-sums.ts';
import { makeNotes, type Note } from './notes.ts';
import { makeRowPipeline } from './row-pipeline.ts';
import type { SourceOf } from './row-state.ts';
import { openShaped } from './shape-records.ts';

export interface PassResult {
  readonly lines: number;
  /** Records whose rows were sent on, and the rows: fewer where readings were added up. */
  readonly accepted: number;
  readonly rows: number;
  readonly rejected: number;
  readonly skipped: number;
  readonly extents: readonly SourceExtent[];
  /** The sources that records named, also those of which no row came. */
  readonly named: readonly number[];
  readonly notes: readonly Note[];
  /** Refusals that are not in the spool yet: those of a file that is reshaped or whose rows are derived. */
  readonly ledger: Ledger | undefined;
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
  /** Asked before the first row is sent: with all of a small file's rows, or with the first megabytes of rows. What it throws ends the pass. */
  readonly beforeSending?: ((extents: readonly SourceExtent[], isAll: boolean) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (bytesRead: number, recordsRead: number) => void;
}

/** So many rows are derived between two looks at what can be sent off. */
const ROWS_AT_ONCE = 1_000;

/** Reads, checks and sends every record. Errors of the server and of the file are thrown; the COPY is then taken back by the caller. */
export async function readRows(options: PassOptions): Promise<PassResult> {
  const { encoder, spool, plan } = options;
  const tally = makeTally(options);
  const pipeline = makeRowPipeline(plan, options.sourceOf, tally.sink, options.nowMicros);
  for (const sheet of plan.unreadSheets ?? []) tally.notes.add('sheet_unread', 0, sheet);
  let lines = 0;
  let bytes = 0;
  const records = openShaped(options.path, options.fileName, plan, {
    onBytes: (read) => {
      bytes = read;
    },
    onFiltered: (line, text) => tally.notes.add('filtered', line, text),
  });
  const outbox = makeOutbox(options, pipeline.extents);
  const send = async () => {
    options.signal?.throwIfAborted();
    await outbox.send(encoder.takeFull());
  };
  for await (const chunk of records) {
    pipeline.process(chunk);
    lines = Math.max(lines, chunk.rows === 0 ? 0 : (chunk.lines[chunk.rows - 1] as number));
    await send();
    options.onProgress(bytes, tally.accepted + (tally.ledger ?? spool).count);
  }
  let derived = 0;
  for (const _ of pipeline.finish()) if (++derived % ROWS_AT_ONCE === 0) await send();
  await outbox.finish(encoder.finish());
  const { accepted, rows, skipped, ledger } = tally;
  const rejected = (ledger ?? spool).count;
  const [extents, named, notes] = [pipeline.extents(), pipeline.named(), tally.notes.list()];
  return { lines, accepted, rows, rejected, skipped, extents, named, notes, ledger };
}

/** Rows that may wait for an answer, in buffers: some forty thousand. */
const MOST_HELD = 8;

/** Sends what is encoded, and holds it back first where somebody has to be asked. */
function makeOutbox({ copy, beforeSending }: PassOptions, extents: () => SourceExtent[]) {
  let held: Buffer[] | undefined = beforeSending === undefined ? undefined : [];
  async function sendHeld(isAll: boolean): Promise<void> {
    await beforeSending?.(extents(), isAll);
    const waiting = held ?? [];
    held = undefined;
    for (const buffer of waiting) await copy.write(buffer);
  }
  return {
    async send(buffers: readonly Buffer[]): Promise<void> {
      held?.push(...buffers);
      if (held !== undefined && held.length > MOST_HELD) await sendHeld(false);
      else if (held === undefined) for (const buffer of buffers) await copy.write(buffer);
    },
    async finish(buffers: readonly Buffer[]): Promise<void> {
      held?.push(...buffers);
      if (held !== undefined) await sendHeld(true);
      else for (const buffer of buffers) await copy.write(buffer);
    },
  };
}

const HOUR_MICROS = 3_600_000_000;

/** Energy that the mapping takes for hourly readings, one a record. */
const expectsHours = ({ mapping, deriving }: FilePlan): boolean =>
  mapping.dataset.name === 'energy_hourly' && mapping.granularity === 'hourly' && deriving === undefined;

/** Whether a row follows another of its source within the hour. Each is stored as it stands; whoever takes them for hours should know. */
function makeStepTest(): (row: Row) => boolean {
  const last = new Map<number, number>();
  return ({ datasourceId, time }) => {
    const step = Math.abs(time - (last.get(datasourceId) ?? Number.NEGATIVE_INFINITY));
    last.set(datasourceId, time);
    return step > 0 && step < HOUR_MICROS;
  };
}

/** Counts what becomes of the records, and sends each where it goes. */
function makeTally({ encoder, spool, plan, months }: PassOptions) {
  const ledger = plan.shaping === undefined && plan.deriving === undefined ? undefined : makeLedger();
  const notes = makeNotes();
  const tally = { accepted: 0, rows: 0, skipped: 0, ledger, notes };
  const testStep = expectsHours(plan) ? makeStepTest() : undefined;
  const accept = (row: Row): void => {
    tally.accepted += row.records;
    tally.rows++;
    if (testStep?.(row) === true) notes.add('finer_than_hourly', row.line, '');
    encoder.write(row);
    if (months !== undefined) months.note(row.time, row.values[0] as number);
  };
  const skipLine = (line: number, code: string): void => {
    tally.skipped++;
    notes.add(code, line, '');
  };
  const sink: LineSink = {
    accept,
    acceptDerived: accept,
    refuse(chunk, at, errors) {
      const line = chunk.lines[at] as number;
      if (ledger === undefined) spool.add({ line, cells: readCells(chunk, at), errors });
      else ledger.refuse(line, errors);
    },
    skip: (chunk, at) => skipLine(chunk.lines[at] as number, 'missing_value'),
    refuseLine(line, errors, context) {
      if (context !== undefined) ledger?.keep(context);
      ledger?.refuse(line, errors);
      for (const { code, message } of errors) notes.add(code, line, message);
    },
    skipLine,
    note: (line, code, text) => notes.add(code, line, text),
  };
  return Object.assign(tally, { sink });
}
