// Opens the one connection that migrations run on. Loads no engine.
import pg from 'pg';

/** `?schema=` is Prisma's own parameter; PostgreSQL is told by its search_path. */
export const readSchema = (url) => new URL(url).searchParams.get('schema') ?? undefined;

/**
 * A pool of one connection that it never gives up by itself: advisory locks and open transactions belong to a connection.
 * @param url postgres://user:password@host:port/database, with `?schema=` where it is not the role's default
 * @param onNotice called with the text of each NOTICE and WARNING
 */
export function openSession(url, onNotice) {
  const schema = readSchema(url);
  const path = schema === undefined ? '' : ` -c search_path="${schema.replace(/["\\ ]/g, '\\$&')}"`;
  const pool = new pg.Pool({
    connectionString: url,
    options: `-c TimeZone=UTC${path}`,
    application_name: 'cei-migrate',
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 5_000,
  });
  // A connection that dies between two requests is met by the next request, not by the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('notice', (notice) => onNotice?.(notice.message)));
  return pool;
}

/** The URL of another database of the same server. */
export function nameDatabase(url, database) {
  const named = new URL(url);
  named.pathname = `/${encodeURIComponent(database)}`;
  return named.toString();
}
