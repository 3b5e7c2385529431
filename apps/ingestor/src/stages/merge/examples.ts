// Examples of what a batch changed in its table, for reports. Changes nothing.
import type { Connection } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { quoteName, readSql } from '@cei-inoe/shared/sql';
import type { ChangeExample, Values } from '../../model/change.ts';

const MAX_EXAMPLES = 10;

function makeExamplesSql(dataset: Dataset): string {
  const names = dataset.measures.map((m) => m.name);
  const list = (alias: string) => names.map((name) => `${alias}.${quoteName(name)}`).join(', ');
  const object = (alias: string) =>
    `jsonb_build_object(${names.map((name) => `'${name}', ${alias}.${quoteName(name)}`).join(', ')})`;
  return readSql('merge/examples.sql', {
    table: quoteName(dataset.table),
    history: quoteName(`${dataset.table}_history`),
    time: quoteName(dataset.time),
    before: object('h'),
    after: object('f'),
    before_values: list('h'),
    after_values: list('f'),
    written_time:
      dataset.timeKind === 'day' ? 'n.at::text' : `to_char(n.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  });
}

/** Readings whose values batch `batchId` changed or took away at the instant `at`, in the transaction that does it: at most ten of each. */
export async function listExamples(
  connection: Connection,
  dataset: Dataset,
  batchId: string,
  at: string,
): Promise<ChangeExample[]> {
  const { rows } = await connection.query<ChangeExample>(makeExamplesSql(dataset), [batchId, at, MAX_EXAMPLES]);
  return rows.map(keepDiffering);
}

/** Leaves out the measures that stay as they are, and those that were never there. */
function keepDiffering({ datasource, time, before, after }: ChangeExample): ChangeExample {
  const names = Object.keys(before).filter((name) => before[name] !== (after?.[name] ?? null));
  const keep = (values: Values): Values => Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
  return {
    datasource,
    time: time.replace('.000Z', 'Z'),
    before: keep(before),
    after: after === null ? null : keep(after),
  };
}
