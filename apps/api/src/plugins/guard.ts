// Keeps other web pages away from a service without keys: only local names in `Host`, only pages of our own in `Origin`.
import { Fault } from '@cei-inoe/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback, readHostName } from './loopback.ts';

/** A page of another site could otherwise reach the service through the browser of whoever runs it (DNS rebinding, cross-site posts). */
export function addGuard(
  app: FastifyInstance,
  options: {
    readonly loopbackOnly: boolean;
    readonly ALLOWED_HOSTS?: readonly string[];
    readonly CORS_ORIGINS?: readonly string[];
  },
): void {
  app.addHook('onRequest', async (request) => {
    const name = readHostName(request.headers.host);
    const isAllowed = isLoopback(name) || (options.ALLOWED_HOSTS ?? []).includes(name.toLowerCase());
    if (options.loopbackOnly && !isAllowed) {
      throw new Fault('forbidden_host', `Host is "${request.headers.host ?? ''}".`);
    }
    const isWelcome = options.CORS_ORIGINS?.includes(request.headers.origin ?? '') === true;
    if (!isWelcome && isForeign(request)) throw new Fault('forbidden_origin', `Origin is "${request.headers.origin}".`);
  });
}

function isForeign(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  const own = `http://${host ?? ''}`;
  return !URL.canParse(origin) || !URL.canParse(own) || new URL(origin).host !== new URL(own).host;
}
