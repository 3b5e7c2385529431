// In the test: interrupts one kind of load at one point after the other, and after each lets an ingestor come to rest and checks what is there.
import type { Bundle, FaultyProcess } from './faulty-process.ts';
import type { Change, Kind, Readings } from './kinds.ts';
import { type Lane, openLane } from './lane.ts';
import { type How, type Point, takesRoom } from './points.ts';
import { type Allowance, verifyCrashed, verifyRest } from './verify.ts';

export interface PointResult {
  readonly point: Point;
  /** Steps differ a little from run to run: one that did not come this time is no crash. */
  readonly reached: boolean;
  readonly problem?: string;
  readonly ms: number;
  /** The load was reported failed, and its file is in rejected/. */
  readonly refused: boolean;
}

export const describePoint = ({ label, nth, how }: Point): string => `${how} ${label}${nth === 1 ? '' : ` (${nth})`}`;

const isStatement = (label: string): boolean => /^[A-Z]|^connect$/.test(label);
const isWrite = (label: string): boolean => /^(writeFile|copyFile)/.test(label);

/** The ways in which kill -9 may meet a step. */
export const listDeaths = (label: string): How[] => [
  'before',
  ...(isStatement(label) ? (['during'] as const) : []),
  ...(isWrite(label) ? (['torn'] as const) : []),
];

/** The ways in which a step may fail while the process lives on. */
export function listFailures(label: string): How[] {
  if (label === 'connect') return ['cut'];
  if (label.startsWith('COPY ') && !label.includes('(')) return ['cut', 'cut after'];
  // A server that takes a statement back does not run out of room over it.
  if (/^(ROLLBACK|RELEASE)/.test(label)) return ['cut', 'cut after'];
  if (isStatement(label)) {
    return ['sqlstate 57P01', 'sqlstate 40001', 'sqlstate 53100', 'sqlstate 53200', 'cut', 'cut after'];
  }
  return [
    'errno EIO',
    'errno EMFILE',
    ...(takesRoom(label) ? (['errno ENOSPC'] as const) : []),
    ...(isWrite(label) ? (['half ENOSPC'] as const) : []),
  ];
}

/** A step that comes round again while nothing happens is interrupted this often. */
const MOST = 3;
const MOST_PIECES = 10;

/** Every step that was written down, in every way. */
export function listPoints(record: readonly string[], listHows: (label: string) => readonly How[]): Point[] {
  const seen = new Map<string, number>();
  return record.flatMap((label) => {
    const nth = (seen.get(label) ?? 0) + 1;
    seen.set(label, nth);
    if (nth > (/COPY data|stream read/.test(label) ? MOST_PIECES : MOST)) return [];
    return listHows(label).map((how) => ({ label, nth, how }));
  });
}

/** `wanted` of the points, evenly; all where there are no more. */
export function choosePoints(points: readonly Point[], wanted: number): Point[] {
  if (points.length <= wanted) return [...points];
  return Array.from({ length: wanted }, (_, at) => points[Math.floor((at * points.length) / wanted)]!);
}

export interface Run {
  readonly bundle: Bundle;
  readonly kind: Kind;
  readonly listHows: (label: string) => readonly How[];
  /** How many points; unset: every one. */
  readonly wanted?: number;
  readonly allow?: (point: Point) => Allowance;
}

/** Does what the change is: drops its file, or asks for its operation. */
async function act(lane: Lane, { earlier, file, operation }: Change): Promise<void> {
  if (earlier !== undefined)
    await lane.drop(earlier.name, earlier.content, earlier.folder, new Date(Date.now() - 1_000));
  if (file !== undefined) await lane.drop(file.name, file.content, file.folder);
  if (operation === undefined) return;
  await lane.query(
    'INSERT INTO batch_operation (batch_id, operation) SELECT batch_id, $2 FROM ingest_batch WHERE source_name = $1',
    [operation.of, operation.name],
  );
}

/** Kills an ingestor at each point; another one then does what is left. */
export function runDeaths(run: Run): Promise<PointResult[]> {
  return runAll(run, async (lane, service, point, change) => {
    const next = lane.prepareProcess();
    await service.arm(point);
    await act(lane, change);
    await lane.awaitRest(service).catch(() => undefined);
    if (service.isAlive()) {
      await next.kill();
      await verifyRest(lane, change);
      return { service, reached: false, refused: false };
    }
    const signal = await service.ended;
    if (signal !== 'SIGKILL') throw new Error(`it ended by itself (${signal}):\n${service.log().slice(-2_000)}`);
    await lane.awaitNoSessions();
    await verifyCrashed(lane, change);
    if (run.kind.restartsAtOnce !== true) await lane.ageLeftovers();
    next.go(['watch']);
    await lane.awaitRest(next, { mayAge: true });
    await verifyRest(lane, change);
    return { service: next, reached: true, refused: false };
  });
}

/** Kills an ingestor at the step that `begins` names, kills the one that takes up its work at each point, and lets a third one do what is left. */
export function runSecondDeaths(run: Run, begins: RegExp): Promise<PointResult[]> {
  let first: Point | undefined;
  const crash = async (lane: Lane, service: FaultyProcess, change: Change): Promise<void> => {
    if (first === undefined) throw new Error(`no step is ${begins}`);
    await service.arm(first);
    await act(lane, change);
    const signal = await service.ended;
    if (signal !== 'SIGKILL') throw new Error(`it ended by itself (${signal}):\n${service.log().slice(-2_000)}`);
    await lane.awaitNoSessions();
    await lane.ageLeftovers();
  };
  const interrupt: Interrupt = async (lane, service, point, change) => {
    const [second, third] = [lane.prepareProcess(), lane.prepareProcess()];
    await crash(lane, service, change);
    second.go(['watch'], { arm: point });
    await lane.awaitRest(second, { mayAge: true }).catch(() => undefined);
    const reached = !second.isAlive();
    await second.kill();
    await lane.awaitNoSessions();
    await verifyCrashed(lane, change);
    await lane.ageLeftovers();
    third.go(['watch']);
    await lane.awaitRest(third, { mayAge: true });
    await verifyRest(lane, change);
    return { service: third, reached, refused: false };
  };
  return runAll(run, interrupt, async (stage, clean) => {
    const label = (await recordClean(stage, clean)).find((each) => begins.test(each));
    first = label === undefined ? undefined : { label, nth: 1, how: 'before' };
    const change = await nextChange(run.kind, stage);
    const second = stage.lane.prepareProcess();
    await crash(stage.lane, stage.service, change);
    stage.service = second;
    second.go(['watch'], { record: true });
    await stage.lane.awaitRest(second, { mayAge: true });
    stage.stands = change.after;
    return second.tell();
  });
}

/** Lets each step fail; the same ingestor goes on. */
export function runFailures(run: Run): Promise<PointResult[]> {
  return runAll(run, async (lane, service, point, change) => {
    const before = service.hits.length;
    await service.arm(point);
    await act(lane, change);
    await lane.awaitRest(service, { mayAge: true });
    const made = await verifyRest(lane, change, run.allow?.(point) ?? {});
    if (!service.isAlive()) throw new Error(`it ended: ${service.log().slice(-2_000)}`);
    return { service, reached: service.hits.length > before, refused: !made };
  });
}

type Interrupt = (
  lane: Lane,
  service: FaultyProcess,
  point: Point,
  change: Change,
) => Promise<{ service: FaultyProcess; reached: boolean; refused: boolean }>;

/** Does it once without harm, and returns the steps. */
async function recordClean(stage: Stage, change: Change): Promise<readonly string[]> {
  stage.service.record();
  await runClean(stage, change);
  return stage.service.tell();
}

async function runAll(run: Run, interrupt: Interrupt, record = recordClean): Promise<PointResult[]> {
  const { kind, listHows, wanted } = run;
  const results: PointResult[] = [];
  let stage = await begin(run);
  try {
    // Once beforehand, so that what a process does only at its start is not taken for a step of the load.
    await runClean(stage, await nextChange(kind, stage));
    const points = listPoints(await record(stage, await nextChange(kind, stage)), listHows);
    for (const point of wanted === undefined ? points : choosePoints(points, wanted)) {
      const startedMs = Date.now();
      const change = await nextChange(kind, stage);
      try {
        const result = await interrupt(stage.lane, stage.service, point, change);
        stage.service = result.service;
        stage.stands = result.refused ? change.before : change.after;
        results.push({ point, ...result, ms: Date.now() - startedMs });
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        const problem = `${said}\n${stage.service.log().slice(-3_000)}`;
        results.push({ point, reached: true, refused: false, problem, ms: Date.now() - startedMs });
        // What went wrong here must not be counted again at the next point.
        await stage.lane.close().catch(() => undefined);
        stage = await begin(run);
      }
    }
    await stage.service.stop();
  } finally {
    await stage.lane.close();
  }
  return results;
}

interface Stage {
  readonly lane: Lane;
  service: FaultyProcess;
  stands: Readings;
  done: number;
}

const nextChange = (kind: Kind, stage: Stage): Promise<Change> => kind.change(stage.lane, stage.done++, stage.stands);

async function begin({ bundle, kind }: Pick<Run, 'bundle' | 'kind'>): Promise<Stage> {
  const lane = await openLane(bundle, kind);
  const stage: Stage = { lane, service: lane.prepareProcess(), stands: new Map(), done: 0 };
  stage.service.go(['watch']);
  for (const change of (await kind.prepare?.(lane)) ?? []) await runClean(stage, change);
  return stage;
}

async function runClean(stage: Stage, change: Change): Promise<void> {
  await act(stage.lane, change);
  await stage.lane.awaitRest(stage.service);
  await verifyRest(stage.lane, change);
  stage.stands = change.after;
}
