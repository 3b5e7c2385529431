// The commands under `pnpm batches`: their arguments and options. What they do stands in the files beside this one.
import { BATCH_STATUSES } from '@cei-inoe/shared/batches';
import { DATASET_NAMES } from '@cei-inoe/shared/datasets';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../compose/settings.ts';
import type { IngestorConfig } from '../config.ts';
import { readPolicy } from '../retention/policy.ts';
import { type ListFlags, listBatches } from './list-batches.ts';
import { listRejects } from './list-rejects.ts';
import { type ReplayFlags, replayHere, turnBatch } from './operate.ts';
import { type PruneFlags, pruneHere, readAge } from './prune.ts';
import { addReadingOptions } from './reading-options.ts';
import { showBatch } from './show-batch.ts';

type Json = { readonly json?: boolean };
/** Runs `work` with everything open; it answers with the exit code. */
export type Runner = (work: (around: Surroundings, config: IngestorConfig) => Promise<number>) => Promise<void>;

function readCount(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 100_000) return number;
  throw new InvalidArgumentError('It is a whole number from 1 to 100000.');
}

/** An instant with its offset, or a day: its midnight UTC, as in the API. */
function readMoment(text: string): string {
  const whole = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  const moment = new Date(whole);
  const isDay = whole === text || (!Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text));
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/i.test(whole) && !Number.isNaN(moment.getTime()) && isDay)
    return moment.toISOString();
  throw new InvalidArgumentError('It is a day such as 2026-01-15 or an instant such as 2026-01-15T08:00:00Z.');
}

const ID = ['<id>', 'batch id, or its last eight characters'] as const;

export function addBatchCommands(program: Command, run: Runner): void {
  const batches = program.command('batches').description('what was loaded, and what was refused');
  addReads(batches, run);
  for (const operation of ['undo', 'redo'] as const) {
    batches
      .command(operation)
      .description(
        operation === 'undo'
          ? 'take a batch back, restoring what it overwrote'
          : 'bring an undone batch back to its place',
      )
      .argument(...ID)
      .option('--dry-run', 'show what would change, and keep nothing')
      .option('--json')
      .action((id: string, flags: Json & { dryRun?: boolean }) =>
        run((around) => turnBatch(around, operation, id, flags).then(() => 0)),
      );
  }
  const replay = batches
    .command('replay')
    .description('load the bytes of a batch again, as a new batch in its place')
    .argument(...ID);
  addReadingOptions(replay)
    .option('--force', 'also where another batch has the same bytes')
    .option('--dry-run', 'show what would change, and keep nothing')
    .option('--preview', 'the same')
    .option('--yes', 'do not ask')
    .option('--json')
    .action((id: string, flags: ReplayFlags) => run((around) => replayHere(around, id, flags)));
  batches
    .command('prune')
    .description('remove earlier values and original files that are no longer kept, for good')
    .option(
      '--history-older-than <age>',
      'values that stood until so long ago, such as 400d; else KEEP_HISTORY_DAYS',
      readAge,
    )
    .option('--archive-older-than <age>', 'files last used so long ago, such as 400d; else KEEP_ARCHIVE_DAYS', readAge)
    .option('--dry-run', 'say what would go, and remove nothing')
    .option('--yes', 'do not ask')
    .option('--json')
    .action((flags: PruneFlags) => run((around, config) => pruneHere(around, readPolicy(config), flags)));
}

function addReads(batches: Command, run: Runner): void {
  batches
    .command('list')
    .option('--datasource <external-id>', 'batches that touched it (external id or alias)')
    .addOption(new Option('--dataset <dataset>').choices(DATASET_NAMES))
    .addOption(new Option('--status <status>').choices(BATCH_STATUSES))
    .option('--from <moment>', 'created at or after this (a bare date is midnight UTC)', readMoment)
    .option('--to <moment>', 'created before this', readMoment)
    .option('--limit <n>', 'how many, newest first', readCount, 50)
    .option('--json')
    .action((flags: ListFlags) => run(({ pool }) => listBatches(pool, flags).then(() => 0)));
  batches
    .command('show')
    .description('everything about one batch')
    .argument(...ID)
    .option('--json')
    .action((id: string, flags: Json) => run((around) => showBatch(around, id, flags).then(() => 0)));
  batches
    .command('rejects')
    .description('which records were refused, and why')
    .argument(...ID)
    .option('--csv', 'as CSV instead of a table')
    .option('--json')
    .action((id: string, flags: Json & { csv?: boolean }) =>
      run(({ pool }) => listRejects(pool, id, flags).then(() => 0)),
    );
}
