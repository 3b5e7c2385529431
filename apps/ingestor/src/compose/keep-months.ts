// Decides how the months of a source are kept true after a merge: by the sums of the file, or summed anew from the table. Merges nothing.
import type { Connection } from '@cei-inoe/shared/database';
import { openZone } from '@cei-inoe/shared/zone';
import type { FilePlan, Source } from '../model/plan.ts';
import type { MergeResult } from '../stages/merge/merge.ts';
import { hasMonths, refreshMonths, replaceMonths } from '../stages/merge/months.ts';
import { type MonthSums, makeMonthSums } from './month-sums.ts';
import type { PassResult } from './read-rows.ts';

/** Sums by month of a file of one source whose every record ends up in the table; undefined where that cannot be. */
export function openMonths({ mapping, deriving }: FilePlan, source: Source | undefined): MonthSums | undefined {
  const { dataset, strategy, updates } = mapping;
  const overwritesAll = strategy === 'update' && dataset.measures.every(({ name }) => updates?.has(name) ?? true);
  if (source === undefined || !hasMonths(dataset) || !overwritesAll || deriving !== undefined) return undefined;
  return makeMonthSums(openZone(source.zone ?? 'UTC'));
}

/** What stands in the table is what the file says, where all of its records came through: then its sums stand for those of the table. */
export async function keepMonths(
  connection: Connection,
  source: Source | undefined,
  { pass, merged }: { readonly pass: PassResult; readonly merged: MergeResult },
  months: MonthSums | undefined,
): Promise<void> {
  const isWhole = merged.skipped + merged.contradicting === 0;
  const isKept =
    months !== undefined && source !== undefined && isWhole
      ? await replaceMonths(connection, source.id, months.list(), pass.accepted)
      : false;
  if (!isKept) await refreshMonths(connection, pass.extents);
}
