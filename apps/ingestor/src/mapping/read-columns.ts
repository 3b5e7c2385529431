// The columns of a mapping: those it lists, and those that reshaping and deriving make. Resolves fields, units and limits; reads no file.
import type { Dataset } from '@cei-inoe/shared/datasets';
import type { ColumnSpec } from '../model/mapping.ts';
import type { MappingFile } from '../model/mapping-schema.ts';
import { COUNT_COLUMN, type ShapeSpec, VALUE_COLUMN } from '../model/shape.ts';
import { findConversion, isUnit, SAME_UNIT } from '../model/units.ts';
import { splitUnit } from '../stages/map/match-header.ts';
import { type Complain, checkPattern, nameMadeTime } from './read-shape.ts';

/** Texts that mean "nothing" where a mapping does not say. */
const DEFAULT_NULLS = ['', '-', '--', 'n/a', 'na', 'null', 'none', 'nan'];

type Given = Exclude<MappingFile['columns'][string], string>;
const PLAIN: { aliases: string[]; erase: boolean; add: boolean } = { aliases: [], erase: false, add: false };

interface Context {
  readonly file: MappingFile;
  readonly dataset: Dataset;
  readonly complain: Complain;
}

/** Every column of the mapping, those made by reshaping last. */
export function readColumns(context: Context, shape: ShapeSpec | undefined): ColumnSpec[] {
  const { file, dataset, complain } = context;
  const listed = Object.entries(file.columns).flatMap(([header, given]) => {
    const column = typeof given === 'string' ? { ...PLAIN, to: given } : given;
    return makeColumn(context, header, column, ['columns', header]) ?? [];
  });
  const time = nameMadeTime(shape);
  const made: ColumnSpec[] = [];
  if (time !== undefined) {
    made.push(...list(makeColumn(context, time, { ...PLAIN, to: dataset.time }, ['time', 'columns'])));
  }
  if (file.unpivot !== undefined) {
    const { columns: _, ...given } = file.unpivot;
    const column = makeColumn(context, VALUE_COLUMN, { ...PLAIN, ...given }, ['unpivot', 'to']);
    if (column?.target.kind === 'time') complain(['unpivot', 'to'], 'The values of the columns go to a measure.');
    made.push(...list(column));
  }
  if (file.aggregate?.count !== undefined) {
    const counted = list(
      makeColumn(context, COUNT_COLUMN, { ...PLAIN, to: file.aggregate.count }, ['aggregate', 'count']),
    );
    // No column of the file can be missing for it: it is there for its limits.
    made.push(...counted.map((column) => ({ ...column, required: false })));
  }
  const columns = [...listed, ...made.map((column) => ({ ...column, made: true }))];
  checkTargets(columns, complain);
  return columns;
}

const list = <T>(one: T | undefined): T[] => (one === undefined ? [] : [one]);

function makeColumn(context: Context, header: string, column: Given, path: string[]): ColumnSpec | undefined {
  const { file, dataset, complain } = context;
  const target = findTarget(context, column.to);
  if (target === undefined) {
    const known = [dataset.time, ...dataset.measures.map((m) => m.name)].join(', ');
    complain(path, `${column.to} is no field of ${dataset.name}; its fields are ${known}.`);
    return undefined;
  }
  if (column.decimal !== undefined && column.decimal === column.group) {
    complain(path, 'decimal and group cannot be the same sign.');
  }
  if (column.matches !== undefined) checkPattern(column.matches, [...path, 'matches'], complain);
  const limits = file.validation_rules.constraints[column.to];
  const limit = ['validation_rules', 'constraints', column.to, 'pattern'];
  if (limits?.pattern !== undefined) checkPattern(limits.pattern, limit, complain);
  if (limits?.min !== undefined && limits.max !== undefined && limits.min > limits.max) {
    complain(
      ['validation_rules', 'constraints', column.to, 'min'],
      `min ${limits.min} is above max ${limits.max}; no value would pass.`,
    );
  }
  return {
    header,
    aliases: column.aliases,
    matches: column.matches,
    target,
    required:
      target.kind === 'time' || target.measure.required || file.validation_rules.schema.required.includes(column.to),
    decimal: column.decimal,
    group: column.group,
    nulls: column.nulls ?? DEFAULT_NULLS,
    erase: column.erase,
    conversion: readConversion(context, target, column.unit ?? readHeaderUnit(context, header, target, path), path),
    min: limits?.min ?? Number.NEGATIVE_INFINITY,
    max: limits?.max ?? Number.POSITIVE_INFINITY,
    allowed: limits?.allowed?.map(Number),
    pattern: limits?.pattern,
    add: column.add,
    skips: column.when_missing === 'skip',
    made: false,
  };
}

/**
 * The unit that a header names itself: `E (Wh)` is in Wh. One that is known and no unit of this field would be a wrong number in silence.
 */
function readHeaderUnit(
  { file, complain }: Context,
  header: string,
  target: ColumnSpec['target'],
  path: string[],
): string | undefined {
  const { unit } = splitUnit(header);
  if (target.kind === 'time' || unit === undefined || file.values?.unit !== undefined) return undefined;
  const stored = target.measure.unit;
  if (findConversion(stored, unit) !== undefined) return unit;
  if (isUnit(unit))
    complain(
      path,
      `${unit} in the header cannot be converted to ${stored}; if it is something else, say unit: ${stored}.`,
    );
  return undefined;
}

function readConversion(
  { file, complain }: Context,
  target: ColumnSpec['target'],
  own: string | undefined,
  path: string[],
) {
  const unit = own ?? (target.kind === 'measure' ? file.values?.unit : undefined);
  const stored = target.kind === 'measure' ? target.measure.unit : '';
  const conversion = unit === undefined ? SAME_UNIT : findConversion(stored, unit);
  if (conversion === undefined) complain(path, `${unit} cannot be converted to ${stored}.`);
  return conversion ?? SAME_UNIT;
}

/** Mean power is read in kW and becomes kWh by its duration. */
function findTarget({ file, dataset }: Context, to: string): ColumnSpec['target'] | undefined {
  if (to === dataset.time) return { kind: 'time' };
  const at = dataset.measures.findIndex((m) => m.name === to);
  const measure = dataset.measures[at];
  if (measure === undefined) return undefined;
  const isPower = file.values?.kind === 'mean_power' && measure.unit === 'kWh';
  return { kind: 'measure', measure: isPower ? { ...measure, unit: 'kW' } : measure, at };
}

/** Two columns of a file cannot both be one field of a row, unless they are added. */
function checkTargets(columns: readonly ColumnSpec[], complain: Complain): void {
  const first = new Map<string, string>();
  for (const { header, target, add } of columns) {
    const field = target.kind === 'time' ? 'the time' : target.measure.name;
    const other = first.get(field);
    if (other === undefined) first.set(field, header);
    else if (!add) {
      const remedy = target.kind === 'time' ? 'say only one' : 'say add: true for a further one that is added';
      complain(
        ['columns', header],
        `${other} goes to ${field} already; other names of a column are its aliases, or ${remedy}.`,
      );
    } else if (target.kind === 'time') complain(['columns', header], 'Times cannot be added: see time.columns.');
  }
}
