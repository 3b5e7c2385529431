// What the service says about itself: health, readiness, metrics, its document, its errors. Reads no user data.
import { existsSync } from 'node:fs';
import { FAULTS, REJECTIONS } from '@cei-inoe/shared/error-catalogue';
import { type ErrorDetail, Fault } from '@cei-inoe/shared/errors';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Api, RouteDeps } from '../deps.ts';
import { findFault } from '../plugins/faults.ts';
import { CatalogueAnswer, Health, Ready } from '../schemas/health.ts';
import { listProblems } from '../schemas/problem.ts';

const TAGS = ['service'];

export function addHealthRoutes(app: Api, deps: RouteDeps): void {
  addHealth(app, deps);
  addReady(app, deps);
  addMetricsRoute(app, deps);
  addErrorRoute(app);
  app.get('/openapi.json', { schema: { hide: true }, config: { need: 'public' } }, async () => app.swagger());
  // The page itself is served once; its links hold from there. Whoever opens the bare address in a browser gets it, too.
  for (const path of deps.prefix === '' ? ['/'] : ['/', '/docs'])
    app.get(path, { schema: { hide: true }, config: { need: 'public' } }, async (_, reply) => reply.redirect('/docs'));
}

function addHealth(app: Api, { probe, version }: RouteDeps): void {
  const schema = {
    tags: TAGS,
    operationId: 'getHealth',
    security: [],
    summary: 'Whether the service and its database answer',
    description:
      'Within two seconds in any case, also while all connections are taken. For load balancers and watchdogs.',
    response: { 200: Health, 403: listProblems()[403], 503: Health },
  };
  app.get('/health', { schema, config: { need: 'public' } }, async (_, reply) => {
    reply.header('cache-control', 'no-store');
    const self = { version, uptime_seconds: Math.round(process.uptime()) };
    try {
      await probe.ask('SELECT 1');
      return { status: 'ok' as const, database: 'ok', ...self };
    } catch (error) {
      const { code, title } = findFault(error);
      reply.code(503).header('retry-after', '5');
      return { status: 'unavailable' as const, database: code, detail: title, ...self };
    }
  });
}

function addReady(app: Api, deps: RouteDeps): void {
  const schema = {
    tags: TAGS,
    operationId: 'getReady',
    security: [],
    summary: 'Whether migrations are applied and the service may be used',
    description: 'Names what is missing: migrations, or the file that says that samples are in.',
    response: { 200: Ready, ...listProblems() },
  };
  app.get('/ready', { schema, config: { need: 'public' } }, async (_, reply) => {
    reply.header('cache-control', 'no-store');
    const pending = await listPending(deps);
    const errors: ErrorDetail[] = [];
    if (pending.length > 0) errors.push({ field: 'migrations', message: `not applied: ${pending.join(', ')}` });
    if (deps.config.READY_FILE !== undefined && !existsSync(deps.config.READY_FILE)) {
      errors.push({ field: 'READY_FILE', message: 'seeds and samples are still being loaded' });
    }
    if (errors.length > 0)
      throw new Fault('not_ready', errors.map((e) => `${e.field}: ${e.message}.`).join(' '), { errors });
    return { status: 'ready' as const, migrations: deps.migrations.length };
  });
}

/** Prisma's own history says what is applied; without it nothing is. */
async function listPending({ probe, migrations }: RouteDeps): Promise<string[]> {
  try {
    const applied = await probe.ask<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const names = new Set(applied.map((row) => row.migration_name));
    return migrations.filter((name) => !names.has(name));
  } catch (error) {
    if (findFault(error).code === 'schema_missing') return [...migrations];
    throw error;
  }
}

function addMetricsRoute(app: Api, { registry }: RouteDeps): void {
  const schema = {
    tags: TAGS,
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus',
    description: 'Of the process, of requests by route, of the connections, and of the batches and sources.',
    response: {
      200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } },
      ...listProblems(),
    },
  };
  app.get(
    '/metrics',
    { schema, config: { need: 'metrics' }, serializerCompiler: writeTextOrProblem as never },
    async (_, reply) => {
      reply.header('cache-control', 'no-store').type(registry.contentType);
      return registry.metrics();
    },
  );
}

/** The metrics are text already; a problem is JSON here, too. */
const writeTextOrProblem: typeof serializerCompiler = (route) =>
  route.httpStatus === '200' ? String : serializerCompiler(route);

function addErrorRoute(app: Api): void {
  const schema = {
    tags: TAGS,
    operationId: 'getError',
    summary: 'What an error code means and what to do about it',
    description: 'The entry of the catalogue: of a fault, or of a rejection of a record.',
    params: z.strictObject({ code: z.string().max(100).describe('As in `code` of a failure, such as `file_empty`.') }),
    response: { 200: CatalogueAnswer, ...listProblems(404) },
  };
  const entries = new Map<string, CatalogueAnswer>();
  for (const [code, entry] of Object.entries(REJECTIONS)) entries.set(code, { code, kind: 'rejection', ...entry });
  for (const [code, entry] of Object.entries(FAULTS)) entries.set(code, { code, kind: 'fault', ...entry });
  app.get('/errors/:code', { schema, config: { need: 'read' } }, async ({ params }) => {
    const entry = entries.get(params.code);
    if (entry === undefined) throw new Fault('not_found', `There is no error code "${params.code}".`);
    return entry;
  });
}
