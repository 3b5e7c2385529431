// Leaves the refused records of a load in rejected/, in the layout of the file. Where nothing was refused, no file is made.
import { join } from 'node:path';
import type { FilePlan } from '../model/plan.ts';
import { nameRejects } from '../stages/report/file-names.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';
import { writeRejectsCsv } from '../stages/report/rejects-csv.ts';
import type { Surroundings } from './settings.ts';

export async function keepRejects(
  around: Pick<Surroundings, 'dataDir'>,
  batch: { readonly batchId: string; readonly sourceName: string },
  plan: FilePlan,
  spool: RejectSpool,
): Promise<void> {
  const delimiter = plan.dialect.kind === 'csv' ? plan.dialect.delimiter : ',';
  const path = join(around.dataDir, 'rejected', nameRejects(batch.sourceName, batch.batchId));
  await writeRejectsCsv(path, plan.fileHeader, delimiter, spool.read());
}
