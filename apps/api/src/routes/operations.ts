// /batches/{id}/undo, /redo and /replay: asks an ingestor, and waits for it for a while. Changes no measurement itself.
import type { OperationRequest } from '@cei-inoe/shared/batches';
import { FAULTS, type FaultCode } from '@cei-inoe/shared/error-catalogue';
import { type ErrorDetail, Fault } from '@cei-inoe/shared/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import type { Api, RouteDeps } from '../deps.ts';
import { type Batches, openBatches } from '../repositories/batches.ts';
import { type Operations, openOperations } from '../repositories/operations.ts';
import { BatchParams } from '../schemas/batch.ts';
import { Operation, OperationParams, ReplayRequest, TurnRequest } from '../schemas/operation.ts';
import { listProblems } from '../schemas/problem.ts';

const TAGS = ['batches'];
const WAIT_MS = 30_000;
const ANSWERS = {
  200: Operation,
  202: Operation.describe('Not done yet: `Location` tells where to look.'),
  ...listProblems(404, 409, 410, 422),
};

/** Where operations are asked for. */
type Desk = RouteDeps & { readonly operations: Operations; readonly batches: Batches };

/** A replay reads the file anew: it, too, stays inside the fence. */
const fenceIn = (options: OperationRequest, { fence }: Access): OperationRequest =>
  fence === null ? options : { ...options, fence };

/** What is asked of one batch, by which request. */
interface Asked {
  readonly batchId: string;
  readonly operation: Operation['operation'];
  readonly options: OperationRequest;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export function addOperationRoutes(app: Api, deps: RouteDeps): void {
  const operations = openOperations(deps.pool);
  const batches = openBatches(deps.prisma, deps.pool);
  const desk = { ...deps, operations, batches };
  addTurns(app, desk);
  addReplay(app, desk);
  const one = {
    tags: TAGS,
    operationId: 'getOperation',
    summary: 'An undo, redo or replay, done or under way',
    description: 'Where the answer to a request for one did not wait for its end, this is the address in `Location`.',
    params: OperationParams,
    response: { 200: Operation, ...listProblems(404) },
  };
  app.get(
    '/batches/:batch_id/operations/:operation_id',
    { schema: one, config: { need: 'batches' } },
    async ({ params, access }) => {
      await batches.find(params.batch_id, access);
      return operations.find(params.batch_id, params.operation_id);
    },
  );
}

const SUMMARIES = {
  undo: 'Take a batch back, restoring what it overwrote',
  redo: 'Bring an undone batch back to its place',
} as const;

function addTurns(app: Api, desk: Desk): void {
  for (const operation of ['undo', 'redo'] as const) {
    const schema = {
      tags: TAGS,
      operationId: `${operation}Batch`,
      summary: SUMMARIES[operation],
      description: `Done by an ingestor; the answer waits for it up to ${WAIT_MS / 1000} seconds. With \`dry_run\` it only counts.`,
      params: BatchParams,
      body: TurnRequest.nullish(),
      response: ANSWERS,
    };
    app.post(`/batches/:batch_id/${operation}`, { schema, config: { need: 'ingest' } }, (request, reply) => {
      const options = { dry_run: request.body?.dry_run ?? false };
      return carryOut(desk, { batchId: request.params.batch_id, operation, options, request, reply });
    });
  }
}

function addReplay(app: Api, desk: Desk): void {
  const schema = {
    tags: TAGS,
    operationId: 'replayBatch',
    summary: 'Load the bytes of a batch again, as a new batch in its place',
    description:
      'With the mapping of the batch as it is today, or another one, and the zone that its datasource has today. The old batch is undone. With `preview` nothing is kept, and the result says what would change.',
    params: BatchParams,
    body: ReplayRequest.nullish(),
    response: ANSWERS,
  };
  app.post('/batches/:batch_id/replay', { schema, config: { need: 'ingest' } }, (request, reply) => {
    const batchId = request.params.batch_id;
    return carryOut(desk, {
      batchId,
      operation: 'replay',
      options: listOptions(request.body),
      request,
      reply,
    });
  });
}

function listOptions(body: ReplayRequest | null | undefined): OperationRequest {
  if (body == null) return { dry_run: false };
  const { preview, dry_run: isDry, ...said } = body;
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), dry_run: isDry || preview };
}

async function carryOut({ operations, batches, ...deps }: Desk, asked: Asked): Promise<Operation> {
  const { request, reply } = asked;
  const { access } = request;
  await batches.find(asked.batchId, access);
  const gone = new AbortController();
  request.raw.once('aborted', () => gone.abort());
  const operation = await operations.request(
    asked.batchId,
    asked.operation,
    fenceIn(asked.options, access),
    access.who,
  );
  const done = await operations.wait(operation, WAIT_MS, gone.signal);
  if (done.status === 'failed') throw makeFailure(done);
  if (done.status === 'completed') return done;
  reply.code(202).header('location', `${deps.prefix}/batches/${done.batch_id}/operations/${done.id}`);
  return done;
}

/** The ingestor wrote down its fault. */
function makeFailure({ id, result }: Operation): Fault {
  const { code, message, title: _title, remedy: _remedy, errors, ...facts } = result ?? {};
  const known = code !== undefined && code in FAULTS ? (code as FaultCode) : 'internal';
  const details = Array.isArray(errors) ? (errors as ErrorDetail[]) : [];
  return new Fault(known, message, { errors: details, facts: { ...facts, operation_id: id } });
}
