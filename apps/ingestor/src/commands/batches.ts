// `pnpm batches list|show|rejects`: what was loaded, and what was refused.
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { Surroundings } from '../compose/settings.ts';
import { redoBatch, undoBatch } from '../compose/undo-batch.ts';
import { makeCsvLine } from '../stages/report/rejects-csv.ts';
import { formatCount, formatTable, writeData, writeJson, writeText } from './output.ts';

interface BatchLine {
  readonly batch_id: string;
  readonly created_at: Date;
  readonly status: string;
  readonly dry_run: boolean;
  readonly dataset: string | null;
  readonly external_id: string | null;
  readonly source_name: string | null;
  readonly records_read: string;
  readonly records_loaded: string;
  readonly records_rejected: string;
}

const LIST = `
  SELECT b.batch_id, b.created_at, b.status, b.dry_run, b.dataset, d.external_id, b.source_name, b.records_read, b.records_loaded, b.records_rejected
  FROM ingest_batch b LEFT JOIN datasource d ON d.id = b.datasource_id
  WHERE $1::text IS NULL OR b.status = $1
  ORDER BY b.created_at DESC, b.batch_id DESC LIMIT $2`;

export async function listBatches(
  pool: Pool,
  flags: { json?: boolean; status?: string; limit: number },
): Promise<void> {
  const { rows } = await pool.query<BatchLine>(LIST, [flags.status ?? null, flags.limit]);
  if (flags.json === true)
    return writeJson(
      rows.map((r) => ({
        ...r,
        records_read: Number(r.records_read),
        records_loaded: Number(r.records_loaded),
        records_rejected: Number(r.records_rejected),
      })),
    );
  if (rows.length === 0) return writeText('No batches yet.');
  const lines = rows.map((b) => [
    b.batch_id,
    b.created_at.toISOString().slice(0, 19).replace('T', ' '),
    b.dry_run ? `${b.status} (dry run)` : b.status,
    b.dataset ?? '-',
    b.external_id ?? '-',
    formatCount(Number(b.records_read)),
    formatCount(Number(b.records_loaded)),
    formatCount(Number(b.records_rejected)),
    b.source_name ?? '-',
  ]);
  writeData(
    `${formatTable(['batch', 'created (UTC)', 'status', 'dataset', 'datasource', 'read', 'loaded', 'refused', 'file'], lines)}\n`,
  );
}

/** Takes a batch back, or brings it back. */
export async function operateOnBatch(
  around: Surroundings,
  operation: 'undo' | 'redo',
  id: string,
  flags: { json?: boolean; dryRun?: boolean },
): Promise<void> {
  const batch = await findBatch(around.pool, id);
  const run = operation === 'undo' ? undoBatch : redoBatch;
  const result = await run(around, String(batch.batch_id), {
    requestedBy: process.env.USER ?? null,
    dryRun: flags.dryRun === true,
  });
  if (flags.json === true) return writeJson(result);
  const dry = result.dry_run ? ' (dry run: nothing was kept)' : '';
  const reread = result.reread === 0 ? '' : `; ${result.reread} batches were read again`;
  writeText(
    `${operation} of ${result.batch_id}: ${formatCount(result.removed)} readings removed, ${formatCount(result.changed)} changed, ${formatCount(result.added)} added${reread}${dry}`,
  );
}

/** Finds a batch by its id or the end of it (the short id in file names). */
async function findBatch(pool: Pool, id: string): Promise<Record<string, unknown>> {
  const wanted = id.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{8,32}$/.test(wanted)) throw new Fault('batch_unknown', `${id} is no id of a batch.`);
  const { rows } = await pool.query<Record<string, unknown>>(
    "SELECT * FROM ingest_batch WHERE replace(batch_id::text, '-', '') LIKE '%' || $1 ORDER BY created_at DESC LIMIT 1",
    [wanted],
  );
  const found = rows[0];
  if (found === undefined) throw new Fault('batch_unknown', `There is no batch ${id}.`);
  return found;
}

export async function showBatch(pool: Pool, id: string, flags: { json?: boolean }): Promise<void> {
  const batch = await findBatch(pool, id);
  if (flags.json === true) return writeJson(batch);
  const lines = Object.entries(batch)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [
      key,
      value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]);
  writeData(`${formatTable(['column', 'value'], lines)}\n`);
}

interface Rejection {
  readonly line: string;
  readonly raw: Record<string, string>;
  readonly errors: readonly { column: string | null; text: string | null; code: string; message: string }[];
}

/** CSV on stdout (one line per error), or JSON. */
export async function listRejects(pool: Pool, id: string, flags: { json?: boolean }): Promise<void> {
  const { batch_id: batchId } = await findBatch(pool, id);
  const { rows } = await pool.query<Rejection>(
    'SELECT line, raw, errors FROM ingest_rejection WHERE batch_id = $1 ORDER BY rejection_no',
    [batchId],
  );
  if (flags.json === true) return writeJson(rows.map((r) => ({ ...r, line: Number(r.line) })));
  writeData(makeCsvLine(['line', 'column', 'text', 'code', 'message'], ','));
  for (const { line, errors } of rows) {
    for (const e of errors) writeData(makeCsvLine([line, e.column ?? '', e.text ?? '', e.code, e.message], ','));
  }
}
