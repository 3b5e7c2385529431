// Takes one claimed batch from its bytes to the end, and writes down a failure. What happens inside the transaction: run-load.ts.
import { join } from 'node:path';
import { type Connection, inTransaction } from '@cei-inoe/shared/database';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import type { FilePlan } from '../model/plan.ts';
import { holdBytes } from '../stages/decode/held-bytes.ts';
import { failBatch, markDuplicate } from '../stages/report/fail-batch.ts';
import { openRejectSpool, type RejectSpool } from '../stages/report/reject-spool.ts';
import { storeRejections } from '../stages/report/store-rejections.ts';
import { findEarlierStyles } from './earlier-styles.ts';
import { identifyFile } from './identify.ts';
import { type Loaded, type Run, runLoad } from './run-load.ts';
import type { LoadProgress, Surroundings } from './settings.ts';

/** Thrown inside the transaction of a dry run to roll it back; carries what is reported. */
class DryRunDone extends Error {
  readonly finish: (connection: Connection) => Promise<void>;
  constructor(finish: (connection: Connection) => Promise<void>) {
    super('dry run');
    this.finish = finish;
  }
}

export interface LoadOptions {
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Called with the refused records, if there are any, just before the outcome is committed. */
  readonly onRejects?: (plan: FilePlan, spool: RejectSpool) => Promise<void>;
}

/**
 * Loads the batch in one transaction with its row, rejections, checks and stage log; a failure is written to the batch row.
 * @throws Fault with the reason why nothing was loaded; `duplicate_file` carries the first batch in `facts.batch_id`
 */
export async function loadBatch(around: Surroundings, batch: ClaimedBatch, options: LoadOptions = {}): Promise<Loaded> {
  const startedMs = performance.now();
  const report = options.onProgress ?? (() => undefined);
  const spool = openRejectSpool(join(around.dataDir, 'spool', `${batch.batchId}.${batch.attempt}.rejects`));
  let plan: FilePlan | undefined;
  try {
    const { path, sizeBytes } = await around.archive.find(batch.sha256);
    report({ stage: 'identify', bytesRead: 0, bytesTotal: batch.sizeBytes, recordsRead: 0 });
    const mappings = await around.listMappings(batch.context.options?.mapping);
    const earlier = await findEarlierStyles(around.pool, batch.sourceName);
    return await holdBytes(path, sizeBytes, async () => {
      plan = await identifyFile(path, batch, mappings, earlier);
      return carryOut({
        around,
        batch,
        plan,
        path,
        spool,
        startedMs,
        report,
        onRejects: options.onRejects,
        showsChanges: batch.dryRun,
      });
    });
  } catch (error) {
    const fault = makeFault(error);
    if (!isPassing(fault)) await recordFailure(around, batch, fault, plan, spool, options);
    throw fault;
  } finally {
    spool.close();
  }
}

/** Faults of the machinery, not of the file: the batch is tried again. */
const PASSING = new Set([
  'database_unreachable',
  'database_auth_failed',
  'database_missing',
  'database_busy',
  'database_read_only',
  'system_busy',
  'schema_missing',
  'permission_denied',
  'disk_full',
  'disk_failing',
  'folder_unwritable',
  'batch_lost',
  'zone_changed',
  'archive_missing',
  // A folder of mappings that is away for a moment must not fail files for good.
  'config_invalid',
]);

/** Whether the same batch may well succeed later, without anybody touching its file. */
export const isPassing = (fault: Fault): boolean => PASSING.has(fault.code);

async function recordFailure(
  around: Surroundings,
  batch: ClaimedBatch,
  fault: Fault,
  plan: FilePlan | undefined,
  spool: RejectSpool,
  options: LoadOptions,
): Promise<void> {
  await inTransaction(around.pool, async (connection) => {
    if (fault.code === 'duplicate_file') {
      await markDuplicate(connection, batch, (fault.facts.batch_id as string | null) ?? null);
      return;
    }
    if (plan !== undefined && spool.count > 0) {
      await storeRejections(connection, batch.batchId, plan.fileHeader, spool.read(), around.keepRejections);
      await options.onRejects?.(plan, spool);
    }
    await failBatch(connection, batch, fault);
  });
}

/** One transaction for the load and its batch row; a dry run is rolled back, and its report written in another. */
async function carryOut(run: Run): Promise<Loaded> {
  const { pool } = run.around;
  let loaded: Loaded | undefined;
  try {
    await inTransaction(
      pool,
      async (connection) => {
        const { finish, ...rest } = await runLoad(connection, run);
        loaded = rest.loaded;
        if (run.batch.dryRun) throw new DryRunDone(finish);
        await finish(connection);
      },
      { idleTimeout: '60s' },
    );
  } catch (error) {
    if (!(error instanceof DryRunDone)) throw error;
    await inTransaction(pool, error.finish);
  }
  if (loaded === undefined) throw new Fault('internal', 'The load ended without a result.');
  return loaded;
}
