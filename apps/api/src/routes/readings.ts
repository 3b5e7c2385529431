// POST /energy/hourly and its siblings: readings as JSON or NDJSON. They become a file of NDJSON and a batch, which an ingestor loads.
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Received } from '@cei-inoe/shared/archive';
import { DATASETS, type DatasetName } from '@cei-inoe/shared/datasets';
import { FAULTS, type FaultCode } from '@cei-inoe/shared/error-catalogue';
import { Fault } from '@cei-inoe/shared/errors';
import type { FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { Access } from '../access/access.ts';
import type { Api, RouteDeps } from '../deps.ts';
import { claimStreamed } from '../plugins/idempotency.ts';
import { type Batches, openBatches } from '../repositories/batches.ts';
import { submitUpload } from '../repositories/uploads.ts';
import { Batch, UploadFields } from '../schemas/batch.ts';
import { listProblems } from '../schemas/problem.ts';
import { MAX_READINGS, makeReadingsBody, ReadingsQuery, ReadingsResult } from '../schemas/readings.ts';

import { drain, linkFirst, refuseByLength } from './uploads.ts';

const WAIT_MS = 30_000;
const POLL_MS = 100;
/** As many readings as may come in an array, with all that a reading can say. */
const BODY_LIMIT_BYTES = MAX_READINGS * 1024;
const SHOWN_REJECTIONS = 1_000;
const NDJSON_TYPE = 'application/x-ndjson';

const ROUTES: readonly {
  readonly path: string;
  readonly dataset: DatasetName;
  readonly mapping: string;
  readonly name: string;
}[] = [
  { path: '/energy/hourly', dataset: 'energy_hourly', mapping: 'readings_energy_hourly', name: 'EnergyHourly' },
  { path: '/energy/daily', dataset: 'energy_daily', mapping: 'readings_energy_daily', name: 'EnergyDaily' },
  {
    path: '/environmental',
    dataset: 'environmental_metrics',
    mapping: 'readings_environmental',
    name: 'Environmental',
  },
  { path: '/dairy/daily', dataset: 'dairy_production', mapping: 'readings_dairy', name: 'DairyDaily' },
];

export function addReadingRoutes(app: Api, deps: RouteDeps): void {
  const batches = openBatches(deps.prisma, deps.pool);
  // As it comes: lines are looked at by the load.
  app.addContentTypeParser(NDJSON_TYPE, (_, payload, done) => done(null, payload));
  for (const { path, dataset, mapping, name } of ROUTES) {
    const schema = {
      tags: ['measurements'],
      operationId: `post${name}`,
      summary: 'Hand in readings',
      description: `A JSON array of at most ${MAX_READINGS} readings, or NDJSON (\`${NDJSON_TYPE}\`) of any length.`,
      consumes: ['application/json', NDJSON_TYPE],
      querystring: ReadingsQuery,
      body: makeReadingsBody(DATASETS[dataset]),
      response: {
        200: ReadingsResult,
        202: Batch.describe('Not loaded yet: `Location` tells where to look.'),
        ...listProblems(409, 413, 415, 422, 507),
      },
    };
    app.post(
      path,
      {
        schema,
        config: { need: 'ingest' },
        bodyLimit: BODY_LIMIT_BYTES,
        validatorCompiler: checkUnlessStream as never,
      },
      async (request, reply) => {
        const received = await store(deps, request);
        if (request.body instanceof Readable && (await claimStreamed(deps.pool, request, reply, received.sha256))) {
          await deps.archive.discard(received);
          return reply;
        }
        const handed = { dataset, mapping, access: request.access, force: request.query.force };
        const batchId = await submit(deps, received, handed).catch((error: unknown) => {
          linkFirst(deps.prefix, error, reply);
          throw error;
        });
        const batch = await awaitEnd(batches, batchId, request);
        if (batch.status === 'failed') throw makeFailure(batch);
        if (batch.status === 'completed') {
          const page = { page: 1, page_size: SHOWN_REJECTIONS };
          const { rows: rejections } = await batches.listRejections(batchId, page, request.access);
          return { batch, rejections };
        }
        reply.code(202).header('location', `${deps.prefix}/batches/${batchId}`);
        return batch;
      },
    );
  }
}

type Body = Readable | readonly object[];

/** Fastify wants it for this very schema; it takes any. */
const checkUnlessStream: typeof validatorCompiler = (route) => {
  const check = validatorCompiler(route);
  return (data: unknown) => (data instanceof Readable ? { value: data } : check(data));
};

/** @throws Fault file_too_large, file_empty, disk_full */
async function store({ archive, config }: RouteDeps, request: FastifyRequest): Promise<Received> {
  const body = request.body as Body;
  const limits = { maxBytes: config.MAX_FILE_BYTES };
  if (!(body instanceof Readable)) return archive.receive(Readable.from(writeLines(body)), limits);
  try {
    refuseByLength(request, config.MAX_FILE_BYTES);
    return await archive.receive(tap(body), limits);
  } catch (error) {
    drain(request);
    throw error;
  }
}

/** Its bytes; who stops reading them does not close the connection, on which the answer is still to be sent. */
function tap(body: Readable): Readable {
  const bytes = new PassThrough();
  body.once('error', (error) => bytes.destroy(error));
  return body.pipe(bytes);
}

function* writeLines(readings: readonly object[]): Generator<Buffer> {
  for (const reading of readings) yield Buffer.from(`${JSON.stringify(reading)}\n`);
}

interface Handed {
  readonly dataset: DatasetName;
  readonly mapping: string;
  readonly access: Access;
  readonly force: 'true' | 'false';
}

async function submit(
  deps: RouteDeps,
  received: Received,
  { dataset, mapping, access, force }: Handed,
): Promise<string> {
  try {
    const createsSources = deps.config.NEW_DATASOURCES === 'create';
    return await submitUpload(
      { ...deps, createsSources },
      {
        received,
        name: `readings-${dataset}.ndjson`,
        fields: UploadFields.parse({ mapping, force }),
        insider: access,
        sourceType: 'api',
      },
    );
  } catch (error) {
    await deps.archive.discard(received);
    throw error;
  }
}

/** The batch when it has ended, or as it is after a while. */
async function awaitEnd(batches: Batches, batchId: string, { access, raw }: FastifyRequest): Promise<Batch> {
  const deadline = performance.now() + WAIT_MS;
  let batch = await batches.find(batchId, access);
  while (['pending', 'processing'].includes(batch.status) && performance.now() < deadline && !raw.socket.destroyed) {
    await sleep(POLL_MS);
    batch = await batches.find(batchId, access);
  }
  return batch;
}

/** The ingestor wrote down why. */
function makeFailure({ batch_id: batchId, error }: Batch): Fault {
  const { code = 'internal', message } = (error ?? {}) as { code?: string; message?: string };
  const known = code in FAULTS ? (code as FaultCode) : 'internal';
  return new Fault(known, message, { facts: { batch_id: batchId } });
}
