// Puts the API together: plugins, then every route on `/` and again on `/api/v1`. Does not listen, reads no environment.
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Api, AppDeps } from './deps.ts';
import { makeExportSlots } from './exports/slots.ts';
import { addAccess } from './plugins/access.ts';
import { addAudit } from './plugins/audit.ts';
import { addCors } from './plugins/cors.ts';
import { addEtags } from './plugins/etags.ts';
import { findFault } from './plugins/faults.ts';
import { addGuard } from './plugins/guard.ts';
import { addIdempotency } from './plugins/idempotency.ts';
import { noteRoutes } from './plugins/known-routes.ts';
import { addMetrics } from './plugins/metrics.ts';
import { addDocument, addDocumentPage } from './plugins/openapi.ts';
import { addProblems, answerClientError, sendFault } from './plugins/problems.ts';
import { addRequestIds, makeLogController, makeRequestId } from './plugins/request-ids.ts';
import { closeSilentConnections } from './plugins/silent-connections.ts';
import { refuseUnknownQueries } from './plugins/strict-queries.ts';
import { openFollowing } from './repositories/progress.ts';
import { addRoutes } from './routes/index.ts';

export const PREFIXES = ['', '/api/v1'] as const;

const BODY_LIMIT_BYTES = 1024 ** 2;
/** A connection on which nothing moves for so long is closed; slow answers still have to come within it. */
const IDLE_TIMEOUT_MS = 120_000;

/** @returns an app that is ready for `inject` and `listen` */
export async function buildApp(deps: AppDeps): Promise<Api> {
  const app: Api = Fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: makeLogController(),
    // A name of 200 characters, each of up to three bytes that are written %XX.
    routerOptions: { maxParamLength: 200 * 9 },
    genReqId: makeRequestId,
    bodyLimit: BODY_LIMIT_BYTES,
    connectionTimeout: IDLE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => sendFault(findFault(error), request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  // Nothing here reads plain text; with its parser, such a body would be told it is a bad object.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  const known = noteRoutes(app);
  closeSilentConnections(app);
  refuseUnknownQueries(app);
  addRequestIds(app);
  addGuard(app, deps.config);
  addProblems(app, known);
  await addCors(app, deps.config.CORS_ORIGINS ?? []);
  await addAccess(app, deps.pool, { auth: deps.config.auth === true, rateLimit: deps.config.rateLimit ?? 0 });
  addAudit(app, deps.pool);
  addIdempotency(app, deps.pool);
  addEtags(app);
  const registry = addMetrics(app, deps.pool);
  for (const metric of deps.metrics ?? []) registry.registerMetric(metric);
  await app.register(helmet, SECURITY_HEADERS);
  // The archive holds the limit of the file itself; text parts are names.
  await app.register(multipart, {
    limits: { fileSize: Number.MAX_SAFE_INTEGER, files: 2, fields: 20, fieldSize: 4096, fieldNameSize: 100 },
  });
  await addDocument(app, deps.version);
  const following = openFollowing(deps.pool);
  app.addHook('preClose', async () => following.close());
  const shared = { ...deps, registry, following, slots: makeExportSlots(deps.pool.options.max ?? 10) };
  for (const prefix of PREFIXES) {
    await app.register(async (scope) => addRoutes(scope as Api, { ...shared, prefix }), { prefix });
  }
  await addDocumentPage(app);
  await app.ready();
  return app;
}

/** The page at /docs loads its own files only. No upgrade to https: the service itself speaks http. */
const SECURITY_HEADERS = {
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
    },
  },
};
