// Gives a restored database the name of the one that it replaces, which is kept under another. Both in one transaction.
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName, readSql } from '@cei-inoe/shared/sql';
import { type Run, withMaintenance } from './maintenance.ts';

export interface SwapRequest {
  readonly url: string;
  /** The database that was restored. */
  readonly restored: string;
  /** The name that it takes. */
  readonly name: string;
  /** End the connections of others rather than refuse. */
  readonly disconnect: boolean;
}

/** Connections take the server a moment to end. */
const GONE_MS = 10_000;
const POLL_MS = 100;

const CONNECTIONS = `
  SELECT format('%s (pid %s, %s)', coalesce(nullif(application_name, ''), 'a client'), pid, usename) AS said, pid
  FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY 1`;

/** @throws Fault restore_in_use, naming who is connected */
export async function assertFree(url: string, name: string): Promise<void> {
  await withMaintenance(url, async (run) => {
    const busy = await run(CONNECTIONS, [name]);
    if (busy.length > 0) throw makeBusy(name, busy);
  });
}

const makeBusy = (name: string, busy: readonly Record<string, unknown>[]): Fault =>
  new Fault('restore_in_use', `${busy.length} connections to ${name}.`, {
    errors: busy.map(({ said }) => ({ message: String(said) })),
  });

/**
 * @returns the name under which the database that was there is kept, or undefined where there was none
 * @throws Fault restore_in_use; nothing is switched then
 */
export async function swapNames({ url, restored, name, disconnect }: SwapRequest): Promise<string | undefined> {
  return await withMaintenance(url, async (run) => {
    const [current] = await run('SELECT datname, datallowconn FROM pg_database WHERE datname = $1', [name]);
    const kept = await chooseName(run, name);
    if (current !== undefined) {
      for (const { step } of await run(readSql('backup/inherit-database.sql'), [name, restored]))
        await run(String(step));
      // From here on nobody new comes in; who is there, goes or keeps us from it.
      await run(`ALTER DATABASE ${quoteName(name)} ALLOW_CONNECTIONS false`);
    }
    try {
      if (current !== undefined) await waitForFree(run, name, disconnect);
      await run('BEGIN');
      if (current !== undefined) await run(`ALTER DATABASE ${quoteName(name)} RENAME TO ${quoteName(kept)}`);
      await run(`ALTER DATABASE ${quoteName(restored)} RENAME TO ${quoteName(name)}`);
      await run('COMMIT');
    } catch (error) {
      await run('ROLLBACK').catch(() => undefined);
      if (current?.datallowconn === true) await run(`ALTER DATABASE ${quoteName(name)} ALLOW_CONNECTIONS true`);
      throw error;
    }
    if (current?.datallowconn === true) await run(`ALTER DATABASE ${quoteName(kept)} ALLOW_CONNECTIONS true`);
    return current === undefined ? undefined : kept;
  });
}

/** `cei_before_20261123_0917`: a name is cut off after 63 bytes, so the old one is cut before it. */
async function chooseName(run: Run, name: string): Promise<string> {
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  for (let n = 0; ; n++) {
    const kept = `${name.slice(0, 35)}_before_${stamp}${n === 0 ? '' : `_${n}`}`;
    if ((await run('SELECT FROM pg_database WHERE datname = $1', [kept])).length === 0) return kept;
  }
}

async function waitForFree(run: Run, name: string, disconnect: boolean): Promise<void> {
  for (const deadline = Date.now() + GONE_MS; ; await sleep(POLL_MS)) {
    const busy = await run(CONNECTIONS, [name]);
    if (busy.length === 0) return;
    if (!disconnect || Date.now() > deadline) throw makeBusy(name, busy);
    for (const { pid } of busy) await run('SELECT pg_terminate_backend($1)', [pid]);
  }
}
