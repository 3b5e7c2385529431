// Sends COPY data over one connection with backpressure. Knows neither rows nor tables.
import { once } from 'node:events';
import type { Connection } from '@cei-inoe/shared/database';
import { from } from 'pg-copy-streams';

export interface CopyStream {
  /** Resolves when the socket can take more. @throws what the server said, if it refused the rows */
  write(buffer: Buffer): Promise<void>;
  /** Ends the COPY and returns the number of rows that the server took. */
  finish(): Promise<number>;
  /** Takes everything back that was sent; the connection can be used again afterwards. */
  abort(reason: Error): Promise<void>;
}

/** Begins `COPY … FROM STDIN` on `connection`. */
export function openCopy(connection: Connection, sql: string): CopyStream {
  const stream = connection.query(from(sql, { highWaterMark: 1024 * 1024 }));
  let failure: Error | undefined;
  const settled = new Promise<void>((resolve) => {
    stream.once('finish', resolve);
    stream.on('error', (error: Error) => {
      failure ??= error;
      // What it has buffered would be written to a connection that it has given up, and end the process.
      if (!stream.destroyed) stream.destroy();
      resolve();
    });
  });
  const check = () => {
    if (failure !== undefined) throw failure;
  };
  let draining: Promise<void> | undefined;
  async function drain(): Promise<void> {
    await Promise.race([once(stream, 'drain').catch(() => undefined), settled]);
    draining = undefined;
  }
  return {
    async write(buffer) {
      check();
      if (stream.write(buffer)) return;
      // All who wait at once wait for the same drain.
      draining ??= drain();
      await draining;
      check();
    },
    async finish() {
      check();
      stream.end();
      await settled;
      check();
      return stream.rowCount;
    },
    async abort(reason) {
      if (failure === undefined) stream.destroy(reason);
      await settled;
    },
  };
}

/** A COPY that begins with its first write, or with its end. */
export function openLater(begin: () => CopyStream): CopyStream {
  let copy: CopyStream | undefined;
  const open = (): CopyStream => {
    copy ??= begin();
    return copy;
  };
  return {
    write: (buffer) => open().write(buffer),
    finish: () => open().finish(),
    abort: async (reason) => copy?.abort(reason),
  };
}
