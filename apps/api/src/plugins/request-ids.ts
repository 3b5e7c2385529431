// Gives each request an id that stands in its log lines and in `X-Request-Id`, and decides which lines are written. Writes none.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type FastifyInstance, LogController } from 'fastify';

/** The id the sender gave, where it is fit for a log; else a new one. */
export function makeRequestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

export function addRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
}

/** One line per request, at its end, without the query: what people look for is nobody's business in a log. */
export function makeLogController(): LogController {
  return Object.assign(new LogController({ requestIdLogLabel: 'requestId' }), {
    incomingRequest: () => undefined,
    requestCompleted: (...[error, request, reply]: Parameters<LogController['requestCompleted']>) => {
      const { method, url } = request;
      const durationMs = Math.round(reply.elapsedTime);
      // Not `url`: that is a secret path of the log, as database URLs are.
      const line = { method, path: url.split('?', 1)[0], status: reply.statusCode, durationMs };
      if (error) request.log.error({ ...line, err: error }, 'answer broke off');
      else request.log.info(line, 'answered');
    },
  });
}
