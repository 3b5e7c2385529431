// Gives whole answers to reads an ETag, answers 304 when the reader has them already, and says who may keep them. Streams get no tag but their own.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** Weak, as the bytes may differ by compression on the way. RFC 9110 section 13.1.2: `If-None-Match` may list several or be `*`. */
export function addEtags(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!['GET', 'HEAD'].includes(request.method) || reply.statusCode !== 200) return payload;
    // What a probe is told must never be a stored answer.
    if (reply.getHeader('cache-control') === 'no-store') return payload;
    // A cache on the way knows nothing of X-API-Key: what one key may read, it would give to all.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
    const etag = reply.getHeader('etag') ?? makeTag(payload);
    if (etag === undefined) return payload;
    reply.header('etag', etag);
    if (!matches(request.headers['if-none-match'], String(etag))) return payload;
    reply.code(304).removeHeader('content-length');
    // Fastify takes the payload of a HEAD away itself, and wants to see it.
    if (request.method === 'HEAD') return payload;
    if (payload instanceof Readable) payload.destroy();
    return null;
  });
}

const makeTag = (payload: unknown): string | undefined =>
  typeof payload === 'string' || Buffer.isBuffer(payload)
    ? `W/"${createHash('sha1').update(payload).digest('base64url')}"`
    : undefined;

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((tag) => opaque(tag) === opaque(etag));
}
