// Decides, once per file, how long its readings last and whether they have instants or days: the mapping's word, else the sample's cadence.
import { Fault } from '@cei-inoe/shared/errors';
import { READ } from '../model/coerced.ts';
import type { Deriving } from '../model/plan.ts';
import { compileTimeFormat } from '../stages/coerce/time-format.ts';
import { findCadence } from '../stages/derive/cadence.ts';
import { listSourceCells, type SourcePlan } from './name-source.ts';

const DAY_SECONDS = 86_400;

type DerivingPlan = SourcePlan & { readonly timeFormat: string; readonly timeCell: number };

/**
 * What rows are derived with; undefined where readings are rows as they stand.
 * @param data the records of the sample, as they are read
 * @throws Fault interval_unknown when the length of a reading matters, and neither the mapping nor the sample tells it
 */
export function decideDeriving(plan: DerivingPlan, data: readonly (readonly string[])[]): Deriving | undefined {
  const { derive, dataset, time } = plan.mapping;
  if (derive === undefined) return undefined;
  const times = readTimes(plan, data);
  const reads = decideReads(plan, times);
  if (reads === 'day' && derive.kind === 'mean_power') {
    throw new Fault(
      'interval_unknown',
      'A day has 23, 24 or 25 hours: mean power of whole days is not turned into energy.',
    );
  }
  if (reads === 'day') return { intervalSeconds: undefined, reads };
  const isNeeded = derive.kind !== 'counter' || time.label === 'end';
  if (!isNeeded) return { intervalSeconds: derive.intervalSeconds, reads };
  const intervalSeconds = derive.intervalSeconds ?? decideInterval(times);
  const limit = derive.bucket === 'hour' ? 3_600 : DAY_SECONDS;
  if (derive.bucket !== undefined && intervalSeconds > limit) {
    throw new Fault(
      'interval_unknown',
      `A reading of ${intervalSeconds} s is longer than the ${derive.bucket} of ${dataset.name}.`,
    );
  }
  return { intervalSeconds, reads };
}

interface ReadTime {
  readonly series: string;
  readonly seconds: number;
  readonly hasClock: boolean;
}

function readTimes(plan: DerivingPlan, data: readonly (readonly string[])[]): ReadTime[] {
  const reader = compileTimeFormat(plan.timeFormat);
  const cells = listSourceCells(plan);
  return data.flatMap((row) => {
    const bytes = Buffer.from(row[plan.timeCell] ?? '');
    if (reader.read(bytes, 0, bytes.length) !== READ.value) return [];
    const { localSeconds, offsetSeconds, microseconds } = reader;
    return {
      series: cells.map((cell) => row[cell] ?? '').join(':'),
      seconds: localSeconds - (Number.isNaN(offsetSeconds) ? 0 : offsetSeconds) + microseconds / 1e6,
      hasClock: localSeconds % DAY_SECONDS !== 0,
    };
  });
}

/** Readings of a table of days have days, unless they are parts of them: one has a time of day, and none is as long as a day. */
function decideReads({ mapping }: DerivingPlan, times: readonly ReadTime[]): 'instant' | 'day' {
  const { dataset, derive } = mapping;
  if (dataset.timeKind === 'instant') return 'instant';
  if (derive?.bucket === undefined || derive.parts.length > 0) return 'day';
  if (derive.intervalSeconds !== undefined) return derive.intervalSeconds >= DAY_SECONDS ? 'day' : 'instant';
  return times.some((time) => time.hasClock) ? 'instant' : 'day';
}

function decideInterval(times: readonly ReadTime[]): number {
  const { stepSeconds, share, otherSeconds } = findCadence(times);
  if (Number.isNaN(stepSeconds)) throw new Fault('interval_unknown', 'There are no two readings one after the other.');
  if (share <= 0.5) {
    throw new Fault(
      'interval_unknown',
      `They come in steps of ${stepSeconds} s and of ${otherSeconds} s, none of which prevails.`,
    );
  }
  return stepSeconds;
}
