import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleFaultyCli } from './support/faults/faulty-process.ts';
import { KINDS } from './support/faults/kinds.ts';
import { describePoint, listFailures, runFailures } from './support/faults/run-points.ts';

const EVERY = process.env.FAULTS === 'all';
const PER_KIND = Number(process.env.FAULTS_PER_KIND ?? 8);

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleFaultyCli();
});
afterAll(() => bundle.remove());

describe.concurrent('a step that fails', () => {
  for (const kind of KINDS) {
    it(`${kind.name}: whatever it hits, the file is loaded once or reported, and nothing is left behind`, async () => {
      const results = await runFailures({
        bundle,
        kind,
        listHows: listFailures,
        ...(EVERY ? {} : { wanted: PER_KIND }),
      });
      const problems = results.flatMap((r) =>
        r.problem === undefined ? [] : [`${describePoint(r.point)}: ${r.problem}`],
      );
      expect(problems).toEqual([]);
    }, 3_600_000);
  }
});
