// Checks the entries of a seed file and makes definitions of them, or says everything that is wrong at once. Touches no database.
import { DATA_TYPES, DATASOURCE_STATUSES, SOURCE_CATEGORIES } from '@cei-inoe/shared/batches';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { foldName } from '@cei-inoe/shared/fold-name';
import { openZone } from '@cei-inoe/shared/zone';
import { z } from 'zod';
import type { SeedEntry } from './seed-file.ts';

const text = (max: number) =>
  z
    .string({ error: 'must be text; put it in quotes' })
    .trim()
    .min(1, 'must not be empty')
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must not hold control characters');

const zone = text(100).superRefine((name, context) => {
  try {
    if (openZone(name).kind === 'iana') return;
    context.addIssue({
      code: 'custom',
      message: `"${name}" is an offset; a zone is an IANA name such as Asia/Nicosia.`,
    });
  } catch (error) {
    context.addIssue({ code: 'custom', message: makeFault(error).message });
  }
});

/** The fields a file may give; what it leaves out stays as it is in the table. */
const definitionSchema = z.strictObject({
  external_id: text(200),
  source_category: z.enum(SOURCE_CATEGORIES).optional(),
  data_type: z.enum(DATA_TYPES).optional(),
  name: text(255).nullable().optional(),
  alias: text(255).nullable().optional(),
  client: text(255).nullable().optional(),
  description: z.string().max(4000).nullable().optional(),
  status: z.enum(DATASOURCE_STATUSES).optional(),
  timezone: zone.nullable().optional(),
  metadata: z.record(z.string(), z.unknown(), { error: 'must be a map (in CSV: a JSON object)' }).optional(),
  aliases: z.array(text(255)).default([]),
});

export interface Definition extends z.output<typeof definitionSchema> {
  readonly at: SeedEntry;
}

/** Something wrong with an entry, or with one of its fields. */
export interface Problem {
  readonly at: SeedEntry;
  readonly field: string;
  readonly message: string;
}

/**
 * Checks all entries, each by itself and for names that two of them claim.
 * @throws Fault datasource_invalid, with a line for every field at fault
 */
export function checkDefinitions(entries: readonly SeedEntry[]): Definition[] {
  const problems: Problem[] = [];
  const definitions = entries.flatMap((at) => {
    const parsed = definitionSchema.safeParse(at.fields);
    if (parsed.success) return [{ ...parsed.data, at }];
    problems.push(...parsed.error.issues.flatMap((issue) => describeIssue(at, issue)));
    return [];
  });
  problems.push(...findClashes(definitions));
  if (problems.length > 0) throw makeRefusal(problems);
  return definitions;
}

/** The fault that lists `problems` by line; where there are several files, each names its own. */
export function makeRefusal(problems: readonly Problem[]): Fault {
  const files = [...new Set(problems.map(({ at }) => at.file))];
  const errors = problems
    .map(({ at, field, message }) => {
      const line = at.lineOf(field.split('.')[0]);
      return {
        field,
        line,
        message: files.length > 1 ? `${message} (${at.file})` : message,
        file: files.indexOf(at.file),
      };
    })
    .sort((a, b) => a.file - b.file || a.line - b.line)
    .map(({ field, line, message }) => ({ field, line, message }));
  return new Fault('datasource_invalid', `${files.join(', ')}:`, { errors });
}

/** One problem per place: an unknown field is named, with the line it stands on. */
function describeIssue(at: SeedEntry, issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ at, field, message: 'is no field of a datasource' }));
  }
  const missing = issue.path[0] !== undefined && !(issue.path[0] in at.fields);
  return [{ at, field: issue.path.join('.'), message: missing ? 'is missing' : issue.message }];
}

/** Every name (external id or alias) belongs to one datasource only. */
function findClashes(definitions: readonly Definition[]): Problem[] {
  const owners = new Map<string, Definition>();
  const problems: Problem[] = [];
  const claim = (name: string, field: string, by: Definition) => {
    const owner = owners.get(foldName(name));
    if (owner === undefined) owners.set(foldName(name), by);
    else if (owner !== by || field === 'external_id') {
      const where = `${owner.at.file === by.at.file ? '' : `${owner.at.file} `}line ${owner.at.lineOf()}`;
      problems.push({ at: by.at, field, message: `"${name}" is taken by the datasource on ${where}` });
    }
  };
  for (const definition of definitions) claim(definition.external_id, 'external_id', definition);
  for (const definition of definitions) {
    for (const alias of definition.aliases) claim(alias, 'aliases', definition);
  }
  return problems;
}
