// GET /batches/{id}/file: the original bytes, only ever as an attachment. Interprets nothing.
import { Readable } from 'node:stream';
import type { Archive } from '@cei-inoe/shared/archive';
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { z } from 'zod';
import type { Api, RouteDeps } from '../deps.ts';
import type { Batches } from '../repositories/batches.ts';
import { checkFileKept } from '../repositories/kept.ts';
import { BatchParams } from '../schemas/batch.ts';
import { listProblems } from '../schemas/problem.ts';

export function addFileRoute(app: Api, batches: Batches, { archive, pool }: RouteDeps): void {
  const bytes = z.any().meta({ type: 'string', contentMediaType: 'application/octet-stream' });
  const schema = {
    tags: ['batches'],
    operationId: 'getBatchFile',
    summary: 'The file as it was received',
    description: 'Byte for byte, always as a download.',
    params: BatchParams,
    response: {
      200: { description: 'The bytes', content: { 'application/octet-stream': { schema: bytes } } },
      ...listProblems(404, 410),
    },
  };
  app.get('/batches/:batch_id/file', { schema, config: { need: 'batches' } }, async (request, reply) => {
    const batch = await batches.find(request.params.batch_id, request.access);
    if (batch.file_sha256 === null) throw new Fault('archive_missing', 'This batch did not come as a file.');
    const { sizeBytes } = await findFile(pool, archive, batch.file_sha256);
    // What is named by its hash never changes.
    reply.headers({
      etag: `"${batch.file_sha256}"`,
      'content-length': sizeBytes,
      'content-disposition': describeAttachment(batch.source_name ?? batch.batch_id),
      'x-content-type-options': 'nosniff',
    });
    reply.type('application/octet-stream');
    return request.method === 'HEAD' ? Readable.from([]) : archive.open(batch.file_sha256);
  });
}

/** @throws Fault archive_missing, history_pruned where the policy of keeping took it */
async function findFile(pool: Pool, archive: Archive, sha256: string): Promise<{ readonly sizeBytes: number }> {
  try {
    return await archive.find(sha256);
  } catch (error) {
    if (error instanceof Fault && error.code === 'archive_missing') await checkFileKept(pool, sha256);
    throw error;
  }
}

/** RFC 6266: an ASCII name for old clients, the whole name in UTF-8 for the others. */
function describeAttachment(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
