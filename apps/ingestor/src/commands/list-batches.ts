// `pnpm batches list`: what was loaded, newest first.
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { findSource } from '../stages/map/find-source.ts';
import { formatCount, formatTable, writeData, writeJson, writeText } from './output.ts';

export interface ListFlags {
  /** external id or alias */
  readonly datasource?: string;
  readonly dataset?: string;
  readonly status?: string;
  /** ISO instants: created at or after, and before. */
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface BatchLine {
  readonly batch_id: string;
  readonly created_at: Date;
  readonly status: string;
  readonly dry_run: boolean;
  readonly dataset: string | null;
  readonly external_id: string | null;
  readonly mapping_name: string | null;
  readonly source_name: string | null;
  readonly replay_of: string | null;
  readonly duplicate_of: string | null;
  readonly records_read: string;
  readonly records_loaded: string;
  readonly records_rejected: string;
}

const LIST = `
  SELECT b.batch_id, b.created_at, b.status, b.dry_run, b.dataset, d.external_id, b.mapping_name, b.source_name, b.replay_of, b.duplicate_of,
         b.records_read, b.records_loaded, b.records_rejected
  FROM ingest_batch b LEFT JOIN datasource d ON d.id = b.datasource_id
  WHERE ($1::int IS NULL OR b.datasource_id = $1
         OR EXISTS (SELECT 1 FROM ingest_batch_datasource p WHERE p.batch_id = b.batch_id AND p.datasource_id = $1))
    AND ($2::text IS NULL OR b.dataset = $2) AND ($3::text IS NULL OR b.status = $3)
    AND ($4::timestamptz IS NULL OR b.created_at >= $4) AND ($5::timestamptz IS NULL OR b.created_at < $5)
  ORDER BY b.created_at DESC, b.batch_id DESC LIMIT $6`;

/** @throws Fault datasource_unknown */
export async function listBatches(pool: Pool, flags: ListFlags): Promise<void> {
  const { datasource } = flags;
  const source = datasource === undefined ? undefined : await findSource(pool, datasource);
  if (datasource !== undefined && source === undefined)
    throw new Fault('datasource_unknown', `Nothing is known under ${datasource}.`);
  const { rows } = await pool.query<BatchLine>(LIST, [
    source?.id ?? null,
    flags.dataset ?? null,
    flags.status ?? null,
    flags.from ?? null,
    flags.to ?? null,
    flags.limit,
  ]);
  if (flags.json === true) return writeJson(rows.map(countNumbers));
  if (rows.length === 0) return writeText('No batches.');
  const header = ['batch', 'created (UTC)', 'status', 'dataset', 'datasource', 'read', 'loaded', 'refused', 'file'];
  writeData(`${formatTable(header, rows.map(describeLine))}\n`);
}

const countNumbers = (row: BatchLine) => ({
  ...row,
  records_read: Number(row.records_read),
  records_loaded: Number(row.records_loaded),
  records_rejected: Number(row.records_rejected),
});

const describeLine = (b: BatchLine): string[] => [
  b.batch_id,
  b.created_at.toISOString().slice(0, 19).replace('T', ' '),
  describeStatus(b),
  b.dataset ?? '-',
  b.external_id ?? '-',
  formatCount(Number(b.records_read)),
  formatCount(Number(b.records_loaded)),
  formatCount(Number(b.records_rejected)),
  b.source_name ?? '-',
];

const describeStatus = ({ status, dry_run: isDry, replay_of: replayed }: BatchLine): string =>
  [status, ...(isDry ? ['(dry run)'] : []), ...(replayed === null ? [] : ['(replay)'])].join(' ');
