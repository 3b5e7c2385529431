// Finds out who asks, counts how often, and refuses who may not. Every route says what it needs: one that does not cannot be added.

import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Access, checkAccess, describeAccess, type Need, OPEN } from '../access/access.ts';
import { findKey, noteUse } from '../access/keys.ts';

declare module 'fastify' {
  interface FastifyRequest {
    access: Access;
  }
  interface FastifyContextConfig {
    need?: Need;
  }
}

export interface AccessOptions {
  /** Whether keys are asked for. */
  readonly auth: boolean;
  /** Requests in a minute, by key or else by address; 0: as many as come. */
  readonly rateLimit: number;
}

/** The page at /docs and its files know nothing of anybody. */
const isOpenPath = (path: string): boolean => /^\/docs(\/|$)/.test(path);

export async function addAccess(app: FastifyInstance, pool: Pool, options: AccessOptions): Promise<void> {
  app.decorateRequest('access');
  const failures = new WeakMap<FastifyRequest, Fault>();
  app.addHook('onRoute', (route) => {
    const needsNothing = isOpenPath(route.url) || route.method === 'OPTIONS' || route.url === '*';
    if (route.config?.need === undefined && !needsNothing)
      throw new Error(`${route.method} ${route.url} does not say what access it needs`);
  });
  app.addHook('onRequest', async (request) => {
    request.access = OPEN;
    if (!options.auth) return;
    request.access = { ...OPEN, scopes: [] };
    // Nothing hangs on the key there; and /health must not wait for a connection to look it up.
    if (request.routeOptions.config.need === 'public' || isOpenPath(request.routeOptions.url ?? '')) return;
    const found = await identify(pool, request).catch((error: unknown) => {
      if (error instanceof Fault && error.status === 401) return error;
      throw error;
    });
    if (found instanceof Fault) failures.set(request, found);
    else request.access = found;
  });
  if (options.rateLimit > 0) await addRateLimit(app, options.rateLimit);
  // After the counting, so that guessing keys is counted, too.
  app.addHook('preParsing', async (request) => {
    const { need = 'public' } = request.routeOptions.config;
    if (!options.auth || need === 'public' || request.is404) return;
    const failure = failures.get(request);
    if (failure !== undefined) throw failure;
    checkAccess(request.access, need);
  });
}

/** @throws Fault key_missing, key_invalid */
async function identify(pool: Pool, request: FastifyRequest): Promise<Access> {
  const given = readKey(request);
  if (given === undefined) throw new Fault('key_missing', `${request.method} ${request.routeOptions.url ?? ''}`);
  const key = await findKey(pool, given);
  if (key === undefined) throw new Fault('key_invalid', 'It is unknown, expired or revoked.');
  noteUse(pool, key).catch((error: unknown) => request.log.warn({ err: error }, 'the use of a key was not noted'));
  return describeAccess(key);
}

function readKey({ headers }: FastifyRequest): string | undefined {
  const named = headers['x-api-key'];
  if (typeof named === 'string' && named !== '') return named;
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

async function addRateLimit(app: FastifyInstance, max: number): Promise<void> {
  await app.register(rateLimit, {
    max,
    timeWindow: 60_000,
    enableDraftSpec: true,
    keyGenerator: ({ access, ip }) => access.who ?? ip,
    allowList: (request) => /^(\/api\/v1)?\/(health|ready)$/.test(request.routeOptions.url ?? ''),
    errorResponseBuilder: (_, { after }) => new Fault('too_many_requests', `${max} a minute; try again in ${after}.`),
  });
}
