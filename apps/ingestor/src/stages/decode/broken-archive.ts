// Tells a damaged archive from a disk that fails while it is read.
import { Fault } from '@cei-inoe/shared/errors';

/** What to throw for `error`: errors of a system call say nothing about the archive. zlib numbers its errors too, but names no call. */
export function explainBroken(error: Error): Error {
  if (error instanceof Fault || (error as NodeJS.ErrnoException).syscall !== undefined) return error;
  return new Fault('archive_broken', `${error.message}.`, { cause: error });
}
