// The client: every operation of the document by its path, and what takes several requests as methods. Holds no state but its settings.
import createFetchClient, { type Client } from 'openapi-fetch';
import { type BatchEvent, type FollowOptions, followBatch } from './events.ts';
import type { paths } from './generated/schema.ts';
import { type JsonMedia, type ListOptions, type ListPath, listAll, type RowOf } from './pages.ts';
import { type Batch, type UploadOptions, uploadFile } from './upload.ts';
import { type Operation, type WaitOptions, waitForBatch, waitForOperation } from './wait.ts';

export interface ClientSettings {
  /** Where the service answers, such as `http://localhost:8000`; with or without `/api/v1`. */
  readonly baseUrl: string;
  /** Sent as `X-API-Key`; none where keys are not asked for. */
  readonly apiKey?: string;
  /** Sends the requests instead of the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** `GET`, `POST`, `PATCH` and `DELETE` take a path of the API and answer with `data` or `error`; the others throw ProblemError. */
export interface CeiClient extends Pick<Client<paths, JsonMedia>, 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'use'> {
  /** Every row of a list, page after page. */
  listAll<P extends ListPath>(
    path: P,
    ...options: object extends ListOptions<P> ? [ListOptions<P>?] : [ListOptions<P>]
  ): AsyncGenerator<RowOf<P>, void, undefined>;
  uploadFile(options: UploadOptions): Promise<Batch>;
  waitForBatch(batchId: string, options?: WaitOptions): Promise<Batch>;
  waitForOperation(operation: Pick<Operation, 'batch_id' | 'id'>, options?: WaitOptions): Promise<Operation>;
  followBatch(batchId: string, options?: FollowOptions): AsyncGenerator<BatchEvent, void, undefined>;
}

export function createClient({ baseUrl, apiKey, fetch }: ClientSettings): CeiClient {
  const client = createFetchClient<paths, JsonMedia>({
    baseUrl: baseUrl.replace(/\/+$/, ''),
    headers: { accept: 'application/json', ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }) },
    ...(fetch === undefined ? {} : { fetch }),
  });
  return {
    GET: client.GET,
    POST: client.POST,
    PATCH: client.PATCH,
    DELETE: client.DELETE,
    use: client.use,
    listAll: (path, ...[options]) => listAll(client, path, (options ?? {}) as ListOptions<typeof path>),
    uploadFile: (options) => uploadFile(client, options),
    waitForBatch: (batchId, options) => waitForBatch(client, batchId, options),
    waitForOperation: (operation, options) => waitForOperation(client, operation, options),
    followBatch: (batchId, options) => followBatch(client, batchId, options),
  };
}
