// What a refused request becomes: an error with the code of the catalogue. Sends nothing.
import type { components } from './generated/schema.ts';

export type Problem = components['schemas']['Problem'];

/** Thrown for every answer that is no success, and for loads and operations that failed. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** Stable name of the failure (docs/errors.md); `http_502` and the like where what answered was not the API. */
  readonly code: string;
  /** HTTP status; undefined where the request was answered and what it asked for failed later. */
  readonly status: number | undefined;
  /** All that the API said; `errors` names fields or lines. */
  readonly problem: Partial<Problem>;
  /** Seconds after which to try again, where the answer says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Partial<Problem>, response?: Response) {
    const code = problem.code ?? `http_${response?.status ?? 'none'}`;
    super([code, problem.detail ?? problem.title ?? response?.statusText].filter(Boolean).join(': '));
    this.code = code;
    this.status = response?.status;
    this.problem = problem;
    this.retryAfterSeconds = readSeconds(response?.headers.get('retry-after'));
  }
}

function readSeconds(text: string | null | undefined): number | undefined {
  return text != null && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** What an answer of openapi-fetch has; `error` is of any type, as proxies answer, too. */
interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The data of an answer: `const page = await unwrap(client.GET('/batches'))`.
 * @throws ProblemError where it is no success
 */
export async function unwrap<T>(answer: Answer<T> | PromiseLike<Answer<T>>): Promise<Exclude<T, undefined>> {
  const { data, error, response } = await answer;
  if (!response.ok) throw makeProblemError(error, response);
  return data as Exclude<T, undefined>;
}

export const makeProblemError = (body: unknown, response: Response): ProblemError =>
  new ProblemError(typeof body === 'object' && body !== null ? body : {}, response);
