// Counts the exports that run, in all and by key: each holds a connection for as long as its reader reads. Runs none.
import type { Readable } from 'node:stream';
import { Fault } from '@cei-inoe/shared/errors';

export interface ExportSlots {
  /**
   * Opens an export if one more may run, and counts it until its stream closes.
   * @param who whose key it is; null where keys are not asked for
   * @throws Fault too_many_exports
   */
  run(who: string | null, open: () => Promise<Readable>): Promise<Readable>;
}

/** Of the connections, so many may be held by readers of exports; the others answer. Of these, one key may hold as many. */
const EXPORT_SHARE = 0.5;
const shareOf = (whole: number) => Math.max(1, Math.floor(whole * EXPORT_SHARE));

/** For all routes of a service, wherever they are mounted: they share its connections. */
export function makeExportSlots(connections: number): ExportSlots {
  const most = shareOf(connections);
  const mostByKey = shareOf(most);
  let running = 0;
  const byKey = new Map<string, number>();
  const count = (who: string | null, by: 1 | -1) => {
    running += by;
    if (who === null) return;
    const now = (byKey.get(who) ?? 0) + by;
    if (now > 0) byKey.set(who, now);
    else byKey.delete(who);
  };
  return {
    async run(who, open) {
      const own = who === null ? 0 : (byKey.get(who) ?? 0);
      if (own >= mostByKey) throw new Fault('too_many_exports', `${own} exports of this key are being read.`);
      if (running >= most) throw new Fault('too_many_exports', `${running} exports are being read.`);
      count(who, 1);
      const free = () => count(who, -1);
      try {
        return (await open()).once('close', free);
      } catch (error) {
        free();
        throw error;
      }
    },
  };
}
