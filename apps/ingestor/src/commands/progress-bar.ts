// The progress bar of one file, on a terminal only.
import { stderr } from 'node:process';
import cliProgress from 'cli-progress';
import type { LoadProgress } from '../compose/settings.ts';
import { formatCount } from './output.ts';

export interface ProgressBar {
  readonly show: (progress: LoadProgress) => void;
  close(): void;
}

/** Undefined where stderr is no terminal. */
export function openProgressBar(name: string): ProgressBar | undefined {
  if (stderr.isTTY !== true) return undefined;
  const bar = new cliProgress.SingleBar({
    stream: stderr,
    format: `${name} {bar} {percentage}% {stage} {records} records`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(1, 0, { stage: 'identify', records: '0' });
  return {
    show({ stage, bytesRead, bytesTotal, recordsRead }) {
      bar.setTotal(Math.max(bytesTotal, 1));
      bar.update(Math.min(bytesRead, bytesTotal), { stage, records: formatCount(recordsRead) });
    },
    close: () => bar.stop(),
  };
}
