// How the file was written whose refused records a rejects file holds: a few corrected lines may not tell it themselves. Decides nothing.
import type { Connection, Pool } from '@cei-inoe/shared/database';
import type { ColumnSpec } from '../model/mapping.ts';
import { nameRejects } from '../stages/report/file-names.ts';
import type { PlanRecord } from './plan-record.ts';

export interface EarlierStyles {
  /** Name of the mapping that the file was read by. */
  readonly mapping: string;
  readonly columns: PlanRecord['columns'];
  readonly time_format: string;
}

const REJECTS_NAME = /\.([0-9a-f]{8})\.rejects\.csv$/;

/** By the id in the name that we gave the rejects file; undefined for any other file, and where its batch is not known or ended without being read. */
export async function findEarlierStyles(db: Pool | Connection, fileName: string): Promise<EarlierStyles | undefined> {
  const id = REJECTS_NAME.exec(fileName)?.[1];
  if (id === undefined) return undefined;
  const { rows } = await db.query<{ batch_id: string; source_name: string; mapping: string; decisions: PlanRecord }>(
    `SELECT batch_id, source_name, mapping_name AS mapping, context->'decisions' AS decisions FROM ingest_batch
     WHERE right(batch_id::text, 8) = $1 AND context ? 'decisions'`,
    [id],
  );
  const found = rows.find((row) => fileName.endsWith(nameRejects(row.source_name, row.batch_id)));
  if (found === undefined) return undefined;
  const { columns, time_format } = found.decisions;
  return { mapping: found.mapping, columns, time_format };
}

/** The style in which the column of `spec` was read, if it was. */
export const findEarlierColumn = (
  earlier: EarlierStyles | undefined,
  spec: ColumnSpec | undefined,
): Pick<PlanRecord['columns'][number], 'decimal' | 'group'> | undefined =>
  earlier?.columns.find(({ name }) => name === spec?.header);
