// The seal of an archive: its last bytes hold the SHA-256 of all bytes before them. Knows nothing of what is inside.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { Fault } from '@cei-inoe/shared/errors';

const NAME = 'cei-backup sha256:';
/** The comment that ends a zip file: as long as the seal that takes its place, so that the file stays a plain zip file. */
export const BLANK_SEAL = `${NAME}${'0'.repeat(64)}`;
const LENGTH = BLANK_SEAL.length;

/** Passes a zip file on whose comment is BLANK_SEAL, and puts the seal in its place. */
export function makeSealer(): Transform {
  const hash = createHash('sha256');
  let tail = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const all = Buffer.concat([tail, chunk]);
      const cut = Math.max(0, all.length - LENGTH);
      tail = all.subarray(cut);
      const head = all.subarray(0, cut);
      hash.update(head);
      done(null, head);
    },
    flush(done) {
      if (tail.toString('latin1') !== BLANK_SEAL)
        return done(new TypeError('the zip file does not end in a blank seal'));
      done(null, Buffer.from(`${NAME}${hash.digest('hex')}`, 'latin1'));
    },
  });
}

export type Seal = 'whole' | 'broken' | 'none';

/** Reads the whole file and holds it against its seal; `none`: it does not end in one, as a file that was cut off. @throws Fault backup_unknown where it does not begin as a zip file does */
export async function checkSeal(path: string, signal?: AbortSignal): Promise<Seal> {
  const { head, tail, size } = await readEnds(path);
  if (!head.equals(Buffer.from('PK\x03\x04', 'latin1'))) throw new Fault('backup_unknown', `${path} begins otherwise.`);
  const said = new RegExp(`^${NAME}([0-9a-f]{64})$`).exec(tail.toString('latin1'))?.[1];
  if (said === undefined) return 'none';
  const hash = createHash('sha256');
  const stream = createReadStream(path, {
    end: size - LENGTH - 1,
    highWaterMark: 1 << 20,
    ...(signal ? { signal } : {}),
  });
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex') === said ? 'whole' : 'broken';
}

async function readEnds(path: string) {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Fault(
      'backup_unknown',
      error.code === 'ENOENT' ? `${path} is not there.` : `${path}: ${error.message}.`,
      { cause: error },
    );
  });
  try {
    const { size } = await handle.stat();
    if (size < LENGTH + 4) throw new Fault('backup_unknown', `${path} has ${size} bytes only.`);
    const head = Buffer.alloc(4);
    const tail = Buffer.alloc(LENGTH);
    await handle.read(head, 0, 4, 0);
    await handle.read(tail, 0, LENGTH, size - LENGTH);
    return { head, tail, size };
  } finally {
    await handle.close();
  }
}
