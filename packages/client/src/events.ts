// Follows a batch by its server-sent events. Connects once; who wants to wait whatever happens takes `waitForBatch`.
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Client } from 'openapi-fetch';
import type { paths } from './generated/schema.ts';
import type { JsonMedia } from './pages.ts';
import { makeProblemError } from './problem.ts';
import type { Batch } from './upload.ts';

export type BatchEvent =
  | { readonly event: 'status'; readonly data: Pick<Batch, 'batch_id' | 'status' | 'attempt'> }
  /** Records and bytes so far. */
  | { readonly event: 'progress'; readonly data: Readonly<Record<string, unknown>> }
  /** The last one. */
  | { readonly event: 'done'; readonly data: Batch };

export interface FollowOptions {
  readonly signal?: AbortSignal;
}

/**
 * What happens to a batch, until it is done or the service stops. Leaving the loop closes the connection.
 * @throws ProblemError
 */
export async function* followBatch(
  client: Client<paths, JsonMedia>,
  batchId: string,
  { signal }: FollowOptions = {},
): AsyncGenerator<BatchEvent, void, undefined> {
  const { data, error, response } = await client.GET('/batches/{batch_id}/events', {
    params: { path: { batch_id: batchId } },
    headers: { accept: 'text/event-stream' },
    parseAs: 'stream',
    signal: signal ?? null,
  });
  if (data == null) throw makeProblemError(error, response);
  const events = data.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.event === undefined) continue;
      const event = { event: value.event, data: JSON.parse(value.data) } as BatchEvent;
      yield event;
      if (event.event === 'done') return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
