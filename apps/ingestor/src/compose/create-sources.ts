// Makes the datasources that the records of a file name and nobody knows, where the settings say so. Runs in the load's transaction.
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { foldName } from '@cei-inoe/shared/fold-name';
import type { FilePlan } from '../model/plan.ts';
import { ROW_FLAWS } from '../model/records.ts';
import { createSource, findByHandle, listHandles } from '../stages/map/find-source.ts';
import { makeSourceName } from './name-source.ts';
import type { Surroundings } from './settings.ts';
import { openShaped } from './shape-records.ts';

/** A column that names so many is not the one that names the datasource. */
const MAX_NEW = 200;
/** As over the API; no index would take a name of some thousand letters. */
const MAX_NAME = 200;

/** What is no name: its records are refused as of an unknown datasource. */
const isName = (text: string): boolean => text !== '' && text.length <= MAX_NAME && !text.includes('\0');

/** Reads the names in the file first. @throws Fault too_many_datasources */
export async function createNamedSources(
  around: Surroundings,
  connection: Connection,
  file: { readonly path: string; readonly fileName: string; readonly plan: FilePlan },
): Promise<void> {
  const { plan } = file;
  const known = await listHandles(connection);
  const wanted = await listNames(file, (name) => findByHandle(known, name) === undefined);
  // In one order everywhere: two loads that make the same ones must not wait for each other.
  for (const name of [...wanted.values()].sort()) {
    const meter = name.includes(':') ? name.slice(0, name.indexOf(':')) : undefined;
    const zone = findByHandle(known, meter ?? '')?.zone ?? around.defaultTimezone;
    await createSource(connection, name, plan.mapping.dataset.dataType, zone, meter);
    around.log.info({ externalId: name }, 'datasource created');
  }
}

async function listNames(
  { path, fileName, plan }: { readonly path: string; readonly fileName: string; readonly plan: FilePlan },
  isWanted: (name: string) => boolean,
): Promise<Map<string, string>> {
  const nameOf = makeSourceName(plan);
  const found = new Map<string, string>();
  for await (const chunk of openShaped(path, fileName, plan)) {
    for (let at = 0; at < chunk.rows; at++) {
      if ((chunk.lines[at] as number) <= plan.headerLine || chunk.flaws[at] !== ROW_FLAWS.none) continue;
      const name = nameOf(chunk, at);
      if (!isName(name) || found.has(foldName(name)) || !isWanted(name)) continue;
      found.set(foldName(name), name);
      if (found.size > MAX_NEW)
        throw new Fault('too_many_datasources', `It names more than ${MAX_NEW}, such as ${name}.`);
    }
  }
  return found;
}
