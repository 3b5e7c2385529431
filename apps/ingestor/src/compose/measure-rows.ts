// One pass over the records of a file that sends nothing: which sources and periods its rows touch.
import type { SourceExtent } from '../model/counts.ts';
import type { CopyStream } from '../stages/copy/copy-stream.ts';
import type { CopyEncoder } from '../stages/encode/copy-encoder.ts';
import { openNoSpool } from '../stages/report/reject-spool.ts';
import { type PassOptions, readRows } from './read-rows.ts';

const NO_ENCODER: CopyEncoder = { columns: [], write: () => undefined, takeFull: () => [], finish: () => [] };
const NO_COPY: CopyStream = { write: async () => undefined, finish: async () => 0, abort: async () => undefined };

export async function measureRows(
  options: Omit<PassOptions, 'encoder' | 'copy' | 'spool'>,
): Promise<readonly SourceExtent[]> {
  const pass = await readRows({ ...options, encoder: NO_ENCODER, copy: NO_COPY, spool: openNoSpool() });
  return pass.extents;
}
