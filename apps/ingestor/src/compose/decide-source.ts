// Decides which datasource a file belongs to, in one order: option, folder, mapping, file name.
import { Fault } from '@cei-inoe/shared/errors';
import { RE2JS } from 're2js';
import type { ClaimedBatch } from '../model/batch.ts';
import type { Mapping } from '../model/mapping.ts';
import type { Source } from '../model/plan.ts';
import { createSource, findSource, findSourceByFileName, findSourceById } from '../stages/map/find-source.ts';
import type { Surroundings } from './settings.ts';

/**
 * The source of the whole file; undefined when each record names its own.
 * @throws Fault datasource_unknown, datasource_missing
 */
export async function decideSource(
  around: Surroundings,
  batch: ClaimedBatch,
  mapping: Mapping,
): Promise<Source | undefined> {
  const { options, drop } = batch.context;
  if (options?.datasource !== undefined) return findOrCreate(around, options.datasource, mapping);
  if (batch.datasourceId !== null && batch.sourceType !== 'file')
    return findSourceById(around.pool, batch.datasourceId);
  if (drop !== undefined && drop.folder !== '') return findOrCreate(around, drop.folder, mapping);
  if (mapping.datasource.from === 'constant') return findOrCreate(around, mapping.datasource.name, mapping);
  if (mapping.datasource.from === 'column') return undefined;
  if (mapping.datasource.from === 'option') {
    throw new Fault(
      'datasource_missing',
      `The mapping ${mapping.name} wants the datasource to be given with the file.`,
    );
  }
  return findByName(around, batch.sourceName, mapping);
}

async function findByName(around: Surroundings, fileName: string, mapping: Mapping): Promise<Source> {
  const named = matchName(mapping, fileName);
  const known =
    named === undefined ? await findSourceByFileName(around.pool, fileName) : await findSource(around.pool, named);
  if (known !== undefined) return known;
  const wanted = named ?? /^([^.]+?)(?:-|\.|$)/.exec(fileName)?.[1];
  if (wanted === undefined) throw new Fault('datasource_missing', `The name ${fileName} does not begin with one.`);
  if (around.newDatasources === 'create') return findOrCreate(around, wanted, mapping);
  throw new Fault('datasource_unknown', `The name ${fileName} begins with no known datasource.`);
}

function matchName(mapping: Mapping, fileName: string): string | undefined {
  if (mapping.match.filename === undefined) return undefined;
  const matcher = RE2JS.compile(mapping.match.filename).matcher(fileName);
  return matcher.find() && mapping.match.filename.includes('(?<datasource>')
    ? (matcher.group('datasource') ?? undefined)
    : undefined;
}

async function findOrCreate(around: Surroundings, handle: string, mapping: Mapping): Promise<Source> {
  const known = await findSource(around.pool, handle);
  if (known !== undefined) return known;
  if (around.newDatasources === 'refuse') throw new Fault('datasource_unknown', `Nothing is known under ${handle}.`);
  around.log.info({ externalId: handle }, 'datasource created');
  return createSource(around.pool, handle, mapping.dataset.dataType, around.defaultTimezone);
}
