// The form of every failure (RFC 9457) and how routes declare it. Knows no code.
import { z } from 'zod';

export const Problem = z
  .looseObject({
    type: z.string().describe('Address of the entry in the error catalogue, such as /errors/file_empty.'),
    title: z.string().describe('What happened, the same for every failure of this code.'),
    status: z.int(),
    detail: z.string().describe('What happened here.'),
    code: z.string().describe('Stable name of the failure, for programs.'),
    remedy: z.string().describe('What to do about it.'),
    errors: z.array(z.object({ field: z.string().optional(), line: z.int().optional(), message: z.string() })),
    instance: z.string().describe('The address that was asked for.'),
    request_id: z.string().describe('Stands in the log, too.'),
  })
  .meta({
    id: 'Problem',
    description: 'Why a request failed. Further members are facts of the failure, such as batch_id.',
  });

export type Problem = z.output<typeof Problem>;

const DESCRIPTIONS = {
  400: 'The request is not valid.',
  401: 'An API key is needed, or the one that was sent is not valid.',
  403: 'Refused.',
  404: 'Not found.',
  409: 'It contradicts what is stored.',
  410: 'It was here and is gone.',
  413: 'Too large.',
  415: 'The body is of a type that is not read here.',
  422: 'The content cannot be used.',
  429: 'Too many; `Retry-After` says when to try again.',
  500: 'Something broke inside.',
  503: 'Not at this time; `Retry-After` says when to try again.',
  507: 'The disk is full.',
} as const;

type ProblemStatus = keyof typeof DESCRIPTIONS;
type ProblemResponse = { description: string; content: { 'application/problem+json': { schema: typeof Problem } } };

const describeProblem = (status: ProblemStatus): ProblemResponse => ({
  description: DESCRIPTIONS[status],
  content: { 'application/problem+json': { schema: Problem } },
});

const ANY = [400, 401, 403, 429, 500, 503] as const;
type AnyStatus = (typeof ANY)[number];

/** The failures that any route can end in, and those of `statuses`. */
export function listProblems<S extends ProblemStatus>(...statuses: S[]): Record<S | AnyStatus, ProblemResponse> {
  const all = [...ANY, ...statuses] as (S | AnyStatus)[];
  return Object.fromEntries(all.map((status) => [status, describeProblem(status)])) as ReturnType<
    typeof listProblems<S>
  >;
}
