// Records → accepted rows: the row program, and behind it what derives rows from its readings. Puts together; holds no rule.
import type { SourceExtent } from '../model/counts.ts';
import type { FilePlan } from '../model/plan.ts';
import type { RecordChunk } from '../model/records.ts';
import { type LineSink, makeDeriver } from './derive-rows.ts';
import { compileRowProgram } from './row-program.ts';
import type { SourceOf } from './row-state.ts';
import { makeScaler } from './scale-rows.ts';

export interface RowPipeline {
  process(chunk: RecordChunk): void;
  /** Call once, after the last chunk. Stops after every row that is derived, so that the caller can send them off. */
  finish(): Generator<void>;
  extents(): SourceExtent[];
  /** The sources that records named, also those of which no row came. */
  named(): number[];
}

export function makeRowPipeline(plan: FilePlan, sourceOf: SourceOf, out: LineSink, nowMicros: number): RowPipeline {
  const spec = plan.mapping.derive;
  const deriver = spec?.bucket === undefined ? undefined : makeDeriver(plan, spec, sourceOf, out);
  const scaler = spec === undefined || deriver !== undefined ? undefined : makeScaler(plan, spec, sourceOf, out);
  const program = compileRowProgram(plan, sourceOf, (deriver ?? scaler)?.sink ?? out, nowMicros);
  return {
    process: program.process,
    *finish() {
      program.finish();
      if (deriver !== undefined) yield* deriver.finish();
    },
    extents: (deriver ?? scaler ?? program).extents,
    named: program.named,
  };
}
