// In the test: kills `ingest FILE` at each of its steps, beside an ingestor that serves the queue, and runs it again.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from './faulty-process.ts';
import { type Change, type DroppedFile, KINDS, type Kind } from './kinds.ts';
import { type Lane, openLane } from './lane.ts';
import type { Point } from './points.ts';
import { choosePoints, listDeaths, listPoints, type PointResult } from './run-points.ts';
import { Broken, verifyReadings } from './verify.ts';

const kind = KINDS.find((each) => each.name === 'bad rows') as Kind;

/** Runs the command to its end; returns that, and what it wrote down. */
async function runIngest(lane: Lane, file: DroppedFile, arm?: Point): Promise<{ ended: string; record: string[] }> {
  const recordPath = join(lane.dir, 'record.json');
  const command = lane.prepareProcess({ FAULT_RECORD: recordPath });
  command.go(['ingest', join(lane.dir, file.name), '--quiet'], arm === undefined ? { record: true } : { arm });
  const ended = await command.ended;
  return { ended, record: ended === 'SIGKILL' ? [] : (JSON.parse(await readFile(recordPath, 'utf8')) as string[]) };
}

/** Killed, its batch is nowhere or in the queue, where the ingestor finds it; run again, it loads the file or finds it loaded. */
export async function runCommandDeaths(bundle: Bundle, wanted: number | undefined): Promise<PointResult[]> {
  const lane = await openLane(bundle);
  const results: PointResult[] = [];
  try {
    const service = lane.prepareProcess();
    service.go(['watch']);
    const put = async (no: number) => {
      const change = (await kind.change(lane, no, new Map())) as Change & { file: DroppedFile };
      await writeFile(join(lane.dir, change.file.name), change.file.content);
      return change;
    };
    const { record } = await runIngest(lane, (await put(0)).file);
    const points = listPoints(record, listDeaths);
    for (const [at, point] of (wanted === undefined ? points : choosePoints(points, wanted)).entries()) {
      const startedMs = Date.now();
      const change = await put(at + 1);
      const { ended } = await runIngest(lane, change.file, point);
      await lane.ageLeftovers();
      await lane.awaitRest(service, { mayAge: true });
      const again = await runIngest(lane, change.file);
      const problem = await verify(lane, change, again.ended).catch((error: Error) => error.message);
      const reached = ended === 'SIGKILL';
      results.push({
        ...{ point, reached, refused: false, ms: Date.now() - startedMs },
        ...(problem === undefined ? {} : { problem }),
      });
    }
    await service.stop();
  } finally {
    await lane.close();
  }
  return results;
}

async function verify(lane: Lane, change: Change & { file: DroppedFile }, ended: string): Promise<undefined> {
  const { file } = change;
  const batches = await lane.query<{ status: string; rejected: number }>(
    'SELECT status, records_rejected::int AS rejected FROM ingest_batch WHERE source_name = $1 ORDER BY created_at',
    [file.name],
  );
  const statuses = batches.map((each) => each.status).join();
  if (!['completed', 'completed,duplicate'].includes(statuses)) throw new Broken(`batches: ${statuses}`);
  // 3: some rows were refused. Loaded before is no failure.
  if (ended !== (statuses === 'completed' ? '3' : '0')) throw new Broken(`it exits with ${ended}`);
  if (batches[0]!.rejected !== file.refused!.length) throw new Broken(`${batches[0]!.rejected} refused`);
  if (!(await readFile(join(lane.dir, file.name))).equals(file.content)) throw new Broken('the file was touched');
  await verifyReadings(lane, change.meter, change.after);
  return undefined;
}
