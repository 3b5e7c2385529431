// Judges a load before anything of it is visible: how much may be refused, and that something was there at all.
import { type ErrorDetail, Fault } from '@cei-inoe/shared/errors';
import type { Counts } from '../model/counts.ts';
import type { FilePlan } from '../model/plan.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';

/**
 * A load that refuses and stores nothing is none: completed, it would keep the same bytes from being loaded once the cause is mended.
 * @param taken records that were fit to be stored, whatever their table made of them
 * @throws Fault no_records, nothing_loadable, too_many_rejects; each carries the counts in `facts.counts`
 */
export function checkThresholds(plan: FilePlan, counts: Counts, taken: number, spool: RejectSpool): void {
  const { max_rejects: maxRejects, max_share: maxShare } = plan.mapping.onError;
  const facts = { counts, codes: Object.fromEntries(spool.codes) };
  const errors: ErrorDetail[] = [...spool.codes].map(([code, count]) => ({ field: code, message: `${count} records` }));
  if (counts.read === 0) throw new Fault('no_records', undefined, { facts });
  if (taken === 0 && counts.rejected > 0) {
    const all = counts.skipped === 0;
    const said = all ? `All ${counts.read} records were` : `${counts.rejected} of ${counts.read} records were`;
    throw new Fault('nothing_loadable', `${said} refused${all ? '' : ', and the others skipped'}.`, { facts, errors });
  }
  const share = counts.rejected / counts.read;
  if ((maxRejects !== undefined && counts.rejected > maxRejects) || (maxShare !== undefined && share > maxShare)) {
    throw new Fault('too_many_rejects', `${counts.rejected} of ${counts.read} records were refused.`, {
      facts,
      errors,
    });
  }
}
