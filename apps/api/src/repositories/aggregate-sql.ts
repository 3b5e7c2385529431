// How each measure is put together over an interval: sums of amounts, means of states. Writes the SQL for it and runs nothing.
import type { Dataset } from '@cei-inoe/shared/datasets';

/** One value of an aggregate row. */
export interface Aggregate {
  readonly name: string;
  /** SQL over the table's columns, in the alias `fact`. */
  readonly sql: string;
  /** What it is, for the documentation. */
  readonly words: string;
}

/** The mean direction: that of the sum of the unit vectors; none where they cancel out. Mardia & Jupp, Directional Statistics, 2.2. */
const meanAngle = (column: string): string => {
  const [y, x] = [`avg(sind(${column}))`, `avg(cosd(${column}))`];
  return `CASE WHEN ${y} ^ 2 + ${x} ^ 2 > 1e-18 THEN ((atan2d(${y}, ${x}) + 360)::numeric % 360)::float8 END`;
};

/** The equivalent continuous level Leq: decibels are averaged as the energies they stand for. IEC 61672-1, 3.9. */
const meanLevel = (column: string): string => `10 * log(avg(power(10::float8, ${column} / 10)))`;

const SPECIAL = new Map<string, (column: string) => Omit<Aggregate, 'name'>[]>([
  ['wind_angle', (column) => [{ sql: meanAngle(column), words: '°, mean direction (vector mean)' }]],
  [
    'wind_direction_sectors',
    (column) => [{ sql: `mode() WITHIN GROUP (ORDER BY ${column})`, words: 'the most frequent sector' }],
  ],
]);

/** What puts the values of one measure together: the aggregate that bears its name. */
export const findMain = (dataset: Dataset, measure: string): string =>
  listAggregates(dataset).find(({ name }) => name === measure)?.sql ?? 'NULL::float8';

/** Directions and sectors have no extremes, and no deviation in the plain sense. */
export const isCircular = (measure: string): boolean => SPECIAL.has(measure);

/** The values of an aggregate row of `dataset`, in order. */
export function listAggregates(dataset: Dataset): Aggregate[] {
  const each = dataset.measures.flatMap(({ name, unit }): Aggregate[] => {
    const column = `fact."${name}"`;
    const special = SPECIAL.get(name)?.(column);
    if (special !== undefined) return special.map((aggregate) => ({ name, ...aggregate }));
    return [
      { name, ...chooseMain(dataset, name, unit, column) },
      { name: `${name}_min`, sql: `min(${column})`, words: `${unit}, smallest` },
      { name: `${name}_max`, sql: `max(${column})`, words: `${unit}, largest` },
    ];
  });
  return dataset.dataType === 'dairy' ? [...each, MILK] : each;
}

function chooseMain(dataset: Dataset, name: string, unit: string, column: string): Omit<Aggregate, 'name'> {
  // Summed as decimals, so that tenths add up to what a person would write down.
  if (dataset.dataType === 'energy') return { sql: `sum(${column}::numeric)::float8`, words: `${unit}, sum` };
  if (name === 'noise_level_db') return { sql: meanLevel(column), words: `${unit}, equivalent level (energy mean)` };
  return { sql: `avg(${column}::numeric)::float8`, words: `${unit}, mean of the readings` };
}

const MILK: Aggregate = {
  name: 'milk_kg',
  sql: 'sum(fact.day_production_per_cow_kg::numeric * fact.number_of_animals)::float8',
  words: 'kg, sum over the days of milk per cow × animals',
};
