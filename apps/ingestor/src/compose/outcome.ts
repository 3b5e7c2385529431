// Puts numbers and places of a finished pass into the form in which they are reported.
import { openZone } from '@cei-inoe/shared/zone';
import type { Counts, SourceExtent } from '../model/counts.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import { findByHandle, type Handles } from '../stages/map/find-source.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';
import { makeSourceName } from './name-source.ts';
import type { SourceOf } from './row-state.ts';
import type { Transferred } from './transfer.ts';

const DAY_SECONDS = 86_400;

/** The accounts of the load. Refused records are counted by the spool, which has the contradicting ones too. */
export function sumCounts({ pass, merged }: Transferred, spool: RejectSpool): Counts {
  return {
    lines: pass.lines,
    read: pass.accepted + pass.rejected + pass.skipped,
    inserted: merged.inserted,
    updated: merged.updated,
    unchanged: merged.unchanged,
    skipped: merged.skipped + pass.skipped,
    rejected: spool.count,
  };
}

/** The source of each record: the file's, or by the text of a column. */
export function makeSourceOf(plan: FilePlan, source: Source | undefined, handles: Handles | undefined): SourceOf {
  if (source !== undefined) return () => source;
  const nameOf = makeSourceName(plan);
  if (handles === undefined) return () => undefined;
  return (chunk, row) => findByHandle(handles, nameOf(chunk, row));
}

/** Microseconds since 1970 → ISO instant; none is lost, as an undo looks for readings up to the last. */
function formatInstant(micros: number): string {
  const milliseconds = Math.floor(micros / 1000);
  const rest = String(micros - milliseconds * 1000).padStart(3, '0');
  return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`);
}

export interface Extents {
  readonly each: {
    readonly datasourceId: number;
    readonly rows: number;
    readonly first: string;
    readonly last: string;
  }[];
  readonly range: { readonly first: string; readonly last: string } | null;
}

/** What each source got, as instants: a local day begins at the source's midnight. */
export function makeExtents(plan: FilePlan, source: Source | undefined, extents: readonly SourceExtent[]): Extents {
  const zone = openZone(source?.zone ?? 'UTC');
  const toMicros = (time: number): number => {
    if (plan.mapping.dataset.timeKind === 'instant') return time;
    const local = time * DAY_SECONDS;
    return (local - zone.offsetAt(local - zone.offsetAt(local))) * 1_000_000;
  };
  const each = extents.map((e) => ({
    datasourceId: e.datasourceId,
    rows: e.rows,
    first: formatInstant(toMicros(e.first)),
    last: formatInstant(toMicros(e.last)),
  }));
  const firsts = each.map((e) => e.first).sort();
  const lasts = each.map((e) => e.last).sort();
  const first = firsts[0];
  const last = lasts.at(-1);
  return {
    each,
    range: first === undefined || last === undefined ? null : { first, last },
  };
}
