// `pnpm batches undo|redo|replay`: carries it out here and now, and says in plain words what became of it.
import type { LoadOptions } from '@cei-inoe/shared/batches';
import { type ReplayAnswer, replayBatch } from '../compose/replay-batch.ts';
import type { Surroundings } from '../compose/settings.ts';
import { redoBatch, type UndoAnswer, undoBatch } from '../compose/undo-batch.ts';
import { confirm, isTerminal } from './confirm.ts';
import { describeReplay, describeTurn } from './describe-operation.ts';
import { findBatch } from './find-batch.ts';
import { writeJson, writeText } from './output.ts';

const getUser = (): string | null => process.env.USER ?? null;

/** Takes a batch back, or brings it back. */
export async function turnBatch(
  around: Surroundings,
  operation: 'undo' | 'redo',
  id: string,
  flags: { json?: boolean; dryRun?: boolean },
): Promise<void> {
  const { batch_id: batchId } = await findBatch(around.pool, id);
  const options = { requestedBy: getUser(), dryRun: flags.dryRun === true };
  const answer: UndoAnswer = await (operation === 'undo' ? undoBatch : redoBatch)(around, batchId, options);
  if (flags.json === true) writeJson(answer);
  else writeText(describeTurn(answer));
}

export interface ReplayFlags extends LoadOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly preview?: boolean;
  readonly yes?: boolean;
}

/** Shows what a replay would change, asks where somebody sits at a terminal, and does it. Returns the exit code. */
export async function replayHere(around: Surroundings, id: string, flags: ReplayFlags): Promise<number> {
  const { batch_id: batchId } = await findBatch(around.pool, id);
  const { json, dryRun, preview, yes, ...load } = flags;
  const run = (isDry: boolean) => replayBatch(around, batchId, { requestedBy: getUser(), dryRun: isDry, load });
  const onlyShows = dryRun === true || preview === true;
  const asks = !onlyShows && yes !== true && isTerminal();
  if (asks) {
    writeText(describeReplay(await run(true)));
    if (!(await confirm('Replay it? [y/N] '))) {
      writeText('Nothing was changed.');
      return 1;
    }
  }
  const answer: ReplayAnswer = await run(onlyShows);
  if (json === true) writeJson(answer);
  else writeText(describeReplay(answer));
  return answer.records.rejected > 0 ? 3 : 0;
}
