// Counts and hashes what streams by. Changes nothing.
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

export interface Measured {
  readonly bytes: number;
  readonly sha256: string;
  /** Newlines: rows, where it is the text of a COPY. */
  readonly lines: number;
}

export interface Meter {
  readonly stream: Transform;
  /** Once everything has passed. */
  read(): Measured;
}

const NEWLINE = 10;

export function makeMeter(): Meter {
  const hash = createHash('sha256');
  let bytes = 0;
  let lines = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { stream, read: () => ({ bytes, lines, sha256: hash.digest('hex') }) };
}
