// Reads NDJSON, as PostgreSQL streams it, in blocks of rows. Writes no format.
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export type Row = Readonly<Record<string, string | number | null>>;

/** Rows in blocks of `size`; the source is destroyed when no more are asked for. */
export async function* readRows(source: Readable, size: number): AsyncGenerator<Row[]> {
  let rest = '';
  let rows: Row[] = [];
  source.setEncoding('utf8');
  try {
    for await (const piece of source as AsyncIterable<string>) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        rows.push(JSON.parse(line) as Row);
        if (rows.length < size) continue;
        yield rows;
        rows = [];
      }
    }
    if (rows.length > 0) yield rows;
  } finally {
    await close(source);
  }
}

async function close(source: Readable): Promise<void> {
  if (source.closed) return;
  const closed = once(source, 'close').catch(() => undefined);
  source.destroy();
  await closed;
}
