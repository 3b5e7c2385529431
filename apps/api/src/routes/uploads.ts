// POST /batches: takes a file in and leaves a pending batch for an ingestor. Reads no line of the file.
import type { Received } from '@cei-inoe/shared/archive';
import { Fault } from '@cei-inoe/shared/errors';
import { cleanFileName } from '@cei-inoe/shared/file-name';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { Api, RouteDeps } from '../deps.ts';
import { claimStreamed } from '../plugins/idempotency.ts';
import { openBatches } from '../repositories/batches.ts';
import { submitUpload } from '../repositories/uploads.ts';
import { Batch, UploadBody, UploadFields } from '../schemas/batch.ts';
import { listProblems } from '../schemas/problem.ts';

/** Room for the text parts and the boundaries around the file. */
const ENVELOPE_BYTES = 1024 ** 2;
/** How long a refused upload may go on arriving, so that its sender gets to read the answer. */
const DRAIN_MS = 10_000;

export function addUploadRoute(app: Api, deps: RouteDeps): void {
  const batches = openBatches(deps.prisma, deps.pool);
  const schema = {
    tags: ['batches'],
    operationId: 'uploadFile',
    summary: 'Hand in a file to be loaded',
    description: 'Answers when the bytes are stored; an ingestor loads them. Follow `Location` for what becomes of it.',
    consumes: ['multipart/form-data'],
    body: UploadBody,
    response: { 202: Batch, ...listProblems(404, 409, 413, 415, 422, 507) },
  };
  app.post(
    '/batches',
    { schema, config: { need: 'ingest' }, validatorCompiler: checkUnlessBody as never },
    async (request, reply) => {
      const batchId = await takeIn(deps, request, reply);
      if (batchId === undefined) return reply;
      reply.code(202).header('location', `${deps.prefix}/batches/${batchId}`);
      return batches.find(batchId, request.access);
    },
  );
}

/** The parts are checked one by one as they come; there is no body to check beforehand. */
const checkUnlessBody: typeof validatorCompiler = (route) =>
  route.httpPart === 'body' ? (data: unknown) => ({ value: data }) : validatorCompiler(route);

async function takeIn(deps: RouteDeps, request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
  let upload: Parts | undefined;
  try {
    refuseByLength(request, deps.config.MAX_FILE_BYTES);
    upload = await readParts(deps, request);
    const { received, name } = upload;
    if (received === null) throw new Fault('upload_missing');
    const createsSources = deps.config.NEW_DATASOURCES === 'create';
    const fields = readFields(upload.fields);
    // The parts of a form, its boundaries apart.
    const content = JSON.stringify([received.sha256, name, fields]);
    if (await claimStreamed(deps.pool, request, reply, content)) {
      await deps.archive.discard(received);
      return undefined;
    }
    return await submitUpload(
      { ...deps, createsSources },
      {
        ...{ received, name, fields, insider: request.access, sourceType: 'upload' },
      },
    );
  } catch (error) {
    if (upload?.received) await deps.archive.discard(upload.received);
    drain(request);
    linkFirst(deps.prefix, error, reply);
    throw error;
  }
}

/** A sender that says how much is coming need not send it. */
export function refuseByLength(request: FastifyRequest, maxBytes: number): void {
  if (Number(request.headers['content-length']) <= maxBytes + ENVELOPE_BYTES) return;
  if (request.headers['content-length'] === undefined) return;
  throw new Fault('file_too_large', `The limit is ${maxBytes} bytes.`);
}

interface Parts {
  received: Received | null;
  name: string;
  readonly fields: Map<string, string>;
}

async function readParts({ archive, config }: RouteDeps, request: FastifyRequest): Promise<Parts> {
  const parts: Parts = { received: null, name: '', fields: new Map() };
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        addField(parts.fields, part.fieldname, part.value, part.valueTruncated);
      } else if (part.fieldname !== 'file' || parts.received !== null) {
        part.file.resume();
        throw refuse(part.fieldname, 'is not expected; send one file, in a part named `file`');
      } else {
        parts.name = cleanFileName(part.filename);
        parts.received = await archive.receive(part.file, { maxBytes: config.MAX_FILE_BYTES });
      }
    }
    return parts;
  } catch (error) {
    if (parts.received !== null) await archive.discard(parts.received);
    throw nameBroken(error);
  }
}

function addField(fields: Map<string, string>, name: string, value: unknown, truncated: boolean): void {
  if (fields.has(name)) throw refuse(name, 'is given twice');
  if (typeof value !== 'string' || truncated) throw refuse(name, 'must be a short text');
  // A form sends empty inputs too.
  if (value !== '') fields.set(name, value);
}

function readFields(fields: ReadonlyMap<string, string>): UploadFields {
  const parsed = UploadFields.safeParse(Object.fromEntries(fields));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    field: issue.code === 'unrecognized_keys' ? (issue.keys[0] ?? '') : issue.path.join('.'),
    message: issue.message,
  }));
  throw new Fault('invalid_request', `Not valid: ${errors.map((error) => error.field).join(', ')}.`, { errors });
}

const refuse = (field: string, message: string) =>
  new Fault('invalid_request', `Not valid: ${field}.`, { errors: [{ field, message }] });

/** A form that ends too early is the sender's; the parser's own errors carry no status. */
function nameBroken(error: unknown): unknown {
  const broken = error instanceof Error && /multipart|boundary|part header|premature|aborted/i.test(error.message);
  return broken && !(error instanceof Fault) && (error as { statusCode?: number }).statusCode !== 413
    ? (keepMediaType(error) ?? refuse('body', `the form is broken: ${error.message}`))
    : error;
}

const keepMediaType = (error: Error) =>
  (error as { code?: string }).code === 'FST_INVALID_MULTIPART_CONTENT_TYPE' ? error : undefined;

/** What still comes is thrown away, for a while: closing at once would cut off the answer on its way. */
export function drain(request: FastifyRequest): void {
  const { raw } = request;
  if (raw.complete || raw.destroyed) return;
  raw.unpipe();
  raw.resume();
  const timer = setTimeout(() => raw.destroy(), DRAIN_MS);
  raw.once('close', () => clearTimeout(timer));
}

export function linkFirst(prefix: string, error: unknown, reply: FastifyReply): void {
  if (!(error instanceof Fault) || error.facts.batch_id === undefined) return;
  reply.header('link', `<${prefix}/batches/${String(error.facts.batch_id)}>; rel="original"`);
}
