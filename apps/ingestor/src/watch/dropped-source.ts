// Which datasource a dropped file seems to be of, before it is read. Only for its place in the queue: the load decides.
import { makeFault } from '@cei-inoe/shared/errors';
import { cleanFileName } from '@cei-inoe/shared/file-name';
import type { Surroundings } from '../compose/settings.ts';
import type { Source } from '../model/plan.ts';
import { findSource, findSourceByFileName } from '../stages/map/find-source.ts';

/** Known from folder or name, or not: files of one source keep their order in the queue. A name that fits several is settled by the load. */
export async function findDroppedSource(
  { pool }: Surroundings,
  name: string,
  folder: string,
): Promise<Source | undefined> {
  if (folder !== '') return findSource(pool, folder);
  return findSourceByFileName(pool, cleanFileName(name)).catch((error: unknown) => {
    if (makeFault(error).code === 'datasource_missing') return undefined;
    throw error;
  });
}
