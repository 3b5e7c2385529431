// Sends a file as multipart/form-data without holding it in memory. Does not wait for the load.
import type { Client } from 'openapi-fetch';
import type { components, paths } from './generated/schema.ts';
import type { JsonMedia } from './pages.ts';
import { unwrap } from './problem.ts';

export type Batch = components['schemas']['Batch'];

type Fields = NonNullable<paths['/batches']['post']['requestBody']>['content']['multipart/form-data'];

/** Bytes as they come: a Blob (a File of a browser, `openAsBlob` of Node), or anything that streams, such as `createReadStream`. */
export type FileContent = Blob | Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

export interface UploadOptions extends Omit<Fields, 'file' | 'dry_run' | 'force'> {
  readonly content: FileContent;
  /** The file's name: often it says which datasource it is of. */
  readonly name: string;
  /** Load, report, and take everything back. */
  readonly dry_run?: boolean;
  /** Load although the same bytes were loaded before. */
  readonly force?: boolean;
  /** The same key again gets the same answer: for sending again what got lost. Only for content that can be sent again. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/**
 * Hands in a file. @returns the batch, waiting to be loaded
 * @throws ProblemError such as duplicate_file, whose `problem.batch_id` is the first batch of these bytes
 */
export async function uploadFile(client: Client<paths, JsonMedia>, options: UploadOptions): Promise<Batch> {
  const { content, name, idempotencyKey, signal, ...fields } = options;
  const key: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const form = isWhole(content) ? makeForm(content, name, fields) : makeStream(content, name, fields);
  return unwrap(
    client.POST('/batches', {
      body: form.body as unknown as Fields,
      bodySerializer: () => form.body,
      headers: { ...key, ...form.headers },
      ...form.init,
      signal: signal ?? null,
    }),
  );
}

type TextFields = Omit<UploadOptions, 'content' | 'name' | 'idempotencyKey' | 'signal'>;

const isWhole = (content: FileContent): content is Blob | Uint8Array =>
  content instanceof Blob || content instanceof Uint8Array;

const listFields = (fields: TextFields) =>
  Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, String(value)] as const]));

function makeForm(content: Blob | Uint8Array, name: string, fields: TextFields) {
  const body = new FormData();
  for (const [field, value] of listFields(fields)) body.append(field, value);
  body.append('file', content instanceof Blob ? content : new Blob([content as Uint8Array<ArrayBuffer>]), name);
  return { body, headers: {}, init: {} };
}

/** A stream has no length that a form could say beforehand, and FormData takes none: its parts are written here (RFC 7578). */
function makeStream(content: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>, name: string, fields: TextFields) {
  const boundary = `cei-${crypto.randomUUID()}`;
  const body = toStream(writeParts(boundary, content as AsyncIterable<Uint8Array>, name, fields));
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  // Without it fetch refuses a body that streams.
  return { body, headers, init: { duplex: 'half' as const } };
}

/** As browsers write names. */
const quote = (name: string) => name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

async function* writeParts(
  boundary: string,
  content: AsyncIterable<Uint8Array>,
  name: string,
  fields: TextFields,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const begin = (disposition: string) => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`;
  for (const [field, value] of listFields(fields)) yield encoder.encode(`${begin(`name="${field}"`)}\r\n${value}\r\n`);
  const head = begin(`name="file"; filename="${quote(name)}"`);
  yield encoder.encode(`${head}Content-Type: application/octet-stream\r\n\r\n`);
  for await (const chunk of content) yield chunk;
  yield encoder.encode(`\r\n--${boundary}--\r\n`);
}

/** Nothing is read before it is asked for; what broke off is told to the source. */
function toStream(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
