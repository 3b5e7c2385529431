// Gives errors the codes that Prisma users know (P1001, P3018, …). Source: https://www.prisma.io/docs/orm/reference/error-reference.

const CONNECTION_CODES = new Map([
  ['28P01', 'P1000'],
  ['28000', 'P1000'],
  ['3D000', 'P1003'],
  ['42501', 'P1010'],
  ['42P04', 'P1009'],
  ['ECONNREFUSED', 'P1001'],
  ['ENOTFOUND', 'P1001'],
  ['EHOSTUNREACH', 'P1001'],
  ['ETIMEDOUT', 'P1001'],
  ['ECONNRESET', 'P1017'],
]);

/** What the engine reports of an error: `error_code` is null where Prisma has none. */
function makeReport(code, message, meta = null) {
  return { is_panic: false, message, meta, error_code: code ?? null, backtrace: null };
}

/** An error of connecting, from pg or the socket. */
export function reportConnectionError(error) {
  const cause = error instanceof AggregateError ? error.errors[0] : error;
  return makeReport(CONNECTION_CODES.get(cause.code), cause.message);
}

/** A migration whose script PostgreSQL refused; the engine itself gives this one no code. */
function reportScriptError(name, error) {
  const where = error.detail ? `\nDETAIL: ${error.detail}` : '';
  const message = [
    'A migration failed to apply. New migrations cannot be applied before the error is recovered from. Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve',
    `Migration name: ${name}`,
    `Database error code: ${error.code}`,
    `Database error:\n${error.severity ?? 'ERROR'}: ${error.message}${where}`,
  ].join('\n\n');
  return makeReport('P3018', message, { migration_name: name, database_error_code: error.code });
}

/**
 * An error that a request to the engine ended with.
 * @param scriptError what PostgreSQL said to the last script that it refused, if one was
 */
export function reportRequestError(error, method, scriptError) {
  if (method === 'applyMigrations' && scriptError && !error.code) {
    const name = /migration_name="([^"]+)"/.exec(error.message)?.[1] ?? 'unknown';
    return reportScriptError(name, scriptError);
  }
  return makeReport(error.code, error.message, error.meta ?? null);
}

/** The engine broke; nothing more can be asked of it. */
export const reportPanic = (message) => ({ ...makeReport(null, message), is_panic: true });
