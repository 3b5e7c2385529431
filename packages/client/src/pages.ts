// Reads lists row by row, asking for page after page. Knows both kinds: those with a cursor and those with numbered pages.
import type { Client } from 'openapi-fetch';
import type { paths } from './generated/schema.ts';
import { unwrap } from './problem.ts';

export type JsonMedia = 'application/json' | 'application/problem+json';

type JsonOf<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

/** Paths whose answer is a page of a longer list. */
export type ListPath = {
  [P in keyof paths]: JsonOf<P> extends { data: unknown[] } & ({ next_cursor: unknown } | { total_pages: unknown })
    ? P
    : never;
}[keyof paths];

/** One row of a list. */
export type RowOf<P extends ListPath> = JsonOf<P> extends { data: (infer Row)[] } ? Row : never;

type ParametersOf<P extends ListPath> = paths[P] extends { get: { parameters: infer Parameters } } ? Parameters : never;
type QueryOf<P extends ListPath> = ParametersOf<P> extends { query?: infer Query } ? NonNullable<Query> : never;
type PathOf<P extends ListPath> = ParametersOf<P> extends { path: infer Path } ? { readonly path: Path } : object;

/** `query` is that of the route, but for what turns the pages; `path` where the address has parameters. */
export type ListOptions<P extends ListPath> = {
  readonly query?: Omit<QueryOf<P>, 'cursor' | 'page' | 'format'>;
  readonly signal?: AbortSignal;
} & PathOf<P>;

interface Page<Row> {
  readonly data: readonly Row[];
  readonly next_cursor?: string | null;
  readonly page?: number;
  readonly total_pages?: number;
}

type GetPage = (
  path: string,
  init: { params: { query: object; path?: object }; signal?: AbortSignal | undefined },
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

/**
 * Every row of a list. A page is asked for when the rows of the one before are used up; leaving the loop asks for no more.
 * Readings come in one order however long that takes. Numbered lists may show a row twice when they grow meanwhile.
 * @throws ProblemError
 */
export async function* listAll<P extends ListPath>(
  client: Client<paths, JsonMedia>,
  path: P,
  options: ListOptions<P>,
): AsyncGenerator<RowOf<P>, void, undefined> {
  const { query = {}, signal } = options;
  const place = 'path' in options ? { path: options.path as object } : {};
  const get = client.GET as unknown as GetPage;
  let turn: { cursor?: string; page?: number } | undefined = {};
  while (turn !== undefined) {
    const answer = await get(path, { params: { ...place, query: { ...query, ...turn } }, signal });
    if (isBeyondEnd(answer.error, turn)) return;
    const page = (await unwrap(answer)) as Page<RowOf<P>>;
    yield* page.data;
    turn = findTurn(page);
  }
}

/** A list may have grown shorter since the page before. */
const isBeyondEnd = (error: unknown, { page = 1 }: { readonly page?: number }): boolean =>
  page > 1 && (error as { code?: unknown } | undefined)?.code === 'page_beyond_end';

/** What to ask for next; undefined after the last page. */
function findTurn({ next_cursor: cursor, page, total_pages: pages }: Page<unknown>) {
  if (cursor != null) return { cursor };
  return page !== undefined && pages !== undefined && page < pages ? { page: page + 1 } : undefined;
}
