// GET /batches/{id}/events: server-sent events of one batch until it has ended. Reads, and waits.
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Access } from '../access/access.ts';
import type { Api, RouteDeps } from '../deps.ts';
import { type Batches, openBatches } from '../repositories/batches.ts';
import type { ProgressFeed } from '../repositories/progress.ts';
import { type Batch, BatchParams } from '../schemas/batch.ts';
import { listProblems } from '../schemas/problem.ts';

const POLL_MS = 500;
/** Proxies close what is silent for a minute. */
const SILENCE_MS = 15_000;

export function addEventRoute(app: Api, deps: RouteDeps): void {
  const batches = openBatches(deps.prisma, deps.pool);
  const { feed, stopping, enter } = deps.following;
  const schema = {
    tags: ['batches'],
    operationId: 'followBatch',
    summary: 'What happens to a batch, as server-sent events',
    description:
      '`status` at the beginning and when it changes, `progress` while it is loaded, and `done` with the whole batch at the end.',
    params: BatchParams,
    response: {
      200: { description: 'text/event-stream', content: { 'text/event-stream': { schema: z.any() } } },
      ...listProblems(404),
    },
  };
  app.get('/batches/:batch_id/events', { schema, config: { need: 'batches' } }, async (request, reply) => {
    const { access, params } = request;
    const batch = await batches.find(params.batch_id, access);
    const describe = () =>
      reply
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .type('text/event-stream; charset=utf-8');
    if (request.method === 'HEAD') return describe().send(Readable.from([]));
    const leave = enter();
    describe();
    const gone = new AbortController();
    const signal = AbortSignal.any([stopping, gone.signal]);
    // A generator that waits is not told that nobody reads it any more.
    reply.raw.once('close', () => {
      leave();
      gone.abort();
    });
    return Readable.from(follow({ batches, feed, access, signal }, batch));
  });
}

interface Around {
  readonly batches: Batches;
  readonly feed: ProgressFeed;
  readonly access: Access;
  readonly signal: AbortSignal;
}

const hasEnded = ({ status }: Batch): boolean => status !== 'pending' && status !== 'processing';
const write = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const describeStatus = ({ batch_id, status, attempt }: Batch) => ({ batch_id, status, attempt });

async function* follow({ batches, feed, access, signal }: Around, first: Batch): AsyncGenerator<string> {
  let batch = first;
  const notes: string[] = [];
  const stop = feed.follow(first.batch_id, (note) => notes.push(write('progress', note)));
  try {
    yield `retry: 2000\n\n${write('status', describeStatus(batch))}`;
    let quietSince = performance.now();
    while (!hasEnded(batch) && !signal.aborted) {
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      const now = await batches.find(first.batch_id, access);
      if (now.status !== batch.status && !hasEnded(now)) notes.push(write('status', describeStatus(now)));
      batch = now;
      if (notes.length === 0 && performance.now() - quietSince > SILENCE_MS) notes.push(': still there\n\n');
      if (notes.length === 0) continue;
      quietSince = performance.now();
      yield notes.splice(0).join('');
    }
    if (hasEnded(batch)) yield write('done', batch);
  } finally {
    stop();
  }
}
