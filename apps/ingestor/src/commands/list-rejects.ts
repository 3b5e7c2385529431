// `pnpm batches rejects`: which records of a batch were refused, and why.
import type { CellError } from '@cei-inoe/shared/batches';
import type { Pool } from '@cei-inoe/shared/database';
import { makeCsvLine } from '../stages/report/rejects-csv.ts';
import { findBatch } from './find-batch.ts';
import { formatCount, formatTable, writeData, writeJson, writeText } from './output.ts';

interface Rejection {
  readonly line: string;
  readonly raw: Readonly<Record<string, string>>;
  readonly errors: readonly CellError[];
}

const HEADER = ['line', 'column', 'text', 'code', 'message'];

/** A line per error: as a table, CSV or JSON on stdout. */
export async function listRejects(pool: Pool, id: string, flags: { csv?: boolean; json?: boolean }): Promise<void> {
  const batch = await findBatch(pool, id);
  const { rows } = await pool.query<Rejection>(
    'SELECT line, raw, errors FROM ingest_rejection WHERE batch_id = $1 ORDER BY rejection_no',
    [batch.batch_id],
  );
  if (flags.json === true) return writeJson(rows.map((r) => ({ ...r, line: Number(r.line) })));
  const cells = rows.flatMap(({ line, errors }) =>
    errors.map((e) => [line, e.column ?? '', e.text ?? '', e.code, e.message]),
  );
  if (flags.csv === true) for (const row of [HEADER, ...cells]) writeData(makeCsvLine(row, ','));
  else if (cells.length > 0) writeData(`${formatTable(HEADER, cells.map(cleanCells))}\n`);
  const rejected = Number(batch.records_rejected);
  if (rejected === 0) writeText('No record of this batch was refused.');
  else if (rows.length < rejected)
    writeText(
      `The first ${formatCount(rows.length)} of ${formatCount(rejected)} refused records; the rejects file has all of them.`,
    );
}

/** What is in a file may move the cursor of a terminal, or break the table. */
const cleanCells = (cells: readonly string[]): string[] =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  cells.map((cell) => cell.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' '));
