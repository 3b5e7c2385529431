// What a mapping says about the values of its readings (counters, mean power) and about adding them up. Resolves names; reads no file.
import type { Dataset } from '@cei-inoe/shared/datasets';
import type { MappingFile } from '../model/mapping-schema.ts';
import type { Comparison, DeriveSpec } from '../model/shape.ts';
import type { How } from '../model/shape-schema.ts';
import type { Complain } from './read-shape.ts';

const SECONDS = { s: 1, min: 60, h: 3_600, d: 86_400 } as const;

/** `15min` → 900. The schema has checked the form. */
function readInterval(text: string | undefined): number | undefined {
  const found = /^(\d+) ?(s|min|h|d)$/.exec(text ?? '');
  return found === null ? undefined : Number(found[1]) * SECONDS[found[2] as keyof typeof SECONDS];
}

/** How rows are derived; undefined where every reading is a row as it stands. */
export function readDerive(file: MappingFile, dataset: Dataset, complain: Complain): DeriveSpec | undefined {
  const { values, aggregate } = file;
  const kind = values?.kind ?? 'interval';
  checkValues(file, dataset, complain);
  if (aggregate !== undefined) checkAggregate(file, dataset, complain);
  if (aggregate === undefined && kind === 'interval' && values?.max_power_kw === undefined) return undefined;
  const count = dataset.measures.findIndex((m) => m.name === aggregate?.count);
  return {
    kind,
    intervalSeconds: readInterval(values?.interval),
    rolloverAt: values?.rollover_at,
    maxPowerKw: values?.max_power_kw,
    // The differences of a counter are put on hours or days in any case: a difference over more than one of them belongs to none.
    bucket: aggregate?.to ?? (kind === 'counter' ? nameBucket(dataset) : undefined),
    how: readHows(file, dataset, complain),
    minShare: aggregate?.min_share ?? 1,
    parts: aggregate?.parts ?? [],
    count: count < 0 ? undefined : count,
  };
}

/** How each measure is added up; one that is not named is summed. */
function readHows({ aggregate }: MappingFile, dataset: Dataset, complain: Complain): How[] {
  const given = aggregate?.how ?? 'sum';
  if (typeof given === 'string') return dataset.measures.map(() => given);
  for (const name of Object.keys(given)) {
    if (dataset.measures.some((m) => m.name === name)) continue;
    complain(['aggregate', 'how', name], `${name} is no measure of ${dataset.name}.`);
  }
  const hows = new Map(Object.entries(given));
  return dataset.measures.map((m) => hows.get(m.name) ?? 'sum');
}

const nameBucket = (dataset: Dataset): 'hour' | 'day' => (dataset.timeKind === 'day' ? 'day' : 'hour');

function checkValues({ values, aggregate }: MappingFile, dataset: Dataset, complain: Complain): void {
  if (values === undefined) return;
  if (dataset.dataType !== 'energy') complain(['values'], `values is for energy; ${dataset.name} has none.`);
  if (values.rollover_at !== undefined && values.kind !== 'counter') {
    complain(['values', 'rollover_at'], 'Only a counter rolls over: say kind: counter.');
  }
  if (values.kind === 'interval') return;
  if ((aggregate?.how ?? 'sum') !== 'sum') complain(['aggregate', 'how'], 'Energy is summed.');
  if ((aggregate?.parts.length ?? 0) > 0)
    complain(['aggregate', 'parts'], 'Readings of a counter or of power have no parts.');
}

function checkAggregate(file: MappingFile, dataset: Dataset, complain: Complain): void {
  const { aggregate } = file;
  if (aggregate === undefined) return;
  if (aggregate.to !== nameBucket(dataset)) {
    complain(['aggregate', 'to'], `${dataset.name} has ${nameBucket(dataset)}s: say to: ${nameBucket(dataset)}.`);
  }
  const counted = dataset.measures.find((m) => m.name === aggregate.count);
  if (aggregate.count !== undefined && counted?.type !== 'integer') {
    complain(['aggregate', 'count'], `${aggregate.count} is no whole number of ${dataset.name}.`);
  }
  const fields = Object.values(file.columns).map((column) => (typeof column === 'string' ? column : column.to));
  const round = dataset.measures.filter((m) => m.unit === '°' || m.unit === 'sector').map((m) => m.name);
  const wrong = fields.find((field) => round.includes(field));
  if (wrong !== undefined) complain(['aggregate'], `${wrong} is a direction: neither its sum nor its mean is one.`);
}

/** The rules between measures, by their positions in the dataset. */
export function readComparisons(file: MappingFile, dataset: Dataset, complain: Complain): Comparison[] {
  const find = (name: string, at: number, key: 'field' | 'to') => {
    const position = dataset.measures.findIndex((m) => m.name === name);
    if (position < 0) complain(['validation_rules', 'compare', at, key], `${name} is no measure of ${dataset.name}.`);
    return position;
  };
  return file.validation_rules.compare.map(({ field, op, to }, at) => ({
    at: find(field, at, 'field'),
    op,
    to: typeof to === 'number' ? { number: to } : { at: find(to, at, 'to') },
  }));
}
