// Listens to how far loads are (LISTEN), for as long as somebody wants to know, and counts who does. Decides nothing.
import type { Connection, Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { PROGRESS_CHANNEL, type ProgressNote } from '@cei-inoe/shared/progress';

export interface ProgressFeed {
  /** Calls `onNote` for each note about the batch. Returns the way to stop that. */
  follow(batchId: string, onNote: (note: ProgressNote) => void): () => void;
  close(): void;
}

/** Those who follow batches, for all routes of a service, wherever they are mounted. */
export interface Following {
  readonly feed: ProgressFeed;
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
  /** Counts one more, until it is called back. @throws Fault too_many_requests */
  enter(): () => void;
  close(): void;
}

const MAX_FOLLOWERS = 200;

export function openFollowing(pool: Pool): Following {
  const feed = openProgressFeed(pool);
  const stopping = new AbortController();
  let count = 0;
  return {
    feed,
    stopping: stopping.signal,
    enter() {
      if (count >= MAX_FOLLOWERS) throw new Fault('too_many_requests', `${count} follow batches already.`);
      count++;
      return () => {
        count--;
      };
    },
    close() {
      stopping.abort();
      feed.close();
    },
  };
}

/** One connection for all who listen; none while nobody does. Where it fails, notes are missing, and nothing else. */
export function openProgressFeed(pool: Pool): ProgressFeed {
  const listeners = new Map<string, Set<(note: ProgressNote) => void>>();
  let open: Promise<Connection | undefined> | undefined;

  async function listen(): Promise<Connection | undefined> {
    const connection = await pool.connect().catch(() => undefined);
    if (connection === undefined) return undefined;
    connection.on('notification', ({ payload }) => tell(payload ?? ''));
    connection.once('error', (error) => {
      open = undefined;
      connection.release(error);
    });
    await connection.query(`LISTEN ${PROGRESS_CHANNEL}`).catch(() => undefined);
    return connection;
  }
  function tell(payload: string): void {
    const note = JSON.parse(payload) as ProgressNote;
    for (const onNote of listeners.get(note.batch_id) ?? []) onNote(note);
  }
  function close(): void {
    const closing = open;
    open = undefined;
    // Not given back to the pool: it would go on listening.
    void closing?.then((connection) => connection?.release(true));
  }
  return {
    follow(batchId, onNote) {
      const own = listeners.get(batchId) ?? new Set();
      listeners.set(batchId, own.add(onNote));
      open ??= listen();
      return () => {
        own.delete(onNote);
        if (own.size === 0) listeners.delete(batchId);
        if (listeners.size === 0) close();
      };
    },
    close,
  };
}
