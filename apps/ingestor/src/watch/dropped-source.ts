// Which datasource a dropped file seems to be of, before it is read. Only for its place in the queue: the load decides.
import { cleanFileName } from '@cei-inoe/shared/file-name';
import type { Surroundings } from '../compose/settings.ts';
import type { Source } from '../model/plan.ts';
import { findSource, findSourcesByFileNames } from '../stages/map/find-source.ts';

type Place = { readonly name: string; readonly folder: string };

/** Known from folder or name, or not: files of one source keep their order in the queue. A name that fits several is settled by the load. */
export async function findDroppedSources(
  { pool }: Surroundings,
  files: readonly Place[],
): Promise<readonly (Source | undefined)[]> {
  const folders = [...new Set(files.map(({ folder }) => folder))].filter((folder) => folder !== '');
  const byFolder = new Map<string, Source | undefined>();
  for (const folder of folders) byFolder.set(folder, await findSource(pool, folder));
  const loose = files.filter(({ folder }) => folder === '');
  const names = loose.map(({ name }) => cleanFileName(name));
  const named = names.length === 0 ? [] : await findSourcesByFileNames(pool, names);
  return files.map((file) => (file.folder === '' ? named[loose.indexOf(file)] : byFolder.get(file.folder)));
}

export async function findDroppedSource(around: Surroundings, name: string, folder: string) {
  const [source] = await findDroppedSources(around, [{ name, folder }]);
  return source;
}
