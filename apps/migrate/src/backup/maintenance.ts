// Statements about databases, run from outside them. Knows no table.
import { Fault } from '@cei-inoe/shared/errors';
import { nameDatabase } from '../../../../prisma/engine/open-session.mjs';
import { withConnection } from './snapshot.ts';

/** Runs one statement. */
export type Run = (sql: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/** Runs statements outside the databases that they are about. */
export async function withMaintenance<T>(url: string, work: (run: Run) => Promise<T>): Promise<T> {
  const attempt = (database: string) =>
    withConnection(nameDatabase(url, database), (connection) =>
      work(
        async (sql, values) =>
          (await connection.query<Record<string, unknown>>(sql, values ? [...values] : undefined)).rows,
      ),
    );
  try {
    return await attempt('postgres');
  } catch (error) {
    // A server may do without it.
    if (error instanceof Fault && error.code === 'database_missing') return await attempt('template1');
    throw error;
  }
}
