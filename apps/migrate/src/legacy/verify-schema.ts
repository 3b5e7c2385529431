// Whether the new database keeps what its schema promises after the move: constraints validated, identities ahead, no orphans. Changes nothing.
import type { Pool } from '@cei-inoe/shared/database';
import { DATASETS } from '@cei-inoe/shared/datasets';
import { quoteName } from '@cei-inoe/shared/sql';

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

export async function checkSchema(target: Pool): Promise<Check[]> {
  const { rows: invalid } = await target.query<{ name: string }>(
    'SELECT conname AS name FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND NOT convalidated',
  );
  const { rows: behind } = await target.query<{ name: string; last: string; most: string }>(
    `SELECT c.name, c.last::text, c.most::text FROM (
       SELECT 'datasource' AS name, coalesce(pg_sequence_last_value('datasource_id_seq'), 0) AS last, (SELECT coalesce(max(id), 0) FROM datasource) AS most
       UNION ALL SELECT 'pipeline_execution', coalesce(pg_sequence_last_value('pipeline_execution_id_seq'), 0), (SELECT coalesce(max(id), 0) FROM pipeline_execution)
       UNION ALL SELECT 'data_quality_check', coalesce(pg_sequence_last_value('data_quality_check_id_seq'), 0), (SELECT coalesce(max(id), 0) FROM data_quality_check)
     ) c WHERE c.last < c.most`,
  );
  let orphans = 0;
  for (const { table } of Object.values(DATASETS)) {
    const { rows } = await target.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${quoteName(table)} f WHERE NOT EXISTS (SELECT FROM ingest_batch b WHERE b.batch_id = f.batch_id)
         OR NOT EXISTS (SELECT FROM datasource d WHERE d.id = f.datasource_id)`,
    );
    orphans += rows[0]?.n ?? 0;
  }
  return [
    {
      name: 'constraints',
      passed: invalid.length === 0,
      detail: invalid.length === 0 ? 'all validated' : invalid.map((row) => row.name).join(', '),
    },
    {
      name: 'identities',
      passed: behind.length === 0,
      detail:
        behind.length === 0
          ? 'above their maxima'
          : behind.map((row) => `${row.name} ${row.last} < ${row.most}`).join(', '),
    },
    { name: 'orphans', passed: orphans === 0, detail: `${orphans} facts without a parent` },
  ];
}
