// What a person has to decide before a run: zones nobody knows, an id space nobody can tell. Reads the plan, changes nothing.
import type { ErrorDetail } from '@cei-inoe/shared/errors';
import type { MergedSource } from './merge-sources.ts';
import type { Probe } from './probe.ts';
import type { Verdicts } from './verdicts.ts';

/** Everything that is open, in sentences; a run refuses while there is any. With verdicts, also what would only be set aside. */
export function listOpenDecisions(probe: Probe, sources: readonly MergedSource[], verdicts?: Verdicts): ErrorDetail[] {
  return [...listZoneDecisions(probe, sources), ...listEpochDecisions(probe, verdicts)];
}

function listZoneDecisions({ springEvidence }: Probe, sources: readonly MergedSource[]): ErrorDetail[] {
  const open = sources.filter(({ zone }) => zone === null);
  if (open.length === 0) return [];
  const { lacking, having } = springEvidence;
  const evidence =
    lacking + having === 0
      ? 'There is no spring day to tell by.'
      : `Of ${lacking + having} meter-days on a spring change, ${lacking} lack 03:00: ${lacking > having ? 'a local clock' : 'a clock without summer time'}.`;
  const names = open
    .slice(0, 5)
    .map(({ externalId, zoneSaid }) => `${externalId} (${zoneSaid === null ? 'nothing' : `"${zoneSaid}"`})`);
  const more = open.length > 5 ? `, and ${open.length - 5} more` : '';
  return [
    {
      field: '--timezone',
      message: `${open.length} sources have no zone that was chosen ("UTC" is only V008's default): ${names.join(', ')}${more}. ${evidence}`,
    },
  ];
}

function listEpochDecisions({ epoch }: Probe, verdicts: Verdicts | undefined): ErrorDetail[] {
  const ambiguous = (verdicts?.tables ?? []).reduce((sum, { rejected }) => sum + (rejected.ambiguous_epoch ?? 0), 0);
  const { low, high } = epoch.evidence;
  const between = `between ${low?.toISOString() ?? 'the beginning'} and ${high?.toISOString() ?? 'now'}`;
  if (epoch.from === 'overlap') {
    return [
      {
        field: '--id-epoch',
        message: `files from ${low?.toISOString()} still use ids of device, others from ${high?.toISOString()} already those of generic_device`,
      },
    ];
  }
  if (epoch.from === 'nothing' || ambiguous > 0) {
    return [
      {
        field: '--id-epoch',
        message: `since when ids are those of generic_device is not known: ${between}${ambiguous > 0 ? `; ${ambiguous} rows depend on it and are set aside` : ''}`,
      },
    ];
  }
  return [];
}
