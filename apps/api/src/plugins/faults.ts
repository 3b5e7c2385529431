// Turns whatever a request threw into a Fault of the catalogue. Sends nothing.
import type { FaultCode } from '@cei-inoe/shared/error-catalogue';
import { type ErrorDetail, Fault, makeFault } from '@cei-inoe/shared/errors';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

/** Codes of Fastify, its multipart plugin and Prisma that are the sender's or the database's doing. */
const FOREIGN_CODES = new Map<string, FaultCode>([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'media_type_unknown'],
  ['FST_INVALID_MULTIPART_CONTENT_TYPE', 'media_type_unknown'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body_too_large'],
  ['FST_PARTS_LIMIT', 'body_too_large'],
  ['FST_FILES_LIMIT', 'body_too_large'],
  ['FST_FIELDS_LIMIT', 'body_too_large'],
  ['FST_ERR_NOT_FOUND', 'not_found'],
  ['P1000', 'database_auth_failed'],
  ['P1001', 'database_unreachable'],
  ['P1002', 'database_unreachable'],
  ['P1003', 'database_missing'],
  ['P1008', 'database_busy'],
  ['P1017', 'database_unreachable'],
  ['P2010', 'internal'],
  ['P2021', 'schema_missing'],
  ['P2022', 'schema_missing'],
  ['P2024', 'database_busy'],
  ['P2037', 'database_busy'],
  ['57014', 'database_busy'],
]);

/** Faults that triggers raise by beginning their message with the code. */
const RAISED = /\b(zone_invalid|zone_in_use): (.*)/;

/** @returns the Fault that says what `thrown` means for the sender of the request */
export function findFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) return describeInvalid(thrown);
  if (isCutShort(thrown)) {
    const errors = [{ field: 'body', message: 'ended before all of it had come' }];
    return new Fault('invalid_request', 'Not valid: body.', { cause: thrown, errors });
  }
  const raised = findRaised(thrown);
  if (raised !== null) return raised;
  const code = findForeignCode(thrown);
  if (code !== null) return new Fault(code, shorten(thrown), { cause: thrown });
  if (isSendersDoing(thrown)) {
    const message = shorten(thrown);
    const errors = isOfBody(thrown) ? [{ field: 'body', message }] : [];
    return new Fault('invalid_request', message, { cause: thrown, errors });
  }
  return makeFault([...listCauses(thrown)].at(-1) ?? thrown);
}

function describeInvalid(thrown: {
  validationContext?: string | undefined;
  validation: readonly { instancePath: string; message?: string; params?: object }[];
}): Fault {
  const errors: ErrorDetail[] = thrown.validation.map((issue) => ({
    field: findField(issue) || (thrown.validationContext ?? 'request'),
    message: issue.message ?? 'is not valid',
  }));
  const fields = [...new Set(errors.map((error) => error.field))].join(', ');
  return new Fault('invalid_request', `Not valid: ${fields}.`, { errors });
}

/** zod reports an unknown key at its parent; the sender wants to read the key. */
function findField(issue: { instancePath: string; params?: object }): string {
  const params = (issue.params ?? {}) as { keys?: string[]; issue?: { keys?: string[] } };
  const keys = params.keys ?? params.issue?.keys ?? [];
  return [...issue.instancePath.split('/').filter((part) => part !== ''), ...keys.slice(0, 1)].join('.');
}

/** Prisma's messages quote the source around the call; the last line says what happened. */
function shorten(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function findRaised(thrown: unknown): Fault | null {
  for (const error of listCauses(thrown)) {
    const match = RAISED.exec(error.message);
    if (match !== null) {
      const code = match[1] as 'zone_invalid' | 'zone_in_use';
      const message = `${match[2]?.replace(/[`.\s]+$/, '')}.`;
      return new Fault(code, message, { cause: thrown, errors: [{ field: 'timezone', message }] });
    }
  }
  return null;
}

function findForeignCode(thrown: unknown): FaultCode | null {
  for (const error of listCauses(thrown)) {
    const code = FOREIGN_CODES.get(String((error as { code?: unknown }).code));
    if (code !== undefined && code !== 'internal') return code;
  }
  return null;
}

/** Node's words for a sender that goes away. By its code alone it looks like a database that does. */
const isCutShort = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.message === 'aborted' && (thrown as { code?: unknown }).code === 'ECONNRESET';

/** Fastify's words for a body that is empty or no JSON. */
const isOfBody = (thrown: unknown): boolean =>
  /^FST_ERR_CTP_/.test(String((thrown as { code?: unknown }).code)) || thrown instanceof SyntaxError;

function isSendersDoing(thrown: unknown): boolean {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function* listCauses(thrown: unknown): Generator<Error> {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 6; depth++) {
    yield error;
    error = readDriverError(error) ?? error.cause;
  }
}

/** Prisma hides the driver's error in `meta`, and PostgreSQL's in the cause of that, which is no Error. */
function readDriverError(error: Error): Error | undefined {
  const driver = (error as { meta?: { driverAdapterError?: unknown } }).meta?.driverAdapterError;
  if (driver instanceof Error) return driver;
  const { originalCode: code, originalMessage: message } = (error.cause ?? {}) as Record<string, unknown>;
  return typeof code === 'string' ? Object.assign(new Error(String(message)), { code }) : undefined;
}
