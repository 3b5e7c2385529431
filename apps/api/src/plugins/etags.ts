// Gives whole answers to reads an ETag and answers 304 when the reader has them already. Leaves streams alone.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Weak, as the bytes may differ by compression on the way. RFC 9110 section 13.1.2: `If-None-Match` may list several or be `*`. */
export function addEtags(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200) return payload;
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    // What a probe is told must never be a stored answer.
    if (reply.getHeader('cache-control') === 'no-store') return payload;
    const etag = reply.getHeader('etag') ?? `W/"${createHash('sha1').update(payload).digest('base64url')}"`;
    reply.header('etag', etag);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
    if (!matches(request.headers['if-none-match'], String(etag))) return payload;
    reply.code(304).removeHeader('content-length');
    return null;
  });
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((tag) => opaque(tag) === opaque(etag));
}
