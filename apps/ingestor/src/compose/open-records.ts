// Opens the archived bytes of a file as records: decode and parse, as its reading plan says.
import { createReadStream } from 'node:fs';
import type { ReadingPlan } from '../model/plan.ts';
import type { RecordChunk } from '../model/records.ts';
import { decodeToUtf8 } from '../stages/decode/decode-text.ts';
import { parseCsv } from '../stages/parse/csv.ts';
import { parseWorkbook } from '../stages/parse/workbook.ts';

const READ_BYTES = 256 * 1024;

/** Records of the file at `path`. `onBytes` is told how many bytes have been read (a workbook is read whole). */
export async function* openRecords(
  path: string,
  fileName: string,
  plan: ReadingPlan,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<RecordChunk> {
  if (plan.dialect.kind === 'workbook') {
    yield* parseWorkbook(path, { sheet: plan.dialect.sheet, fileName });
    return;
  }
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  async function* counted(): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of file as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      onBytes(bytes);
      yield chunk;
    }
  }
  try {
    yield* parseCsv(decodeToUtf8(plan.encoding, plan.bomBytes)(counted()), plan.dialect);
  } finally {
    file.destroy();
  }
}
