// Keeps refused records in a file while a load runs, so that memory does not grow with them; afterwards they are read from there.
import { closeSync, createReadStream, openSync, rmSync, writeFileSync } from 'node:fs';
import type { CellError } from '@cei-inoe/shared/batches';

/** One refused record. `cells` are its texts as in the file. */
export interface RefusedRecord {
  readonly line: number;
  readonly cells: readonly string[];
  readonly errors: readonly CellError[];
  /** How many records of the line were refused, 1 where it is not said; 0: the line is only there for those after it. */
  readonly records?: number;
}

export interface RejectSpool {
  readonly path: string;
  count: number;
  /** How often each code occurred (a record counts once per code). */
  readonly codes: Map<string, number>;
  add(record: RefusedRecord): void;
  /** All records so far, in the order they were added. */
  read(): AsyncGenerator<RefusedRecord>;
  /** Forgets everything, for a second pass over the file. */
  clear(): void;
  close(): void;
}

const FLUSH_CHARACTERS = 64 * 1024;

/** Opens a spool at `path`; the file is made with the first refusal and removed by `close`. */
export function openRejectSpool(path: string): RejectSpool {
  let file: number | undefined;
  let waiting: string[] = [];
  let waitingCharacters = 0;
  const flush = () => {
    if (waiting.length === 0) return;
    file ??= openSync(path, 'w', 0o600);
    // Unlike writeSync, it writes the text whole or fails: a disk that is nearly full takes the beginning and says nothing.
    writeFileSync(file, waiting.join(''));
    waiting = [];
    waitingCharacters = 0;
  };
  const forget = () => {
    if (file !== undefined) {
      closeSync(file);
      rmSync(path, { force: true });
    }
    file = undefined;
    waiting = [];
    waitingCharacters = 0;
  };
  const spool: RejectSpool = {
    path,
    count: 0,
    codes: new Map(),
    add(record) {
      const text = `${JSON.stringify(record)}\n`;
      waiting.push(text);
      waitingCharacters += text.length;
      spool.count += record.records ?? 1;
      for (const code of new Set(record.errors.map((e) => e.code))) {
        spool.codes.set(code, (spool.codes.get(code) ?? 0) + 1);
      }
      if (waitingCharacters >= FLUSH_CHARACTERS) flush();
    },
    async *read() {
      flush();
      if (file === undefined) return;
      let rest = '';
      for await (const piece of createReadStream(path, 'utf8') as AsyncIterable<string>) {
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line) as RefusedRecord;
      }
    },
    clear() {
      forget();
      spool.count = 0;
      spool.codes.clear();
    },
    close: forget,
  };
  return spool;
}

/** A spool that keeps nothing, for reading a file again whose refusals are known. */
export function openNoSpool(): RejectSpool {
  const spool: RejectSpool = {
    path: '',
    count: 0,
    codes: new Map(),
    add: () => {
      spool.count++;
    },
    async *read() {},
    clear: () => undefined,
    close: () => undefined,
  };
  return spool;
}
