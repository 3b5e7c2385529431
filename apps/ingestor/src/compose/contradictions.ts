// Records that contradict one another inside a file are known only after staging: a second look at the file brings back their texts.
import type { Connection } from '@cei-inoe/shared/database';
import type { FilePlan } from '../model/plan.ts';
import { readCells } from '../model/records.ts';
import { countContradictions, listContradictions } from '../stages/merge/merge.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';
import { makeCellError } from '../stages/validate/checks.ts';
import type { Ledger } from './ledger.ts';
import { openRecords } from './open-records.ts';

/** Adds every contradicting record of the file to the spool, each naming the lines it contradicts. */
export async function refuseContradictions(
  connection: Connection,
  file: { readonly path: string; readonly fileName: string; readonly plan: FilePlan },
  spool: RejectSpool,
): Promise<void> {
  for await (const chunk of openRecords(file.path, file.fileName, file.plan)) {
    if (chunk.rows === 0) continue;
    const found = await listContradictions(connection, chunk.lines[0] as number, chunk.lines[chunk.rows - 1] as number);
    for (let row = 0; found.size > 0 && row < chunk.rows; row++) {
      const line = chunk.lines[row] as number;
      const others = found.get(line);
      if (others === undefined) continue;
      spool.add({
        line,
        cells: readCells(chunk, row),
        errors: [makeContradiction(others)],
      });
    }
  }
}

const makeContradiction = (others: string) =>
  makeCellError(
    'duplicate_conflict',
    null,
    null,
    `${others === '' ? 'Another column of the line' : `Line ${others}`} gives another value for the same time and datasource.`,
  );

/** The same for a file whose lines hold several records each. */
export async function noteContradictions(connection: Connection, ledger: Ledger): Promise<void> {
  for (const { line, others, records } of await countContradictions(connection)) {
    ledger.refuse(line, [makeContradiction(others)], records);
  }
}
