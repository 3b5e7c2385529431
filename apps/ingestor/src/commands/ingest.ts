// `pnpm ingest FILE…`: loads files now, with a progress bar; the files stay where they are.
import { basename, resolve } from 'node:path';
import type { LoadOptions } from '@cei-inoe/shared/batches';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { cleanFileName } from '@cei-inoe/shared/file-name';
import type { Surroundings } from '../compose/settings.ts';
import type { ClaimedBatch } from '../model/batch.ts';
import { registerFile } from '../queue/register-file.ts';
import { type Outcome, runClaimed } from '../queue/run-claimed.ts';
import { makeWorkerName } from '../queue/worker.ts';
import { describeOutcome, type FileReport, makeReport } from './file-report.ts';
import { writeJson, writeText } from './output.ts';
import { openProgressBar } from './progress-bar.ts';

export interface IngestFlags {
  readonly datasource?: string;
  readonly mapping?: string;
  readonly dateOrder?: 'mdy' | 'dmy' | 'ymd';
  readonly date?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Loads `files` in their order. Returns the exit code: that of the worst that happened. */
export async function ingestFiles(
  around: Surroundings,
  files: readonly string[],
  flags: IngestFlags,
  maxBytes: number,
): Promise<number> {
  const reports: FileReport[] = [];
  const interruption = listenForInterruption();
  for (const file of files) {
    if (interruption.aborted) break;
    const report = await ingestFile({ ...around, signal: interruption }, file, flags, maxBytes);
    reports.push(report);
    if (flags.quiet !== true || report.exit === 1 || report.exit === 2)
      writeText(await describeOutcome(around, report));
  }
  if (flags.json === true) writeJson(reports.map(({ outcome: _, ...rest }) => rest));
  return chooseExit(reports.map((r) => r.exit));
}

/** Ctrl-C rolls the file back that is being loaded, and says so in its batch; a second one ends at once. */
function listenForInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Fault('interrupted')));
  }
  return controller.signal;
}

/** Failures weigh more than refusals, refusals more than success. */
function chooseExit(exits: readonly number[]): number {
  const failed = exits.find((exit) => exit !== 0 && exit !== 3);
  return failed ?? (exits.includes(3) ? 3 : 0);
}

async function ingestFile(
  around: Surroundings,
  file: string,
  flags: IngestFlags,
  maxBytes: number,
): Promise<FileReport> {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file);
  const bar = flags.quiet === true ? undefined : openProgressBar(basename(file));
  let batch: ClaimedBatch | undefined;
  let outcome: Outcome;
  try {
    batch = await registerFile(around.pool, around.archive, makeRegistration(path, flags, maxBytes), makeWorkerName(0));
    outcome = await runClaimed(around, batch, bar?.show);
  } catch (error) {
    outcome = { kind: 'failed', fault: makeFault(error) };
  }
  bar?.close();
  return makeReport(around.dataDir, file, batch, outcome);
}

function makeRegistration(path: string, flags: IngestFlags, maxBytes: number) {
  const options: LoadOptions = {
    ...(flags.datasource === undefined ? {} : { datasource: flags.datasource }),
    ...(flags.mapping === undefined ? {} : { mapping: flags.mapping }),
    ...(flags.dateOrder === undefined ? {} : { dateOrder: flags.dateOrder }),
    ...(flags.date === undefined ? {} : { date: flags.date }),
    ...(flags.force === true ? { force: true } : {}),
  };
  return {
    path,
    name: cleanFileName(basename(path)),
    sourceType: 'file' as const,
    context: { options },
    dryRun: flags.dryRun === true,
    datasourceId: null,
    maxBytes,
    submittedBy: process.env.USER ?? null,
  };
}
