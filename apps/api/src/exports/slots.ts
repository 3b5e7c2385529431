// Counts the exports that run: each holds a connection for as long as its reader reads. Runs none.
import type { Readable } from 'node:stream';
import { Fault } from '@cei-inoe/shared/errors';

export interface ExportSlots {
  /** Opens an export if one more may run, and counts it until its stream closes. @throws Fault too_many_exports */
  run(open: () => Promise<Readable>): Promise<Readable>;
}

export function makeExportSlots(most: number): ExportSlots {
  let running = 0;
  return {
    async run(open) {
      if (running >= most) throw new Fault('too_many_exports', `${running} exports are being read.`);
      running++;
      const free = () => {
        running--;
      };
      try {
        return (await open()).once('close', free);
      } catch (error) {
        free();
        throw error;
      }
    },
  };
}
