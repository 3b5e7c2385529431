// Turns received bytes into a pending batch that an ingestor will claim. Loads nothing.
import type { Archive, Received } from '@cei-inoe/shared/archive';
import { makeBatchId } from '@cei-inoe/shared/batch-id';
import type { LoadOptions } from '@cei-inoe/shared/batches';
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import { readSql } from '@cei-inoe/shared/sql';
import { type Fence, type Insider, isInside } from '../access/access.ts';
import type { UploadFields } from '../schemas/batch.ts';
import { lockBytes } from './bytes-lock.ts';

export interface Upload {
  readonly received: Received;
  /** A name that is fit to be stored; see file-name.ts. */
  readonly name: string;
  readonly fields: UploadFields;
  readonly insider: Insider;
  readonly sourceType: 'upload' | 'api';
}

interface Source {
  readonly id: number;
  readonly external_id: string;
}

const FIND_SOURCE = readSql('api/find-upload-source.sql');
const FIND_SAME = readSql('api/find-same-bytes.sql', {
  inside: readSql('api/batch-inside.sql', { fence: '$5', who: '$6' }),
});
const INSERT = readSql('api/insert-upload.sql');

export interface UploadDeps {
  readonly pool: Pool;
  readonly archive: Archive;
  /** A datasource that nobody knows is left to the ingestor, which makes it. */
  readonly createsSources: boolean;
}

/**
 * Stores the bytes and a pending batch for them, or neither, and wakes the ingestors.
 * @returns the batch's id
 * @throws Fault datasource_unknown, duplicate_file with the fact `batch_id`
 */
export async function submitUpload(deps: UploadDeps, upload: Upload): Promise<string> {
  const { received, name, fields, insider } = upload;
  return inTransaction(deps.pool, async (connection) => {
    const mayBeNew = deps.createsSources && insider.fence === null;
    const named = await findSource(connection, fields.datasource ?? null, name, { mayBeNew, fence: insider.fence });
    await lockBytes(connection, received.sha256);
    const counts = fields.dry_run === 'false' && fields.force === 'false';
    // What an option says, a name does not: then only sources are compared.
    const comparedName = fields.datasource === undefined ? name : null;
    const newSource = named === null ? (fields.datasource ?? null) : null;
    if (counts)
      await refuseSame(connection, received.sha256, { source: named, name: comparedName, newSource }, insider);
    const batchId = makeBatchId();
    const given = fields.datasource === undefined ? null : named;
    await connection.query(INSERT, [
      batchId,
      name,
      received.sha256,
      received.sizeBytes,
      given?.id ?? null,
      fields.dry_run === 'true',
      writeJsonb(listOptions(fields, given)),
      insider.fence,
      insider.who,
      upload.sourceType,
    ]);
    // Before the commit: a batch that others can see has its bytes.
    await deps.archive.keep(received);
    await connection.query('NOTIFY cei_batch');
    return batchId;
  });
}

async function findSource(
  connection: Connection,
  option: string | null,
  name: string,
  { mayBeNew, fence }: { readonly mayBeNew: boolean; readonly fence: Fence },
): Promise<Source | null> {
  const { rows } = await connection.query<Source>(FIND_SOURCE, [option, name]);
  const [found] = rows;
  if (found !== undefined && isInside(fence, found.id)) return found;
  // Whose the file is, its name says to the ingestor, too.
  if (found !== undefined && option === null)
    throw new Fault('key_fence', `The file ${name} is of a datasource beyond the fence.`);
  if (option === null || mayBeNew) return null;
  const errors = [{ field: 'datasource', message: `there is no "${option}"` }];
  throw new Fault('datasource_unknown', `There is no datasource "${option}".`, { errors });
}

/** Whose the bytes are: a source that is known, or one that will be made, or whoever the file's name will be found to mean. */
interface Whose {
  readonly source: Source | null;
  readonly name: string | null;
  readonly newSource: string | null;
}

async function refuseSame(
  connection: Connection,
  sha256: string,
  whose: Whose,
  { fence, who }: Insider,
): Promise<void> {
  const { rows } = await connection.query<{ batch_id: string; status: string; inside: boolean }>(FIND_SAME, [
    sha256,
    whose.source?.id ?? null,
    whose.name,
    whose.newSource,
    fence,
    who,
  ]);
  const first = rows[0];
  if (first === undefined) return;
  if (!first.inside) throw new Fault('duplicate_file', 'The same bytes came before.');
  const message = `Batch ${first.batch_id} (${first.status}) has the same bytes.`;
  throw new Fault('duplicate_file', message, { facts: { batch_id: first.batch_id, batch_status: first.status } });
}

function listOptions(fields: UploadFields, source: Source | null): LoadOptions {
  return {
    ...(fields.datasource && { datasource: source?.external_id ?? fields.datasource }),
    ...(fields.mapping && { mapping: fields.mapping }),
    ...(fields.date_order && { dateOrder: fields.date_order }),
    ...(fields.date && { date: fields.date }),
    ...(fields.force === 'true' && { force: true }),
  };
}
