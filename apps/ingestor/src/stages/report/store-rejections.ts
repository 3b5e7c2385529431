// Refused records → ingest_rejection, the first so many of them, inside the load's transaction.
import type { Connection } from '@cei-inoe/shared/database';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import type { RefusedRecord } from './reject-spool.ts';

const PAGE = 500;
const MAX_CELL = 2_000;

const INSERT = `
  INSERT INTO ingest_rejection (batch_id, rejection_no, line, raw, errors)
  SELECT $1::uuid, (r->>'no')::int, (r->>'line')::bigint, r->'raw', r->'errors' FROM jsonb_array_elements($2::jsonb) r`;

/** Stores up to `keep` of `records`, numbered from 1. */
export async function storeRejections(
  connection: Connection,
  batchId: string,
  header: readonly string[],
  records: AsyncIterable<RefusedRecord>,
  keep: number,
): Promise<void> {
  const labels = makeLabels(header);
  let page: object[] = [];
  let no = 0;
  const flush = async () => {
    if (page.length > 0) await connection.query(INSERT, [batchId, writeJsonb(page)]);
    page = [];
  };
  for await (const { line, cells, errors } of records) {
    if (errors.length === 0) continue;
    if (no >= keep) break;
    no++;
    page.push({ no, line, raw: makeRaw(labels, cells), errors });
    if (page.length >= PAGE) await flush();
  }
  await flush();
}

/** Header texts made unique: the key of a cell in `raw`. */
function makeLabels(header: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return header.map((text, at) => {
    const label = text.trim().slice(0, MAX_CELL) || `column ${at + 1}`;
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return count === 1 ? label : `${label} (${count})`;
  });
}

function makeRaw(labels: readonly string[], cells: readonly string[]): object {
  return Object.fromEntries(
    cells.slice(0, 500).map((cell, at) => [labels[at] ?? `column ${at + 1}`, cell.slice(0, MAX_CELL)]),
  );
}
