// /batches/{id}/undo and /redo: asks an ingestor, and waits for it for a while. Changes no measurement itself.
import { FAULTS, type FaultCode } from '@cei-inoe/shared/error-catalogue';
import { Fault } from '@cei-inoe/shared/errors';
import type { Api, RouteDeps } from '../deps.ts';
import { openOperations } from '../repositories/operations.ts';
import { BatchParams } from '../schemas/batch.ts';
import { OPERATIONS, Operation, OperationParams, OperationRequest } from '../schemas/operation.ts';
import { listProblems } from '../schemas/problem.ts';

const TAGS = ['batches'];
const WAIT_MS = 30_000;
const SUMMARIES = {
  undo: 'Take a batch back, restoring what it overwrote',
  redo: 'Bring an undone batch back to its place',
} as const;

export function addOperationRoutes(app: Api, deps: RouteDeps): void {
  const operations = openOperations(deps.pool);
  for (const operation of OPERATIONS) {
    const schema = {
      tags: TAGS,
      operationId: `${operation}Batch`,
      summary: SUMMARIES[operation],
      params: BatchParams,
      body: OperationRequest.nullish(),
      response: {
        200: Operation,
        202: Operation.describe('Not done yet: `Location` tells where to look.'),
        ...listProblems(404, 409),
      },
    };
    app.post(`/batches/:batch_id/${operation}`, { schema }, async (request, reply) => {
      const gone = new AbortController();
      request.raw.once('aborted', () => gone.abort());
      const asked = await operations.request(request.params.batch_id, operation, request.body?.dry_run ?? false);
      const done = await operations.wait(asked, WAIT_MS, gone.signal);
      if (done.status === 'failed') throw makeFailure(done);
      if (done.status === 'completed') return done;
      return reply
        .code(202)
        .header('location', `${deps.prefix}/batches/${done.batch_id}/operations/${done.id}`)
        .send(done);
    });
  }
  const one = {
    tags: TAGS,
    operationId: 'getOperation',
    summary: 'An undo or redo, done or under way',
    params: OperationParams,
    response: { 200: Operation, ...listProblems(404) },
  };
  app.get('/batches/:batch_id/operations/:operation_id', { schema: one }, ({ params }) =>
    operations.find(params.batch_id, params.operation_id),
  );
}

/** The ingestor wrote the code and the message of its fault. */
function makeFailure(operation: Operation): Fault {
  const { code, message } = operation.result as { code?: string; message?: string };
  const known = code !== undefined && code in FAULTS ? (code as FaultCode) : 'internal';
  return new Fault(known, message, { facts: { operation_id: operation.id } });
}
