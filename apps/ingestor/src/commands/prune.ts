// `pnpm batches prune`: removes what the policy no longer keeps, here and now, or says what that would be.
import { Fault } from '@cei-inoe/shared/errors';
import { InvalidArgumentError } from 'commander';
import type { Surroundings } from '../compose/settings.ts';
import { decideHorizons, type Horizons, hasPolicy, type RetentionPolicy } from '../retention/policy.ts';
import { countArchive } from '../retention/prune-archive.ts';
import { countHistory } from '../retention/prune-history.ts';
import { runPolicy } from '../retention/run-policy.ts';
import { confirm, isTerminal } from './confirm.ts';
import { formatCount, writeJson, writeText } from './output.ts';

export interface PruneFlags {
  readonly historyOlderThan?: number;
  readonly archiveOlderThan?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `400d` */
export function readAge(text: string): number {
  const days = Number(/^(\d{1,5})d$/.exec(text)?.[1] ?? 0);
  if (days >= 1 && days <= 36_500) return days;
  throw new InvalidArgumentError('It is a number of days, such as 400d.');
}

/** Options stand over the settings: with one given, only what it names goes. Returns the exit code. */
export async function pruneHere(around: Surroundings, settings: RetentionPolicy, flags: PruneFlags): Promise<number> {
  const { historyOlderThan: historyDays, archiveOlderThan: archiveDays } = flags;
  const given = { historyDays, archiveDays };
  const policy = hasPolicy(given) ? given : settings;
  if (!hasPolicy(policy)) {
    const names = 'KEEP_HISTORY_DAYS and KEEP_ARCHIVE_DAYS are not set';
    throw new Fault('usage', `${names}: say --history-older-than or --archive-older-than.`);
  }
  const horizons = await decideHorizons(around.pool, policy);
  const asks = flags.dryRun !== true && flags.yes !== true && isTerminal();
  if (flags.dryRun === true || asks) {
    const found = await countAll(around, horizons);
    if (flags.json === true) writeJson({ dry_run: true, ...found });
    else describeFound(found);
    if (!asks) return 0;
    if (!(await confirm('Remove it for good? [y/N] '))) {
      writeText('Nothing was removed.');
      return 1;
    }
  }
  const done = await runPolicy(around, horizons);
  if (flags.json === true) writeJson({ dry_run: false, ...done });
  else describeDone(done);
  return 0;
}

type Found = Awaited<ReturnType<typeof countAll>>;

async function countAll({ pool }: Surroundings, { history, archive }: Horizons) {
  return {
    ...(history === undefined ? {} : { history: { horizon: history, ...(await countHistory(pool, history)) } }),
    ...(archive === undefined ? {} : { archive: { horizon: archive, ...(await countArchive(pool, archive)) } }),
  };
}

const count = (number: number, one: string, many: string): string =>
  `${formatCount(number)} ${number === 1 ? one : many}`;
const formatTime = (instant: string): string => `${instant.slice(0, 16)} UTC`;
const formatSize = (bytes: number): string =>
  bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;

function describeFound({ history, archive }: Found): void {
  if (history !== undefined)
    writeText(
      `history up to ${formatTime(history.horizon)}: ${count(history.rows, 'earlier value', 'earlier values')}, ${formatSize(history.bytes)} (dry run: nothing was removed)`,
    );
  if (archive !== undefined)
    writeText(
      `archive up to ${formatTime(archive.horizon)}: ${count(archive.files, 'file', 'files')} of ${count(archive.batches, 'batch', 'batches')}, ${formatSize(archive.bytes)} (dry run: nothing was removed)`,
    );
}

function describeDone({ history, archive }: Awaited<ReturnType<typeof runPolicy>>): void {
  const rest = (left: number) => (left === 0 ? '' : `; ${count(left, 'was', 'were')} in use, and left to the next run`);
  if (history !== undefined)
    writeText(
      `history up to ${formatTime(history.horizon)}: ${count(history.removed, 'earlier value', 'earlier values')} removed${rest(history.left)}`,
    );
  if (archive !== undefined)
    writeText(
      `archive up to ${formatTime(archive.horizon)}: ${count(archive.removed, 'file', 'files')} removed${rest(archive.left)}`,
    );
}
