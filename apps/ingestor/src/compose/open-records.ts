// Opens the archived bytes of a file as records: unwrap, decode and parse, as its reading plan says.
import type { ReadingPlan } from '../model/plan.ts';
import type { RecordChunk } from '../model/records.ts';
import { decodeToUtf8 } from '../stages/decode/decode-text.ts';
import { openUnwrapped } from '../stages/decode/unwrap.ts';
import { parseCsv } from '../stages/parse/csv.ts';
import { parseJson } from '../stages/parse/json.ts';
import { listSheets, parseWorkbook } from '../stages/parse/workbook.ts';

/** Records of the file at `path`. `onBytes` is told how many bytes have been read (a workbook is read whole). */
export async function* openRecords(
  path: string,
  fileName: string,
  plan: ReadingPlan,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<RecordChunk> {
  const { dialect, wrapping } = plan;
  if (dialect.kind === 'workbook') {
    const bytes = wrapping === 'none' ? undefined : openUnwrapped(path, wrapping, onBytes);
    yield* parseWorkbook(path, { sheet: dialect.sheet, fileName }, bytes);
    return;
  }
  const text = decodeToUtf8(plan.encoding, plan.bomBytes)(openUnwrapped(path, wrapping, onBytes));
  yield* dialect.kind === 'json' ? parseJson(text, dialect) : parseCsv(text, dialect);
}

/** Visible sheets with cells that a reading of a workbook leaves out. Of one inside an archive they are not known. */
export async function listOtherSheets(path: string, fileName: string, plan?: ReadingPlan): Promise<readonly string[]> {
  if (plan === undefined || plan.dialect.kind !== 'workbook' || plan.wrapping !== 'none') return [];
  const { sheet } = plan.dialect;
  const names = await listSheets(path, { fileName });
  return names.filter((name, at) => name !== sheet && at + 1 !== sheet);
}
