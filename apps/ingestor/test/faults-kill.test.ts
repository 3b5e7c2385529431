import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleFaultyCli } from './support/faults/faulty-process.ts';
import { KINDS } from './support/faults/kinds.ts';
import { runCommandDeaths } from './support/faults/run-commands.ts';
import {
  describePoint,
  listDeaths,
  type PointResult,
  runDeaths,
  runSecondDeaths,
} from './support/faults/run-points.ts';

const EVERY = process.env.FAULTS === 'all';
const PER_KIND = Number(process.env.FAULTS_PER_KIND ?? 5);

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleFaultyCli();
});
afterAll(() => bundle.remove());

type Runs = readonly (readonly [name: string, run: () => Promise<PointResult[]>])[];
const share = EVERY ? {} : { wanted: PER_KIND };
const badRows = KINDS.find((kind) => kind.name === 'bad rows')!;
const RUNS: Runs = [
  ...KINDS.map((kind) => [kind.name, () => runDeaths({ bundle, kind, listHows: listDeaths, ...share })] as const),
  ...(
    [
      ['taking up a file without its batch', /^COMMIT after INSERT INTO ingest_batch/],
      ['taking up a load that died', /^COMMIT after WITH mapping AS/],
      ['taking up a file that was not moved on', /^link spool/],
    ] as const
  ).map(
    ([name, begins]) =>
      [name, () => runSecondDeaths({ bundle, kind: badRows, listHows: listDeaths, ...share }, begins)] as const,
  ),
  ['pnpm ingest', () => runCommandDeaths(bundle, share.wanted)],
];

describe.concurrent('kill -9', () => {
  for (const [name, run] of RUNS) {
    it(`${name}: whatever it hits, the file is loaded once or reported, and nothing is left behind`, async () => {
      const results = await run();
      const problems = results.flatMap((r) =>
        r.problem === undefined ? [] : [`${describePoint(r.point)}: ${r.problem}`],
      );
      expect(problems).toEqual([]);
    }, 3_600_000);
  }
});
