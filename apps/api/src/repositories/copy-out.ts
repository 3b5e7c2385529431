// Streams the result of a COPY … TO STDOUT. Takes a connection for as long as the reader reads, and gives it back in every case.
import { once } from 'node:events';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import type { Connection, Pool } from '@cei-inoe/shared/database';
import { to as copyTo } from 'pg-copy-streams';
import { checkKept } from './kept.ts';

/** A slow reader may take its time; a statement that nobody ends must not live for ever. */
const EXPORT_TIMEOUT_MS = 3_600_000;

/**
 * Starts `sql` and @returns its bytes, once the first have come, so that what PostgreSQL refuses is still an error and not half an
 * answer. Destroying the stream ends the query: its connection is closed.
 * @throws Fault history_pruned where `asOf` is given and no longer known
 */
export async function openCopy(pool: Pool, sql: string, asOf?: string): Promise<Readable> {
  const connection = await pool.connect();
  const output = new PassThrough();
  // A connection that dies between queries tells its listeners; without one the process would end.
  const onError = (error: Error) => output.destroy(error);
  connection.on('error', onError);
  const finish = async (error?: Error | null) => {
    const broken = error ?? (await commit(connection));
    connection.off('error', onError);
    connection.release(broken ?? undefined);
  };
  try {
    // Rows come in the order in which one process finds them. Without whole sorts it goes by the index: the first bytes come at
    // once, and nothing is spilled to disk.
    await connection.query(
      `BEGIN ${asOf === undefined ? '' : 'ISOLATION LEVEL REPEATABLE READ '}READ ONLY; SET LOCAL statement_timeout = ${EXPORT_TIMEOUT_MS};
        SET LOCAL enable_sort = off; SET LOCAL max_parallel_workers_per_gather = 0`,
    );
    if (asOf !== undefined) await checkKept(connection, asOf);
  } catch (error) {
    await finish(error as Error);
    throw error;
  }
  pipeline(connection.query(copyTo(sql)), output, (error) => void finish(error));
  await once(output, 'readable');
  return output;
}

async function commit(connection: Connection): Promise<Error | null> {
  try {
    await connection.query('COMMIT');
    return null;
  } catch (error) {
    return error as Error;
  }
}
