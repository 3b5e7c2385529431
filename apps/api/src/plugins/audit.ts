// Writes down who wrote what, when the answer is out. Append-only.
import type { Pool } from '@cei-inoe/shared/database';
import type { FastifyInstance } from 'fastify';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const INSERT = `
  INSERT INTO audit_entry (api_key_id, key_name, method, path, status, request_id, at) VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7))`;

/** The path without its query: what is in there is nobody's business. Requests that were not let in at all are in the log. */
export function addAudit(app: FastifyInstance, pool: Pool): void {
  app.addHook('onResponse', async (request, reply) => {
    if (READS.has(request.method) || reply.statusCode === 401 || reply.statusCode === 429 || request.is404) return;
    const { keyId, keyName } = request.access;
    // To the microsecond, and now: entries of one another may overtake each other on their way.
    const atSeconds = (performance.timeOrigin + performance.now()) / 1_000;
    const path = request.url.split('?', 1)[0] ?? '';
    await pool
      .query(INSERT, [keyId, keyName, request.method, path.slice(0, 500), reply.statusCode, request.id, atSeconds])
      .catch((error: unknown) => request.log.error({ err: error }, 'an entry of the audit is missing'));
  });
}
