// Judges a load before anything of it is visible: how much may be refused, and that something was there at all.
import { type ErrorDetail, Fault } from '@cei-inoe/shared/errors';
import type { Counts } from '../model/counts.ts';
import type { FilePlan } from '../model/plan.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';

/** @throws Fault no_records, nothing_loadable, too_many_rejects; each carries the counts in `facts.counts` */
export function checkThresholds(plan: FilePlan, counts: Counts, spool: RejectSpool): void {
  const { max_rejects: maxRejects, max_share: maxShare } = plan.mapping.onError;
  const facts = { counts, codes: Object.fromEntries(spool.codes) };
  const errors: ErrorDetail[] = [...spool.codes].map(([code, count]) => ({ field: code, message: `${count} records` }));
  if (counts.read === 0) throw new Fault('no_records', undefined, { facts });
  if (counts.rejected === counts.read) {
    throw new Fault('nothing_loadable', `All ${counts.read} records were refused.`, { facts, errors });
  }
  const share = counts.rejected / counts.read;
  if ((maxRejects !== undefined && counts.rejected > maxRejects) || (maxShare !== undefined && share > maxShare)) {
    throw new Fault('too_many_rejects', `${counts.rejected} of ${counts.read} records were refused.`, {
      facts,
      errors,
    });
  }
}
