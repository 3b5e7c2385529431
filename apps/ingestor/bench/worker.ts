// A process of its own that loads files as the product does, and prints how long that took and what memory it needed.
// Environment: as every ingestor. Argument: a WorkerTask as JSON. stdout: a WorkerReport as JSON.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readIngestorConfig } from '../src/config.ts';
import type { Counts } from '../src/model/counts.ts';
import { type OpenSurroundings, openSurroundings } from '../src/open-surroundings.ts';
import { registerFile } from '../src/queue/register-file.ts';
import { type Outcome, runClaimed } from '../src/queue/run-claimed.ts';
import { makeWorkerName, startWorkers } from '../src/queue/worker.ts';
import { watchFolder } from '../src/watch/watch-folder.ts';

export type WorkerTask =
  /** One file, as `pnpm ingest` takes it: from its registration to the commit. */
  | { readonly kind: 'file'; readonly path: string; readonly datasource: string; readonly force: boolean }
  /** Files that lie in incoming/ already: from the first look into the folder to the commit of the last one. */
  | { readonly kind: 'folder'; readonly files: number };

export interface WorkerReport {
  readonly ms: number;
  readonly counts: Counts;
  /** Resident memory before the load, and the most there ever was. */
  readonly baseMb: number;
  readonly peakMb: number;
}

const config = readIngestorConfig(process.env);

async function loadFile(around: OpenSurroundings, task: WorkerTask & { kind: 'file' }): Promise<Counts> {
  const batch = await registerFile(
    around.pool,
    around.archive,
    {
      path: task.path,
      name: basename(task.path),
      sourceType: 'file',
      context: { options: { datasource: task.datasource, ...(task.force ? { force: true } : {}) } },
      dryRun: false,
      datasourceId: null,
      maxBytes: config.MAX_FILE_BYTES,
      submittedBy: 'bench',
    },
    makeWorkerName(0),
  );
  return takeCounts(await runClaimed(around, batch));
}

function takeCounts(outcome: Outcome): Counts {
  if (outcome.kind === 'loaded') return outcome.loaded.counts;
  throw new Error(outcome.kind === 'duplicate' ? 'duplicate' : `${outcome.fault.code}: ${outcome.fault.message}`);
}

/** The watcher and as many workers as the ingestor runs, on files that stand still. */
async function loadFolder(
  around: OpenSurroundings,
  files: number,
): Promise<{ counts: Counts; close(): Promise<void> }> {
  const outcomes: Outcome[] = [];
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const folder = watchFolder(around, { stableMs: config.FILE_STABLE_MS, maxBytes: config.MAX_FILE_BYTES });
  const workers = startWorkers(around, {
    count: config.INGEST_WORKERS,
    pollMs: config.QUEUE_POLL_MS,
    staleSeconds: config.STALE_SECONDS,
    onOutcome: (_, outcome) => {
      outcomes.push(outcome);
      folder.nudge();
      if (outcomes.length === files) finish();
    },
  });
  await finished;
  const close = async () => {
    await workers.stop();
    await folder.stop();
  };
  return { counts: outcomes.map(takeCounts).reduce(add), close };
}

const add = (a: Counts, b: Counts): Counts => ({
  lines: a.lines + b.lines,
  read: a.read + b.read,
  inserted: a.inserted + b.inserted,
  updated: a.updated + b.updated,
  unchanged: a.unchanged + b.unchanged,
  skipped: a.skipped + b.skipped,
  rejected: a.rejected + b.rejected,
});

/** The kernel's own high-water mark; elsewhere what the process was told. */
function readPeakMb(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

const task = JSON.parse(process.argv[2] ?? '') as WorkerTask;
const around = await openSurroundings(config);
const baseMb = process.memoryUsage.rss() / 1024 / 1024;
const startedMs = performance.now();
const { counts, close } =
  task.kind === 'file'
    ? { counts: await loadFile(around, task), close: async () => undefined }
    : await loadFolder(around, task.files);
const report: WorkerReport = { ms: performance.now() - startedMs, counts, baseMb, peakMb: readPeakMb() };
await close();
await around.close();
// The load is over: what might keep the process alive is not measured.
process.stdout.write(JSON.stringify(report), () => process.exit());
