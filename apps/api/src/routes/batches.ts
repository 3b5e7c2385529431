// /batches: list, find, sum up, and hand out refusals and original files. Takes nothing in; see uploads.ts.
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Api, RouteDeps } from '../deps.ts';
import { negotiate } from '../negotiate.ts';
import { type Batches, openBatches } from '../repositories/batches.ts';
import { openRejectionsCsv } from '../repositories/rejections.ts';
import {
  Batch,
  BatchFilters,
  BatchPage,
  BatchParams,
  BatchQuery,
  BatchSummary,
  RejectionPage,
  RejectionQuery,
} from '../schemas/batch.ts';
import { listProblems } from '../schemas/problem.ts';
import { describePage } from '../schemas/query.ts';
import { addFileRoute } from './batch-file.ts';

const TAGS = ['batches'];

export function addBatchRoutes(app: Api, deps: RouteDeps): void {
  const batches = openBatches(deps.prisma, deps.pool);
  addReads(app, batches);
  addRejections(app, batches, deps);
  addFileRoute(app, batches, deps);
}

function addReads(app: Api, batches: Batches): void {
  const list = {
    tags: TAGS,
    operationId: 'listBatches',
    summary: 'Batches, newest first',
    description: 'Every load there was, whichever way it came in, with what became of it.',
    querystring: BatchQuery,
    response: { 200: BatchPage, ...listProblems() },
  };
  app.get('/batches', { schema: list, config: { need: 'batches' } }, async ({ query, access }) => {
    const { rows, total } = await batches.list(query, access);
    return { data: rows, ...describePage(total, query) };
  });

  const summary = {
    tags: TAGS,
    operationId: 'summarizeBatches',
    summary: 'Batches and their records, by dataset and status',
    description: 'Counts of the batches that the filters leave.',
    querystring: BatchFilters,
    response: { 200: BatchSummary, ...listProblems() },
  };
  app.get('/batches/summary', { schema: summary, config: { need: 'batches' } }, async ({ query, access }) =>
    batches.summarize(query, access),
  );

  const one = {
    tags: TAGS,
    operationId: 'getBatch',
    summary: 'One batch',
    description: 'With its counts, and with the reason where it failed. `status` says whether it is still under way.',
    params: BatchParams,
    response: { 200: Batch, ...listProblems(404) },
  };
  app.get('/batches/:batch_id', { schema: one, config: { need: 'batches' } }, async ({ params, access }) =>
    batches.find(params.batch_id, access),
  );
}

function addRejections(app: Api, batches: Batches, { pool, slots }: RouteDeps): void {
  const schema = {
    tags: TAGS,
    operationId: 'listRejections',
    summary: 'The records of a batch that were refused, and why',
    description: 'As CSV (`Accept: text/csv`): a line per refused cell, all of them.',
    params: BatchParams,
    querystring: RejectionQuery,
    response: {
      200: {
        description: 'Refused records',
        content: { 'application/json': { schema: RejectionPage }, 'text/csv': { schema: z.any() } },
      },
      ...listProblems(404),
    },
  };
  app.get('/batches/:batch_id/rejections', { schema, config: { need: 'batches' } }, async (request, reply) => {
    const { batch_id: batchId } = request.params;
    reply.header('vary', 'accept');
    if (negotiate(request.headers.accept, ['application/json', 'text/csv']) === 'text/csv') {
      await batches.find(batchId, request.access);
      reply.header('content-disposition', `attachment; filename="rejections-${batchId}.csv"`);
      reply.type('text/csv; charset=utf-8');
      if (request.method === 'HEAD') return Readable.from([]);
      return slots.run(request.access.who, () => openRejectionsCsv(pool, batchId));
    }
    const { rows, total } = await batches.listRejections(batchId, request.query, request.access);
    return { data: rows, ...describePage(total, request.query) };
  });
}
