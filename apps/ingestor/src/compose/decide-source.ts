// Decides which datasource a file belongs to, in one order: option, folder, mapping, file name.
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import type { Mapping } from '../model/mapping.ts';
import { compilePattern } from '../model/pattern.ts';
import type { Source } from '../model/plan.ts';
import {
  createSource,
  findMeterByFileName,
  findSource,
  findSourceByFileName,
  findSourceById,
} from '../stages/map/find-source.ts';
import { hasGroup } from './name-source.ts';
import type { Surroundings } from './settings.ts';

/** Where sources are looked for, and whether one may be made: in the load's transaction, so that what is rolled back leaves none behind. */
export interface SourceLookup extends Pick<Surroundings, 'newDatasources' | 'defaultTimezone'> {
  readonly db: Pick<Connection, 'query'>;
}

/** The source of the whole file; undefined when each record names its own. */
export interface Whose {
  readonly source: Source | undefined;
  /** It was made just now. */
  readonly created: boolean;
}

const NOBODY: Whose = { source: undefined, created: false };
const makeKnown = (source: Source | undefined): Whose => ({ source, created: false });

/** @throws Fault datasource_unknown, datasource_missing */
export async function decideSource(around: SourceLookup, batch: ClaimedBatch, mapping: Mapping): Promise<Whose> {
  const { options, drop } = batch.context;
  if (hasGroup(mapping, 'register')) return NOBODY;
  if (hasGroup(mapping, 'datasource')) {
    if (options?.datasource === undefined) return NOBODY;
    throw new Fault('datasource_in_file', `It cannot all be ${options.datasource}.`);
  }
  if (options?.datasource !== undefined) return findOrCreate(around, options.datasource, mapping);
  if (batch.datasourceId !== null && batch.sourceType !== 'file')
    return makeKnown(await findSourceById(around.db, batch.datasourceId));
  if (drop !== undefined && drop.folder !== '') return findOrCreate(around, drop.folder, mapping);
  if (mapping.datasource.from === 'constant') return findOrCreate(around, mapping.datasource.name, mapping);
  if (mapping.datasource.from === 'column') return NOBODY;
  if (mapping.datasource.from === 'option') {
    throw new Fault(
      'datasource_missing',
      `The mapping ${mapping.name} wants the datasource to be given with the file.`,
    );
  }
  return findByName(around, batch.sourceName, mapping);
}

/**
 * The meter whose registers the columns of the file are: the datasource that the file would have, as its external id, or a name that only
 * its registers bear. undefined where the file has no registers, or names its meters itself.
 * @throws Fault datasource_missing
 */
export async function decideMeter(
  around: SourceLookup,
  batch: ClaimedBatch,
  mapping: Mapping,
): Promise<string | undefined> {
  const { options, drop } = batch.context;
  if (!hasGroup(mapping, 'register')) return undefined;
  if (options?.datasource !== undefined) return nameMeter(around, options.datasource);
  if (mapping.datasource.from === 'column') return undefined;
  if (batch.datasourceId !== null && batch.sourceType !== 'file') {
    const source = await findSourceById(around.db, batch.datasourceId);
    if (source !== undefined) return source.externalId;
  }
  if (drop !== undefined && drop.folder !== '') return nameMeter(around, drop.folder);
  if (mapping.datasource.from === 'constant') return nameMeter(around, mapping.datasource.name);
  if (mapping.datasource.from === 'option') {
    throw new Fault('datasource_missing', `The mapping ${mapping.name} wants the meter to be given with the file.`);
  }
  return findMeterByName(around, batch.sourceName, mapping);
}

/** An alias stands for the external id; a name that nobody knows is that of a meter of which only registers are known. */
const nameMeter = async (around: SourceLookup, handle: string): Promise<string> =>
  (await findSource(around.db, handle))?.externalId ?? handle;

async function findMeterByName(around: SourceLookup, fileName: string, mapping: Mapping): Promise<string> {
  const named = matchName(mapping, fileName);
  if (named !== undefined) return nameMeter(around, named);
  const source = await findSourceByFileName(around.db, fileName);
  const known = source?.externalId ?? (await findMeterByFileName(around.db, fileName));
  if (known !== undefined) return known;
  const wanted = /^([^.]+?)(?:-|\.|$)/.exec(fileName)?.[1];
  if (around.newDatasources === 'create' && wanted !== undefined) return wanted;
  throw new Fault('datasource_missing', `The name ${fileName} begins with no known meter.`);
}

async function findByName(around: SourceLookup, fileName: string, mapping: Mapping): Promise<Whose> {
  const named = matchName(mapping, fileName);
  const known =
    named === undefined ? await findSourceByFileName(around.db, fileName) : await findSource(around.db, named);
  if (known !== undefined) return makeKnown(known);
  const wanted = named ?? /^([^.]+?)(?:-|\.|$)/.exec(fileName)?.[1];
  if (wanted === undefined) throw new Fault('datasource_missing', `The name ${fileName} does not begin with one.`);
  if (around.newDatasources === 'create') return findOrCreate(around, wanted, mapping);
  throw new Fault('datasource_unknown', `The name ${fileName} begins with no known datasource.`);
}

function matchName(mapping: Mapping, fileName: string): string | undefined {
  if (mapping.match.filename === undefined) return undefined;
  const matcher = compilePattern(mapping.match.filename).matcher(fileName);
  return matcher.find() && mapping.match.filename.includes('(?<datasource>')
    ? (matcher.group('datasource') ?? undefined)
    : undefined;
}

async function findOrCreate(around: SourceLookup, handle: string, mapping: Mapping): Promise<Whose> {
  const known = await findSource(around.db, handle);
  if (known !== undefined) return makeKnown(known);
  if (around.newDatasources === 'refuse') throw new Fault('datasource_unknown', `Nothing is known under ${handle}.`);
  const source = await createSource(around.db, handle, mapping.dataset.dataType, around.defaultTimezone);
  return { source, created: true };
}
