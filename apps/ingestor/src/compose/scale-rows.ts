// Stands between the row program and the table where every reading is a row of its own: mean power becomes energy, and too much of it is refused.
import type { CellError } from '@cei-inoe/shared/batches';
import type { SourceExtent } from '../model/counts.ts';
import { makeDecimalSum } from '../model/decimal.ts';
import type { FilePlan } from '../model/plan.ts';
import type { RowSink } from '../model/row.ts';
import type { DeriveSpec } from '../model/shape.ts';
import { makeCellError } from '../stages/validate/checks.ts';
import { makeDerivedChecks } from './derived-checks.ts';
import type { SourceOf } from './row-state.ts';
import { makeTrack, type Track } from './track.ts';

const HOUR_SECONDS = 3_600;

/** Energy is the first and only measure of its datasets. */
const ENERGY = 0;

export interface Scaler {
  readonly sink: RowSink;
  extents(): SourceExtent[];
}

export function makeScaler(plan: FilePlan, spec: DeriveSpec, sourceOf: SourceOf, out: RowSink): Scaler {
  const checks = makeDerivedChecks(plan, spec);
  const seconds = plan.deriving?.intervalSeconds ?? HOUR_SECONDS;
  const testPower = makePowerTest(plan, spec);
  const tracks = new Map<number, Track>();
  return {
    sink: {
      refuse: out.refuse,
      skip: out.skip,
      accept(row, chunk, at) {
        const reading = row.values[ENERGY] as number;
        if (spec.kind === 'mean_power') row.values[ENERGY] = multiplyBy(reading, seconds, HOUR_SECONDS);
        const errors = testPower(reading) ?? checks.check(row.values);
        const source = sourceOf(chunk, at);
        if (errors !== null || source === undefined) {
          out.refuse(chunk, at, errors ?? []);
          return;
        }
        const track = tracks.get(source.id) ?? makeTrack(source, undefined);
        tracks.set(source.id, track);
        track.note(row.time);
        out.accept(row, chunk, at);
      },
    },
    extents: () => [...tracks.values()].flatMap((track) => track.extent() ?? []),
  };
}

function multiplyBy(value: number, multiply: number, divide: number): number {
  const sum = makeDecimalSum();
  sum.add(value);
  return sum.total(multiply, divide);
}

/** Refuses a reading over the largest power: mean power itself, or energy that would take more over its length. */
export function makePowerTest(
  plan: FilePlan,
  { kind, maxPowerKw }: DeriveSpec,
): (reading: number) => CellError[] | null {
  const seconds = plan.deriving?.intervalSeconds;
  if (maxPowerKw === undefined || seconds === undefined || kind === 'counter') return () => null;
  return (reading) => {
    const power = kind === 'mean_power' ? reading : multiplyBy(reading, HOUR_SECONDS, seconds);
    if (power <= maxPowerKw) return null;
    const what = kind === 'mean_power' ? `${power} kW` : `${reading} kWh in ${seconds / 60} min`;
    return [makeCellError('out_of_range', null, null, `${what} is more than max_power_kw, ${maxPowerKw}.`)];
  };
}
