// Copies and hashes dropped files ahead of their turn: waiting for the disk is most of what taking in a small file takes. Registers nothing.
import type { Archive } from '@cei-inoe/shared/archive';
import { type ReceivedFile, receiveFile } from '../stages/source/receive-file.ts';
import type { Dropped } from './scan.ts';

/** The bytes of the file at `path`, received before or now. @throws Fault as receiveFile */
export type Receiving = (path: string) => Promise<ReceivedFile>;

export interface ReceivingAhead {
  readonly receive: Receiving;
  /** Takes out of the spool what was received and not asked for. */
  close(): Promise<void>;
}

/** So many files are on their way beside the one whose turn it is. */
const MOST_AHEAD = 16;
/** A large file fills the disk's queue alone, and may be moved away before its turn. */
const MOST_BYTES = 4 * 1024 * 1024;

const isSmall = ({ undecodable, sizeBytes }: Dropped): boolean => undecodable === undefined && sizeBytes <= MOST_BYTES;

/** Runs of small files, of `most` at most; every other file by itself. */
export function groupSmall(files: readonly Dropped[], most: number): readonly (readonly Dropped[])[] {
  const groups: Dropped[][] = [];
  for (const file of files) {
    const last = groups.at(-1);
    const joins = last !== undefined && last.length < most && isSmall(file) && last.every(isSmall);
    if (joins) last.push(file);
    else groups.push([file]);
  }
  return groups;
}

/** `files` in the order in which they will be asked for. Whether one was replaced since, its registration finds out. */
export function receiveAhead(archive: Archive, files: readonly Dropped[], maxBytes: number): ReceivingAhead {
  const small = files.filter(isSmall);
  const waiting = new Map<string, Promise<ReceivedFile>>();
  let next = 0;
  function lookAhead(): void {
    for (; next < small.length && waiting.size < MOST_AHEAD; next++) {
      const { path } = small[next] as Dropped;
      const received = receiveFile(archive, path, maxBytes);
      // Told to whoever asks for it.
      received.catch(() => undefined);
      waiting.set(path, received);
    }
  }
  return {
    async receive(path) {
      const begun = waiting.get(path);
      waiting.delete(path);
      if (small[next]?.path === path) next++;
      const received = begun ?? receiveFile(archive, path, maxBytes);
      lookAhead();
      return received;
    },
    async close() {
      for (const received of waiting.values())
        await received.then(
          (each) => archive.discard(each),
          () => undefined,
        );
      waiting.clear();
    },
  };
}
