// Requests with an Idempotency-Key: the same one again gets the answer of the first and does nothing. Knows no route.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer is kept nowhere. */
    isSecret?: boolean;
  }
  interface FastifyRequest {
    /** Key under which the answer will be kept. */
    idempotencyKey: string | undefined;
  }
}

interface Kept {
  readonly fingerprint: Buffer;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly body: string | null;
}

const KEPT_HEADERS = ['content-type', 'location', 'link'];
const HOURS = 24;
/** An answer that was not kept after so long will not be: its service died. */
const DEAD_SECONDS = 120;

/** Bodies that come as streams are compared by who reads them; see `claimStreamed`. */
export function addIdempotency(app: FastifyInstance, pool: Pool): void {
  app.decorateRequest('idempotencyKey', undefined);
  app.addHook('preHandler', async (request, reply) => {
    if (request.method !== 'POST' || readKey(request) === undefined || request.routeOptions.config.isSecret) return;
    const isStreamed = request.body instanceof Readable || request.isMultipart();
    if (isStreamed) return;
    if (await claim(pool, request, reply, JSON.stringify(request.body ?? null))) return reply;
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const key = request.idempotencyKey;
    if (key === undefined) return payload;
    request.idempotencyKey = undefined;
    const body = typeof payload === 'string' ? payload : Buffer.isBuffer(payload) ? payload.toString() : null;
    // What failed on our side, or may pass, is to be tried again.
    if (reply.statusCode >= 500 || [408, 425, 429].includes(reply.statusCode) || body === null)
      await forget(pool, request, key);
    else await keep(pool, request, reply, { key, body });
    return payload;
  });
}

/**
 * For a body that came as a stream, once it is known what it was. Returns whether the answer of an earlier request was sent.
 * @throws Fault idempotency_mismatch, idempotency_busy
 */
export const claimStreamed = (
  pool: Pool,
  request: FastifyRequest,
  reply: FastifyReply,
  content: string,
): Promise<boolean> => (readKey(request) === undefined ? Promise.resolve(false) : claim(pool, request, reply, content));

const nameWho = ({ access }: FastifyRequest): string => access.who ?? 'anybody';

/** @throws Fault invalid_request */
function readKey({ headers }: FastifyRequest): string | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^[\x21-\x7e]{1,200}$/.test(given)) return given;
  const errors = [{ field: 'Idempotency-Key', message: 'must be 1 to 200 visible ASCII characters' }];
  throw new Fault('invalid_request', 'Not valid: Idempotency-Key.', { errors });
}

async function claim(pool: Pool, request: FastifyRequest, reply: FastifyReply, content: string): Promise<boolean> {
  const key = readKey(request) ?? '';
  const who = nameWho(request);
  const fingerprint = createHash('sha256').update(`${request.method} ${request.url}\n${content}`).digest();
  await pool.query('DELETE FROM idempotent_request WHERE created_at < clock_timestamp() - make_interval(hours => $1)', [
    HOURS,
  ]);
  const { rowCount } = await pool.query(
    `INSERT INTO idempotent_request AS r (who, key, fingerprint) VALUES ($1, $2, $3)
     ON CONFLICT (who, key) DO UPDATE SET created_at = clock_timestamp()
       WHERE r.status IS NULL AND r.fingerprint = excluded.fingerprint AND r.created_at < clock_timestamp() - make_interval(secs => $4)`,
    [who, key, fingerprint, DEAD_SECONDS],
  );
  if (rowCount === 1) {
    request.idempotencyKey = key;
    return false;
  }
  const { rows } = await pool.query<Kept>(
    'SELECT fingerprint, status, headers, body FROM idempotent_request WHERE who = $1 AND key = $2',
    [who, key],
  );
  const [first] = rows;
  if (first !== undefined && !first.fingerprint.equals(fingerprint))
    throw new Fault('idempotency_mismatch', `The key ${key} was sent with another request.`);
  if (first === undefined || first.status === null)
    throw new Fault('idempotency_busy', `The first request with the key ${key} is not answered yet.`);
  // Not written again by a serializer: it is the very answer.
  reply.code(first.status).headers({ ...first.headers, 'idempotency-replayed': 'true' });
  reply.serializer(String).send(first.body ?? '');
  return true;
}

async function keep(
  pool: Pool,
  request: FastifyRequest,
  reply: FastifyReply,
  { key, body }: { readonly key: string; readonly body: string },
): Promise<void> {
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
  );
  await pool
    .query('UPDATE idempotent_request SET status = $3, headers = $4, body = $5 WHERE who = $1 AND key = $2', [
      nameWho(request),
      key,
      reply.statusCode,
      JSON.stringify(headers),
      body,
    ])
    .catch((error: unknown) => request.log.error({ err: error }, 'an answer was not kept'));
}

async function forget(pool: Pool, request: FastifyRequest, key: string): Promise<void> {
  await pool
    .query('DELETE FROM idempotent_request WHERE who = $1 AND key = $2', [nameWho(request), key])
    .catch((error: unknown) => request.log.error({ err: error }, 'a claim was not given back'));
}
