// The one type of error that users meet, made from the catalogue. Knows nothing of HTTP or terminals.
import { FAULTS, type FaultCode } from './error-catalogue.ts';

/** A place in a request or file that an error speaks of. */
export interface ErrorDetail {
  readonly field?: string;
  readonly line?: number;
  readonly message: string;
}

export interface FaultOptions {
  readonly cause?: unknown;
  readonly errors?: readonly ErrorDetail[];
  /** Facts that belong into the answer beside the text, such as the id of an earlier batch. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** An expected failure: `code` is in the catalogue, `message` says what happened here. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly errors: readonly ErrorDetail[];
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: FaultCode, message?: string, options: FaultOptions = {}) {
    super(message ?? FAULTS[code].title, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.errors = options.errors ?? [];
    this.facts = options.facts ?? {};
  }

  get status(): number {
    return FAULTS[this.code].status;
  }

  get exit(): number {
    return FAULTS[this.code].exit;
  }

  get title(): string {
    return FAULTS[this.code].title;
  }

  get remedy(): string {
    return FAULTS[this.code].remedy;
  }
}

/** Turns whatever was thrown into a Fault: faults stay, known system and PostgreSQL errors get their code, the rest is `internal`. */
export function makeFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const code = findCode(thrown);
  const message = thrown instanceof Error ? describe(thrown) : String(thrown);
  return new Fault(code, message, { cause: thrown });
}

/** AggregateError (from a host with several addresses) has an empty message of its own. */
function describe(error: Error): string {
  if (error.message !== '') return error.message;
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : error.name;
}

/** SQLSTATE (five characters) and errno names that have a meaning for the user. Source: PostgreSQL manual, appendix A; errno(3). */
const KNOWN_CODES = new Map<string, FaultCode>([
  ['ECONNREFUSED', 'database_unreachable'],
  ['ENOTFOUND', 'database_unreachable'],
  ['ETIMEDOUT', 'database_unreachable'],
  ['ECONNRESET', 'database_unreachable'],
  ['ECONNABORTED', 'database_unreachable'],
  ['EPIPE', 'database_unreachable'],
  ['EHOSTUNREACH', 'database_unreachable'],
  ['57P01', 'database_unreachable'],
  ['57P02', 'database_unreachable'],
  ['57P03', 'database_unreachable'],
  ['08000', 'database_unreachable'],
  ['08001', 'database_unreachable'],
  ['08003', 'database_unreachable'],
  ['08004', 'database_unreachable'],
  ['08006', 'database_unreachable'],
  ['25P03', 'database_unreachable'],
  ['57P05', 'database_unreachable'],
  ['28P01', 'database_auth_failed'],
  ['28000', 'database_auth_failed'],
  ['3D000', 'database_missing'],
  ['53300', 'database_busy'],
  ['40P01', 'database_busy'],
  ['40001', 'database_busy'],
  ['55P03', 'database_busy'],
  ['25006', 'database_read_only'],
  ['53200', 'system_busy'],
  ['EMFILE', 'system_busy'],
  ['ENFILE', 'system_busy'],
  ['ENOMEM', 'system_busy'],
  ['42P01', 'schema_missing'],
  ['42501', 'permission_denied'],
  ['53100', 'disk_full'],
  ['ENOSPC', 'disk_full'],
  ['EDQUOT', 'disk_full'],
  ['EIO', 'disk_failing'],
  ['ESTALE', 'disk_failing'],
  ['EADDRINUSE', 'port_in_use'],
  ['EACCES', 'folder_unwritable'],
  ['EROFS', 'folder_unwritable'],
]);

function findCode(thrown: unknown): FaultCode {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (error instanceof Fault) return error.code;
    const known = KNOWN_CODES.get(String((error as { code?: unknown }).code));
    if (known !== undefined) return known;
    if (error instanceof AggregateError && error.errors.length > 0) return findCode(error.errors[0]);
    if (
      /Connection terminated|is not queryable|Client was closed|connection timeout|timeout exceeded when trying to connect/i.test(
        error.message,
      )
    ) {
      return /exceeded when trying/.test(error.message) ? 'database_busy' : 'database_unreachable';
    }
  }
  return 'internal';
}

/** The lines a terminal shows for a fault: what happened, where, what to do. */
export function describeFault(fault: Fault): string {
  const where = fault.errors.map(
    (e) => `  ${e.line === undefined ? '' : `line ${e.line}: `}${e.field ? `${e.field}: ` : ''}${e.message}`,
  );
  const first = fault.message === fault.title ? fault.title : `${fault.title} ${fault.message}`;
  return [`error ${fault.code}: ${first}`, ...where, `→ ${fault.remedy}`].join('\n');
}
