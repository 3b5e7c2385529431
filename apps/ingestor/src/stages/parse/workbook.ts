// Workbooks (.xlsx, .xlsm, .xlsb, .ods, .xls) as records. Starts the reading thread, holds it to its limits, and reads nothing itself.
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { Fault } from '@cei-inoe/shared/errors';
import type { RecordChunk } from '../../model/records.ts';
import type { WorkbookReply, WorkbookRequest } from './workbook-messages.ts';

export interface WorkbookOptions {
  /** The user's name of the file, for messages. */
  readonly fileName: string;
  /** How long the reader may take for its first answer and for each further one. */
  readonly timeoutMs?: number;
  /** Heap of the reader. */
  readonly heapMb?: number;
}

export interface SheetOptions extends WorkbookOptions {
  /** Name, or 1-based number among the visible sheets with cells. */
  readonly sheet: string | number;
}

/** As much as may be unpacked, as an archive may also be of stored entries. */
const MAX_FILE_BYTES = 400 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const HEAP_MB = 768;

/**
 * Reads one sheet of the workbook at `path` as records: text of every cell as stored, dates as `yyyy-MM-dd[ HH:mm:ss[.SSS]]` of the wall clock,
 * numbers as shortest decimals, TRUE and FALSE; formulas by the value saved with them. Rows with error cells are flagged `cellError`. Rows without
 * anything are left out; all others are as wide as the sheet. `lines` are row numbers.
 *
 * `unwrapped`: the workbook's bytes where it is not the file at `path` itself.
 *
 * Limits: 400 MiB of file and of unpacked content (counted), 300 times the packed size, 10,000 entries, 40 million cells, 768 MB of heap, 60 s.
 * @throws Fault workbook_broken, workbook_encrypted, workbook_too_large, sheet_unknown
 */
export async function* parseWorkbook(
  path: string,
  options: SheetOptions,
  unwrapped?: AsyncIterable<Buffer>,
): AsyncGenerator<RecordChunk> {
  const bytes = unwrapped === undefined ? {} : { bytes: await readWhole(unwrapped, options.fileName) };
  const reader = await openReader({ path, ...bytes, sheet: options.sheet }, options);
  try {
    let next = reader.ask();
    for (;;) {
      const reply = await next;
      if (reply.kind !== 'chunk') return;
      // The next chunk is written while this one is used.
      next = reader.ask();
      next.catch(() => undefined);
      const { bytes } = reply.chunk;
      yield { ...reply.chunk, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    }
  } finally {
    await reader.close();
  }
}

async function readWhole(pieces: AsyncIterable<Buffer>, fileName: string): Promise<Uint8Array> {
  const all: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > MAX_FILE_BYTES)
      throw new Fault('workbook_too_large', `${fileName} has more than ${MAX_FILE_BYTES} bytes, which are the limit.`);
    all.push(Buffer.from(piece));
  }
  return Buffer.concat(all);
}

/** Names of the visible sheets with cells, in the order that a sheet's number counts. @throws Fault as parseWorkbook */
export async function listSheets(path: string, options: WorkbookOptions): Promise<readonly string[]> {
  const reader = await openReader({ path }, options);
  try {
    const reply = await reader.ask();
    return reply.kind === 'names' ? reply.names : [];
  } finally {
    await reader.close();
  }
}

interface Reader {
  /** The reader's next answer. @throws Fault that it gives, or that stands for its end */
  ask(): Promise<WorkbookReply>;
  close(): Promise<void>;
}

async function openReader(request: WorkbookRequest, options: WorkbookOptions): Promise<Reader> {
  const { fileName, timeoutMs = TIMEOUT_MS, heapMb = HEAP_MB } = options;
  const { size } = await stat(request.path);
  if (size > MAX_FILE_BYTES)
    throw new Fault('workbook_too_large', `${fileName} has ${size} bytes; ${MAX_FILE_BYTES} are the limit.`);
  const worker = new Worker(writeBootstrap(), {
    eval: true,
    execArgv: [],
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  const closing = new AbortController();
  return {
    ask: () => askWorker(worker, fileName, timeoutMs, closing.signal),
    async close() {
      // An answer that was asked for ahead will not come: its timer must not keep the process alive.
      closing.abort();
      await worker.terminate();
    },
  };
}

/**
 * What the thread runs first: Node runs TypeScript in a thread only if the thread itself registers tsx. Without tsx, Node must be one that needs none.
 */
function writeBootstrap(): string {
  const script = JSON.stringify(new URL('./workbook-worker.ts', import.meta.url).href);
  try {
    const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
    return `import(${tsx}).then(({ register }) => { register(); return import(${script}); })`;
  } catch {
    return `import(${script})`;
  }
}

async function askWorker(
  worker: Worker,
  fileName: string,
  timeoutMs: number,
  closing: AbortSignal,
): Promise<WorkbookReply> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), timeoutMs);
  try {
    const answered = once(worker, 'message', { signal: AbortSignal.any([ended.signal, closing]) });
    worker.postMessage('next');
    const [reply] = (await answered) as [WorkbookReply];
    if (reply.kind === 'fault') throw new Fault(reply.code, `${fileName}: ${reply.message}`);
    return reply;
  } catch (error) {
    throw describeEnd(error, fileName, timeoutMs);
  } finally {
    clearTimeout(timer);
  }
}

function describeEnd(error: unknown, fileName: string, timeoutMs: number): Fault {
  if (error instanceof Fault) return error;
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new Fault('workbook_too_large', `${fileName} needs more memory than a workbook may.`, { cause: error });
  }
  if (name === 'AbortError') {
    return new Fault('workbook_too_large', `${fileName} could not be read within ${timeoutMs / 1000} s.`, {
      cause: error,
    });
  }
  return new Fault('workbook_broken', `${fileName}: ${message}`, { cause: error });
}
