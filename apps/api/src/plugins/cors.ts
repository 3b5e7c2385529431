// Lets web pages of certain origins call the API (CORS). Without a list there are none.
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

export async function addCors(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    exposedHeaders: [
      'content-disposition',
      'idempotency-replayed',
      'etag',
      'link',
      'location',
      'retry-after',
      'x-request-id',
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
    ],
    maxAge: 600,
  });
}
