// Answers every failure as application/problem+json (RFC 9457). Decides nothing about what failed.
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { Fault } from '@cei-inoe/shared/errors';
import { hidePasswords } from '@cei-inoe/shared/log';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../schemas/problem.ts';
import { findFault } from './faults.ts';
import { findAllowedMethods, type KnownRoutes } from './known-routes.ts';

export const PROBLEM_TYPE = 'application/problem+json';
const RETRY_AFTER_SECONDS = 5;

/** Adds the handlers for thrown errors, unknown addresses and methods that an address does not take. */
export function addProblems(app: FastifyInstance, routes: KnownRoutes): void {
  app.setErrorHandler((thrown, request, reply) => sendFault(nameTypes(findFault(thrown), request), request, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = findAllowedMethods(routes, path);
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    const code = methods.length > 0 ? 'method_not_allowed' : 'not_found';
    const message = methods.length > 0 ? `${request.method} ${path}` : `There is no ${path}.`;
    return sendFault(new Fault(code, message), request, reply);
  });
}

/** A body of a type that is not read here: which are. */
function nameTypes(fault: Fault, { routeOptions }: FastifyRequest): Fault {
  if (fault.code !== 'media_type_unknown') return fault;
  const { consumes = ['application/json'] } = (routeOptions.schema ?? {}) as { consumes?: string[] };
  const message = `must be ${consumes.join(' or ')}`;
  return new Fault(fault.code, `Content-Type ${message}.`, {
    cause: fault,
    errors: [{ field: 'Content-Type', message }],
  });
}

/** The counter of requests says itself when. */
const isCrowded = ({ code }: Fault, reply: FastifyReply): boolean =>
  code === 'too_many_requests' && !reply.hasHeader('retry-after');

/** Sends `fault`; what broke inside goes to the log and not to the sender. */
export function sendFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (fault.code === 'not_ready') request.log.debug({ code: fault.code }, fault.message);
  else if (fault.status >= 500) request.log.error({ err: fault, code: fault.code }, 'request failed');
  if (fault.status === 503 || ['too_many_exports', 'idempotency_busy'].includes(fault.code) || isCrowded(fault, reply))
    reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  if (fault.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(fault.status)
    .removeHeader('etag')
    .removeHeader('content-disposition')
    .removeHeader('content-length')
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .send(makeProblem(fault, request));
}

function makeProblem(fault: Fault, request: FastifyRequest): Problem {
  const hidden = fault.code === 'internal';
  return {
    ...fault.facts,
    type: `/errors/${fault.code}`,
    title: fault.title,
    status: fault.status,
    detail: hidden ? `The log has it under the request id ${request.id}.` : hidePasswords(fault.message),
    code: fault.code,
    remedy: fault.remedy,
    errors: fault.errors.map((error) => ({ ...error })),
    instance: request.url.split('?', 1)[0] ?? '/',
    request_id: request.id,
  };
}

/** Answers bytes that are no HTTP, or headers over the limit: there is no request yet, so the answer is written by hand. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
    const line = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
    const message = tooLarge
      ? 'The address and the headers must be under 16 KiB.'
      : 'The bytes received are not HTTP/1.1.';
    const { title, remedy } = new Fault('invalid_request');
    const body = JSON.stringify({
      type: '/errors/invalid_request',
      title,
      status: tooLarge ? 431 : 400,
      detail: message,
      code: 'invalid_request',
      remedy,
      errors: [{ field: tooLarge ? 'headers' : 'request', message }],
      instance: '',
      request_id: randomUUID(),
    });
    socket.write(
      `HTTP/1.1 ${line}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
