// Turns the text of a mapping file into a checked Mapping, or says line by line what is wrong. Touches no file.
import { createHash } from 'node:crypto';
import { DATASETS, type Dataset } from '@cei-inoe/shared/datasets';
import { type ErrorDetail, Fault } from '@cei-inoe/shared/errors';
import { openZone } from '@cei-inoe/shared/zone';
import type { Mapping } from '../model/mapping.ts';
import { type MappingFile, mappingSchema } from '../model/mapping-schema.ts';
import type { DeriveSpec } from '../model/shape.ts';
import { compileTimeFormat } from '../stages/coerce/time-format.ts';
import { describeIssues } from './describe-issues.ts';
import { findOldNames } from './find-old.ts';
import { readColumns } from './read-columns.ts';
import { readComparisons, readDerive } from './read-derive.ts';
import { type Complain, checkPattern, readShape } from './read-shape.ts';
import { readYaml } from './read-yaml.ts';

/**
 * Reads `yaml` as the mapping called `name`.
 * @throws Fault mapping_old (written for the old system), mapping_invalid (with lines)
 */
export function readMapping(name: string, yaml: string, origin: Mapping['origin']): Mapping {
  const document = readYaml(name, yaml);
  const locate = (path: readonly PropertyKey[], message: string) => ({
    field: path.join('.'),
    line: document.lineOf(path),
    message,
  });
  const old = findOldNames(document.value);
  if (old.length > 0) {
    const errors = old.map((path) => locate(path, 'This is how the old system says it.'));
    throw new Fault('mapping_old', `Mapping ${name}:`, { errors });
  }
  const parsed = mappingSchema.safeParse(document.value);
  if (!parsed.success) {
    const errors = describeIssues(parsed.error.issues).map(({ path, message }) => locate(path, message));
    throw new Fault('mapping_invalid', `Mapping ${name}:`, { errors });
  }
  return makeMapping(name, yaml, origin, parsed.data, document.lineOf);
}

function makeMapping(
  name: string,
  yaml: string,
  origin: Mapping['origin'],
  file: MappingFile,
  lineOf: (path: readonly PropertyKey[]) => number,
): Mapping {
  const dataset = DATASETS[file.dataset];
  const errors: ErrorDetail[] = [];
  const complain = (path: readonly PropertyKey[], message: string) =>
    errors.push({ field: path.join('.'), line: lineOf(path), message });
  const shape = readShape(file, complain);
  const derive = readDerive(file, dataset, complain);
  const columns = readColumns({ file, dataset, complain }, shape);
  const comparisons = readComparisons(file, dataset, complain);
  checkNames(file, dataset, complain);
  checkPatterns(file, complain);
  checkTime(file, dataset, complain);
  if (!columns.some((c) => c.target.kind === 'time')) complain(['columns'], `No column goes to ${dataset.time}.`);
  if (!columns.some((c) => c.target.kind === 'measure')) complain(['columns'], 'No column goes to a measure.');
  if (errors.length > 0) throw new Fault('mapping_invalid', `Mapping ${name}:`, { errors });
  const { format, ...time } = file.time;
  return {
    name,
    origin,
    yaml,
    sha256: createHash('sha256').update(yaml).digest('hex'),
    dataset,
    granularity: file.granularity ?? nameGranularity(dataset, derive),
    columns,
    strategy: file.conflict_resolution.strategy,
    updates: readUpdates(file),
    file: file.file,
    match: file.match,
    datasource: file.datasource,
    time: { ...time, formats: format === undefined ? [] : [format].flat() },
    comparisons,
    shape,
    derive,
    onError: file.on_error,
    tests: file.tests,
  };
}

function nameGranularity(dataset: Dataset, derive: DeriveSpec | undefined): Mapping['granularity'] {
  if (dataset.timeKind === 'day') return 'daily';
  return derive?.bucket === 'hour' ? 'hourly' : 'raw';
}

/** An empty list says nothing, as in the old system. */
function readUpdates(file: MappingFile): ReadonlySet<string> | undefined {
  const listed = file.conflict_resolution.update_columns ?? [];
  return listed.length === 0 ? undefined : new Set(listed);
}

/** Names that reach SQL in the old system are only compared here: they must be the dataset's own. */
function checkNames(file: MappingFile, dataset: Dataset, complain: Complain): void {
  if (file.target_table !== undefined && file.target_table !== dataset.table) {
    complain(['target_table'], `The table of ${dataset.name} is ${dataset.table}.`);
  }
  const keys = ['datasource_id', dataset.time];
  const given = file.conflict_resolution.on_columns;
  if (given !== undefined && (given.length !== 2 || !keys.every((key) => given.includes(key)))) {
    complain(['conflict_resolution', 'on_columns'], `The key of ${dataset.table} is ${keys.join(', ')}.`);
  }
  const fields = new Set([dataset.time, ...dataset.measures.map((m) => m.name)]);
  const listed = [
    ...(file.conflict_resolution.update_columns ?? []).map(
      (name) => ['conflict_resolution.update_columns', name] as const,
    ),
    ...file.validation_rules.schema.required.map((name) => ['validation_rules.schema.required', name] as const),
    ...Object.keys(file.validation_rules.constraints).map((name) => ['validation_rules.constraints', name] as const),
    ...Object.keys(file.coercions).map((name) => ['coercions', name] as const),
  ];
  for (const [where, name] of listed) {
    if (!fields.has(name) && name !== 'datasource_id')
      complain(where.split('.'), `${name} is no field of ${dataset.name}.`);
  }
}

/** Every pattern must compile on the engine that runs it. */
function checkPatterns(file: MappingFile, complain: Complain): void {
  const patterns = [
    ...file.file.footer.map((pattern, at) => [['file', 'footer', at], pattern] as const),
    ...(file.match.filename === undefined ? [] : [[['match', 'filename'], file.match.filename] as const]),
  ];
  for (const [path, pattern] of patterns) checkPattern(pattern, path, complain);
}

function checkTime(file: MappingFile, dataset: Dataset, complain: Complain): void {
  const { format, label, zone } = file.time;
  for (const each of format === undefined ? [] : [format].flat()) {
    attempt(
      () => compileTimeFormat(each),
      (message) => complain(['time', 'format'], message),
    );
  }
  if (zone !== 'datasource')
    attempt(
      () => openZone(zone),
      (message) => complain(['time', 'zone'], message),
    );
  const isLong = file.granularity === 'hourly' || file.aggregate !== undefined || file.values !== undefined;
  if (label === 'end' && dataset.timeKind === 'instant' && !isLong) {
    complain(
      ['time', 'label'],
      'Labels at the end of an interval need its length: say granularity: hourly, or values: { interval: 15min }.',
    );
  }
}

function attempt(work: () => unknown, complain: (message: string) => void): void {
  try {
    work();
  } catch (error) {
    complain((error as Error).message);
  }
}
