// Watches the drop folder: takes in what stands still, and moves on what has been loaded. Loads nothing itself.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Surroundings } from '../compose/settings.ts';
import { findSource } from '../stages/map/find-source.ts';
import { deliverEnded } from './deliver.ts';
import { findDroppedSource } from './dropped-source.ts';
import { nameReadably } from './name-readably.ts';
import { tidyOrphans } from './orphans.ts';
import { groupSmall, receiveAhead } from './receive-ahead.ts';
import { type Dropped, makeScanner } from './scan.ts';
import { sweepSpool } from './sweep-spool.ts';
import { type Taken, takeDropped, takeTogether } from './take.ts';

export interface FolderWatch {
  /** Ends after the file that is being taken in. */
  stop(): Promise<void>;
  /** Something was loaded: deliver soon. */
  nudge(): void;
}

export interface WatchOptions {
  readonly stableMs: number;
  readonly maxBytes: number;
}

const ORPHANS_EVERY_MS = 60_000;
/** How long no file is taken after the database or the disk failed. */
const REST_MS = 1_000;

/** Folders on network shares send no events, so the folder is listed, several times within the time a file must stand still. */
const findPauseMs = (stableMs: number): number => Math.min(Math.max(stableMs / 4, 50), 1_000);

export function watchFolder(around: Surroundings, options: WatchOptions): FolderWatch {
  const incoming = join(around.dataDir, 'incoming');
  const stopping = new AbortController();
  let wake = new AbortController();
  const scanner = makeScanner(
    incoming,
    options.stableMs,
    async (name) => (await findSource(around.pool, name)) !== undefined,
  );
  let restUntilMs = 0;
  const undeliverable = new Map<string, number>();
  const loop = run();

  async function run(): Promise<void> {
    let orphansAt = 0;
    while (!stopping.signal.aborted) {
      try {
        if (Date.now() - orphansAt > ORPHANS_EVERY_MS) {
          orphansAt = Date.now();
          await tidySpool();
        }
        await takeStable();
        await deliver();
      } catch (error) {
        around.log.error({ err: error }, 'the drop folder cannot be served now');
      }
      wake = new AbortController();
      const signal = AbortSignal.any([stopping.signal, wake.signal]);
      await sleep(findPauseMs(options.stableMs), undefined, { signal }).catch(() => undefined);
    }
    await deliver().catch(() => undefined);
  }
  /** What a crash left there must not keep new files from being taken. */
  async function tidySpool(): Promise<void> {
    try {
      await tidyOrphans(around, options.maxBytes);
      await sweepSpool(around);
    } catch (error) {
      around.log.warn({ err: error }, 'the spool cannot be tidied now');
    }
  }
  /** What cannot be delivered (its folder belongs to another ingestor, or is full) is left for a minute. */
  async function deliver(): Promise<void> {
    for (const [id, until] of undeliverable) if (until < Date.now()) undeliverable.delete(id);
    for (const id of await deliverEnded(around, [...undeliverable.keys()])) undeliverable.set(id, Date.now() + 60_000);
  }
  async function takeStable(): Promise<void> {
    const stable = await scanner.listStable();
    if (performance.now() < restUntilMs) return;
    const { maxBytes } = options;
    const ahead = receiveAhead(around.archive, stable, maxBytes);
    const taking = { maxBytes, receive: ahead.receive };
    try {
      const isStopped = await takeEach(around, stable, {
        take: (dropped) => takeDropped(around, dropped, taking),
        takeTogether: (files) => takeTogether(around, files, taking),
        postpone: scanner.postpone,
        signal: stopping.signal,
      });
      if (isStopped) restUntilMs = performance.now() + REST_MS;
    } finally {
      await ahead.close();
    }
  }
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
    nudge: () => wake.abort(),
  };
}

interface Taking {
  readonly take: (dropped: Dropped) => Promise<Taken>;
  readonly takeTogether: (files: readonly Dropped[]) => Promise<boolean>;
  readonly postpone: (path: string) => void;
  readonly signal: AbortSignal;
}

/** So many small files come into the queue in one turn, where so many wait: the commit and the statements are shared. */
const MOST_TOGETHER = 16;

/** Takes the files in, the oldest first. Returns whether nothing can be taken in now. */
async function takeEach(around: Surroundings, stable: readonly Dropped[], taking: Taking): Promise<boolean> {
  const findId = async ({ name, folder }: Dropped) => (await findDroppedSource(around, name, folder))?.id;
  /** Sources with a file that could not be taken in now: another ingestor, or the writer, has it in hand, and it may come back. */
  const waiting = new Set<number | undefined>();
  for (const group of groupSmall(stable, MOST_TOGETHER)) {
    if (taking.signal.aborted) return false;
    if (group.length > 1 && waiting.size === 0 && (await taking.takeTogether(group))) continue;
    for (const dropped of group) {
      if (taking.signal.aborted) return false;
      if (waiting.size > 0 && waiting.has(await findId(dropped))) continue;
      const { undecodable } = dropped;
      const taken = await (undecodable === undefined
        ? taking.take(dropped)
        : nameReadably(around, dropped, undecodable));
      // No file is left out for a database or disk that fails: later ones of its source would get before it.
      if (taken === 'stopped') return true;
      if (taken === 'waits') {
        taking.postpone(dropped.path);
        waiting.add(await findId(dropped));
      }
    }
  }
  return false;
}
