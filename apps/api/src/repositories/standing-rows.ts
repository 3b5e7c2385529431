// Which rows a read is about: those of today, or those that stood in the table at an instant. Writes SQL and runs nothing.

import type { Dataset } from '@cei-inoe/shared/datasets';
import { readSql } from '@cei-inoe/shared/sql';

/** Names for the SQL of reads; all come from the list of datasets. `rows` is what stands behind FROM and needs an alias. */
export interface ReadNames extends Readonly<Record<string, string>> {
  readonly table: string;
  readonly time: string;
  readonly type: string;
  readonly rows: string;
}

/** @param at SQL for the instant (a parameter or a quoted literal), or null for today's rows */
export function nameRows(dataset: Dataset, at: string | null): ReadNames {
  const names = {
    table: dataset.table,
    time: `"${dataset.time}"`,
    type: dataset.timeKind === 'day' ? 'date' : 'timestamptz',
  };
  if (at === null) return { ...names, rows: dataset.table };
  const measures = dataset.measures.map(({ name }) => `"${name}"`);
  const columns = ['datasource_id', names.time, ...measures, 'batch_id', 'source_row', 'quality'].join(', ');
  const parts = { ...names, history: `${dataset.table}_history`, columns, at: `${at}::timestamptz` };
  return { ...names, rows: readSql('api/as-of.sql', parts) };
}
