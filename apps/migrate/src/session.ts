// The connection of a run and the lock that lets one run at a time change a database. Knows no migration.
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import type pg from 'pg';
import { openSession } from '../../../prisma/engine/open-session.mjs';

export type Pool = pg.Pool;

/** The lock that Prisma's own engine takes, so that runs of either kind wait for each other. */
export const LOCK_KEY = 72707369;
const RETRY_MS = 100;

/**
 * Runs `work` on one connection and closes it.
 * @throws Fault database_unreachable, database_auth_failed, database_missing, and what `work` throws
 */
export async function withSession<T>(
  url: string,
  say: (text: string) => void,
  work: (pool: Pool) => Promise<T>,
): Promise<T> {
  const pool = openSession(url, (text) => say(`  ${text ?? ''}`));
  try {
    await pool.query('SELECT 1').catch((error: unknown) => {
      throw makeFault(error);
    });
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/**
 * Runs `work` while no other run changes the database; another run is waited for.
 * @throws Fault migration_locked after `waitMs`
 */
export async function withLock<T>(
  pool: Pool,
  waitMs: number,
  say: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + waitMs;
  for (let said = false; !(await tryLock(pool)); said = true) {
    if (Date.now() >= deadline) {
      throw new Fault('migration_locked', `Waited ${waitMs / 1000} s (MIGRATE_LOCK_WAIT_MS).`);
    }
    if (!said) say('another migration run is at work; waiting for it');
    await sleep(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    // A connection that died took its lock along.
    await pool.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
  }
}

async function tryLock(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
  return rows[0]?.taken === true;
}

/** Runs `work` in a transaction of the session's one connection. */
export async function inSessionTransaction<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  await pool.query('BEGIN');
  try {
    const result = await work();
    await pool.query('COMMIT');
    return result;
  } catch (thrown) {
    await pool.query('ROLLBACK').catch(() => undefined);
    throw thrown;
  }
}
