// What a mapping says about the form of its records: which lines and columns make up a record. Resolves names and checks patterns; reads no file.
import { RE2JS } from 're2js';
import type { MappingFile } from '../model/mapping-schema.ts';
import { type NamedPattern, nameTimeColumn, type ShapeSpec } from '../model/shape.ts';

export type Complain = (path: readonly PropertyKey[], message: string) => void;

/** Formats whose parser supplies the carried columns itself. */
const PARSED_CARRY: ReadonlySet<string> = new Set(['json', 'ndjson']);

/** Compiles on the engine that runs it, or complains. Returns the names of its groups. */
export function checkPattern(pattern: string, path: readonly PropertyKey[], complain: Complain): string[] {
  try {
    return Object.keys(RE2JS.compile(pattern).namedGroups());
  } catch (error) {
    complain(path, `${pattern} is no valid pattern: ${(error as Error).message}.`);
    return [];
  }
}

/** The reshaping that the mapping asks for; undefined where its records are those of the file. */
export function readShape(file: MappingFile, complain: Complain): ShapeSpec | undefined {
  const spec: ShapeSpec = {
    carry: PARSED_CARRY.has(file.file.format) ? [] : listPatterns(file.file.carry),
    only: file.file.only,
    rows: listPatterns(file.rows),
    unpivot: file.unpivot && { pattern: file.unpivot.columns, groups: readGroups(file.unpivot.columns, complain) },
    time: readTime(file),
  };
  checkShape(spec, file, complain);
  const asks = spec.carry.length + spec.only.length + spec.rows.length > 0;
  return asks || spec.unpivot !== undefined || spec.time !== undefined ? spec : undefined;
}

const listPatterns = (patterns: Readonly<Record<string, string>>): NamedPattern[] =>
  Object.entries(patterns).map(([name, pattern]) => ({ name, pattern }));

function readGroups(pattern: string, complain: Complain): string[] {
  const groups = checkPattern(pattern, ['unpivot', 'columns'], complain);
  if (groups.length === 0) {
    complain(
      ['unpivot', 'columns'],
      'Name what tells the columns apart by a group: (?<register>…), (?<datasource>…) or (?<time>…).',
    );
  }
  if (groups.includes('datasource') && groups.includes('register')) {
    complain(['unpivot', 'columns'], 'Either (?<datasource>…) or (?<register>…): one says whose the column is.');
  }
  return groups;
}

function readTime(file: MappingFile): ShapeSpec['time'] {
  const { columns = [], from } = file.time;
  return columns.length === 0 && from === undefined ? undefined : { columns, dated: from !== undefined };
}

function checkShape(spec: ShapeSpec, file: MappingFile, complain: Complain): void {
  for (const { name, pattern } of spec.carry) {
    if (!checkPattern(pattern, ['file', 'carry', name], complain).includes('value')) {
      complain(['file', 'carry', name], 'The pattern needs a group (?<value>…): the text that is carried.');
    }
  }
  for (const [at, pattern] of spec.only.entries()) checkPattern(pattern, ['file', 'only', at], complain);
  for (const { name, pattern } of spec.rows) checkPattern(pattern, ['rows', name], complain);
  if (file.time.from === 'filename') {
    const pattern = file.match.filename;
    if (pattern === undefined || !checkPattern(pattern, ['match', 'filename'], complain).includes('date')) {
      complain(['time', 'from'], 'The day is in the name of the file: match.filename needs a group (?<date>…).');
    }
  }
}

/** Header of the column that holds the time, where reshaping makes it. */
export const nameMadeTime = (spec: ShapeSpec | undefined): string | undefined =>
  spec?.time === undefined ? undefined : nameTimeColumn(spec.time);
