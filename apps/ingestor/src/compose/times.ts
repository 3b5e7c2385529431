// Puts together how a file's times are read and which zone they are in, from the plan and the source.
import { Fault } from '@cei-inoe/shared/errors';
import { openZone } from '@cei-inoe/shared/zone';
import type { TimeReader } from '../model/coerced.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import { makeSequence } from '../stages/coerce/sequence.ts';
import { compileTimeFormat } from '../stages/coerce/time-format.ts';
import { makeTrack, type Track } from './track.ts';

export const makeTimeReader = (plan: FilePlan): TimeReader => compileTimeFormat(plan.timeFormat);

/** Zone that local times of this plan are in for `source`: the mapping's own, else the source's; null where nobody says. */
export const findZoneName = (plan: FilePlan, source: Source): string | null =>
  plan.mapping.time.zone === 'datasource' ? source.zone : plan.mapping.time.zone;

/** Makes the function that starts a track for a source. */
export function makeTrackOf(plan: FilePlan): (source: Source) => Track {
  return (source) => {
    const name = findZoneName(plan, source);
    const zone = name === null ? undefined : openZone(name);
    return makeTrack(source, zone === undefined ? undefined : makeSequence(zone, plan.mapping.time.ambiguous));
  };
}

/** @throws Fault zone_unknown when `source` has no zone and the file's times carry no offset */
export function checkZone(plan: FilePlan, source: Source): void {
  const isDay = plan.mapping.dataset.timeKind === 'day';
  const hasParts = isDay && plan.deriving?.reads === 'instant';
  if (!hasParts && (isDay || !plan.localTimes)) return;
  if (findZoneName(plan, source) === null) {
    throw new Fault('zone_unknown', `The time zone of ${source.externalId} is not known.`);
  }
}
