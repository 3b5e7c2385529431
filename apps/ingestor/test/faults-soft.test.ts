import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleFaultyCli } from './support/faults/faulty-process.ts';
import { KINDS } from './support/faults/kinds.ts';
import { describePoint, listFailures, runFailures } from './support/faults/run-points.ts';

const EVERY = process.env.FAULTS === 'all';
const PER_KIND = Number(process.env.FAULTS_PER_KIND ?? 20);

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
        allow: (point) => ({ failures: point.how === 'errno EIO' ? ['internal'] : [] }),
        ...(EVERY ? {} : { wanted: PER_KIND }),
      });
      const hit = results.filter((result) => result.reached);
      const ms = results.reduce((sum, r) => sum + r.ms, 0);
      const say = (t: string) => appendFileSync('/tmp/wt/faults-soft.log', t);
      say(
        `${kind.name}: ${results.length} points, ${hit.length} reached, ${Math.round(ms / results.length)} ms each\n`,
      );
      for (const r of results)
        if (r.refused) say(`   REFUSED ${describePoint(r.point)}\n`);
        else if (!r.reached) say(`   missed ${describePoint(r.point)}\n`);
      const problems = results.flatMap((r) =>
        r.problem === undefined ? [] : [`${describePoint(r.point)}: ${r.problem}`],
      );
      for (const p of problems) say(`   PROBLEM ${p}\n`);
      expect(problems).toEqual([]);
    }, 3_600_000);
  }
});
