// Looks whether the database can be used, and waits for it where a service is told to. Opens nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, probeServer } from '@cei-inoe/shared/database';
import type { FaultCode } from '@cei-inoe/shared/error-catalogue';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import type { Log } from '@cei-inoe/shared/log';

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 15_000;
/** What passes when the server has started, or the database has been made and migrated. */
const NOT_YET: ReadonlySet<FaultCode> = new Set(['database_unreachable', 'database_missing', 'schema_missing']);

/** @throws Fault database_*, schema_missing */
export async function probeDatabase(pool: Pool): Promise<void> {
  await probeServer(pool);
  const { rows } = await pool.query<{ found: boolean }>("SELECT to_regclass('ingest_batch') IS NOT NULL AS found");
  if (rows[0]?.found !== true) throw new Fault('schema_missing');
}

/** Asks again, more and more seldom, until the database is there: a service that ended instead would be started in a loop. @throws Fault database_auth_failed and others that do not pass */
export async function awaitDatabase(pool: Pool, log: Log): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await probeDatabase(pool);
    } catch (error) {
      const fault = makeFault(error);
      if (!NOT_YET.has(fault.code)) throw fault;
      log.warn({ code: fault.code, again_in_ms: pauseMs }, `${fault.message} ${fault.remedy}`);
    }
    await sleep(pauseMs);
  }
}
