// The thread in which a workbook is read, as its memory and time can be limited from outside. Started by workbook.ts only.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { makeCellWriter } from './workbook-cell.ts';
import { type OpenWorkbook, openWorkbook } from './workbook-file.ts';
import type { WorkbookReply, WorkbookRequest } from './workbook-messages.ts';
import { listChunks, measureWidth } from './workbook-rows.ts';

const port = parentPort;
const request = workerData as WorkbookRequest;

async function* answer({ path, bytes, sheet }: WorkbookRequest): AsyncGenerator<WorkbookReply, WorkbookReply> {
  const workbook = await openWorkbook(
    bytes === undefined ? readFileSync(path) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  );
  if (sheet === undefined) return { kind: 'names', names: workbook.names };
  const rows = workbook.readSheet(findName(workbook, sheet));
  for (const chunk of listChunks(rows, measureWidth(rows), makeCellWriter(workbook.is1904)))
    yield { kind: 'chunk', chunk };
  return { kind: 'end' };
}

function findName(workbook: OpenWorkbook, sheet: string | number): string {
  const wanted = String(sheet).trim().toLowerCase();
  const name =
    typeof sheet === 'number'
      ? workbook.names[sheet - 1]
      : (workbook.allNames.find((n) => n === sheet) ??
        workbook.allNames.find((n) => n.trim().toLowerCase() === wanted));
  if (name !== undefined) return name;
  const known = workbook.names.map((n, at) => `${at + 1} "${n}"`).join(', ');
  throw new Fault('sheet_unknown', `There is no sheet ${JSON.stringify(sheet)}; there are: ${known}.`);
}

function describeFailure(thrown: unknown): WorkbookReply {
  const { code, message } = makeFault(thrown);
  return { kind: 'fault', code, message };
}

function send(reply: WorkbookReply): void {
  const arrays = reply.kind === 'chunk' ? listArrays(reply.chunk) : [];
  port?.postMessage(reply, arrays);
}

const listArrays = (chunk: Extract<WorkbookReply, { kind: 'chunk' }>['chunk']): ArrayBuffer[] =>
  [chunk.bytes, chunk.starts, chunk.ends, chunk.first, chunk.lines, chunk.flaws].map(
    (array) => array.buffer as ArrayBuffer,
  );

const replies = answer(request);
port?.on('message', () => {
  replies.next().then(
    ({ value }) => send(value),
    (thrown) => send(describeFailure(thrown)),
  );
});
