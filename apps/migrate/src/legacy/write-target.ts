// Writes sources, batches, logs and their counts into the new tables, set by set. Decides nothing.
import { DATASETS } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName, readSql } from '@cei-inoe/shared/sql';
import type { Queryable } from './old-side.ts';

/**
 * Makes the sources and lets them follow. A source whose zone was decided anew loses the readings that the move wrote before: they are all
 * decided and written again, and no zone changes under readings.
 * @throws Fault legacy_zone_taken where the new system has readings of such a source
 */
export async function writeSources(target: Queryable): Promise<void> {
  for (const { table } of Object.values(DATASETS)) {
    await target.query(
      `DELETE FROM ${quoteName(table)} f USING legacy_move.source s, ingest_batch b WHERE s.told->>'zone' <> s.zone AND f.datasource_id = s.datasource_id
         AND b.batch_id = f.batch_id AND b.source_type = 'legacy'`,
    );
  }
  try {
    await target.query(readSql('legacy/write-sources.sql'));
  } catch (error) {
    const said = error instanceof Error ? /^zone_in_use: (.*)$/s.exec(error.message) : null;
    if (said === null) throw error;
    throw new Fault('legacy_zone_taken', `${said[1]}.`, { cause: error });
  }
}

export const writeBatches = (target: Queryable) => target.query(readSql('legacy/write-batches.sql'));
export const writeLogs = (target: Queryable) => target.query(readSql('legacy/write-logs.sql'));

/** What is told about the readings once they are in: counts, ranges, rejections, months. */
export async function writeTallies(target: Queryable): Promise<void> {
  await target.query('ANALYZE legacy_move.reading, legacy_move.old, legacy_move.source, ingest_batch');
  await target.query(readSql('legacy/tally.sql'));
  await target.query(readSql('legacy/tally-sources.sql'));
  await target.query(readSql('legacy/write-rejections.sql'));
  await target.query(
    `SELECT refresh_energy_months(datasource_id, '-infinity', 'infinity') FROM legacy_move.source WHERE datasource_id IS NOT NULL`,
  );
}

export interface OldFiles {
  readonly ids: readonly string[];
  readonly hashes: readonly string[];
}

/**
 * The target must be migrated, and must not have loaded the same files by itself. A file that a rollback took into the old tables stands there
 * under the id of its batch, and is the same load.
 * @throws Fault schema_missing, legacy_target_taken
 */
export async function assertTargetFree(target: Queryable, { ids, hashes }: OldFiles): Promise<void> {
  const { rows: found } = await target.query<{ ready: boolean }>(
    "SELECT to_regclass('ingest_batch') IS NOT NULL AS ready",
  );
  if (found[0]?.ready !== true) throw new Fault('schema_missing');
  const { rows } = await target.query<{ batch_id: string; source_name: string }>(
    `SELECT batch_id, source_name FROM ingest_batch WHERE source_type <> 'legacy' AND status = 'completed' AND NOT dry_run AND lower(file_sha256) = ANY ($1) AND batch_id <> ALL ($2::uuid[]) LIMIT 10`,
    [hashes, ids],
  );
  if (rows.length === 0) return;
  const errors = rows.map(({ batch_id, source_name }) => ({ field: batch_id, message: source_name }));
  throw new Fault('legacy_target_taken', undefined, { errors });
}
