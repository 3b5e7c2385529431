// Judges groups of readings and writes what won into the fact tables, each chunk in the caller's transaction. Decides nothing by itself.
import { DATASETS, type Dataset } from '@cei-inoe/shared/datasets';
import { fillSql, readSql } from '@cei-inoe/shared/sql';
import type { Queryable } from './old-side.ts';

/** Takes up to `limit` groups (a source's day) into the temporary table `groups` and judges them. Returns how many; 0 when none is left. */
export async function judgeGroups(target: Queryable, limit: number): Promise<number> {
  await target.query('DROP TABLE IF EXISTS groups');
  await target.query('CREATE TEMPORARY TABLE groups (dataset text, source text, day date)');
  const { rowCount } = await target.query(
    `WITH taken AS (DELETE FROM legacy_move.dirty d USING (SELECT * FROM legacy_move.dirty ORDER BY dataset, source, day LIMIT $1 FOR UPDATE SKIP LOCKED) c
       WHERE (d.dataset, d.source, d.day) = (c.dataset, c.source, c.day) RETURNING d.*)
     INSERT INTO groups SELECT * FROM taken`,
    [limit],
  );
  if (!rowCount) return 0;
  // Tables of their own with statistics of their own: what is true of all readings says nothing of a chunk.
  await target.query('ANALYZE groups');
  await target.query('DROP TABLE IF EXISTS members');
  await target.query(
    `CREATE TEMPORARY TABLE members AS SELECT r.* FROM groups g
     CROSS JOIN LATERAL (SELECT * FROM legacy_move.reading m WHERE m.dataset = g.dataset AND m.source = g.source AND m.day = g.day OFFSET 0) r`,
  );
  await target.query('ANALYZE members');
  await target.query(readSql('legacy/judge.sql'));
  return rowCount;
}

/** Writes the winners of the judged groups, and empties the keys that nobody holds any longer. */
export async function writeGroups(target: Queryable): Promise<void> {
  for (const dataset of Object.values(DATASETS)) {
    await target.query(fillSql(readSql('legacy/write-facts.sql'), listParts(dataset)), [dataset.name]);
    await target.query(fillSql(readSql('legacy/vacate-facts.sql'), listParts(dataset)), [dataset.name]);
  }
  await target.query('DELETE FROM legacy_move.vacated');
}

function listParts({ table, time, timeKind, measures }: Dataset): Record<string, string> {
  const cast = (type: string) => (type === 'integer' ? 'numeric::int' : 'float8');
  return {
    table: `"${table}"`,
    time: `"${time}"`,
    at: timeKind === 'day' ? "(r.at AT TIME ZONE 'UTC')::date" : 'r.at',
    vacated_at: timeKind === 'day' ? "(v.at AT TIME ZONE 'UTC')::date" : 'v.at',
    columns: measures.map(({ name }) => `"${name}"`).join(', '),
    values: measures.map(({ name, type }) => `(r.measures->>'${name}')::${cast(type)}`).join(', '),
    updates: measures.map(({ name }) => `"${name}" = excluded."${name}"`).join(', '),
    before: measures.map(({ name }) => `f."${name}"`).join(', '),
    after: measures.map(({ name }) => `excluded."${name}"`).join(', '),
  };
}
