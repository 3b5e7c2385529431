// Carries everything that is marked to its end: sources, files, readings, logs. Each chunk is one transaction; dying between two loses nothing.
import { inTransaction, type Pool } from '@cei-inoe/shared/database';
import type { Choices } from './choices.ts';
import { decideBatches, decideFacts, decideSources, decideStaging, markAll } from './decide.ts';
import { decideOthers } from './decide-others.ts';
import type { Queryable } from './old-side.ts';
import { judgeGroups, writeGroups } from './settle.ts';
import { writeBatches, writeLogs, writeSources } from './write-target.ts';

/** Told after every committed chunk; may wait, to throttle or to pause. */
export type OnChunk = (step: string, done: number) => Promise<void>;

/** A day of a source has some 24 readings. */
const ROWS_PER_GROUP = 24;

/** Decides and writes what is marked. `chunk` counts rows. */
export async function settleAll(target: Pool, choices: Choices, chunk: number, onChunk: OnChunk): Promise<void> {
  await inTransaction(target, (connection) => settleParents(connection, choices));
  const repeat = async (step: string, work: (connection: Queryable) => Promise<number>) => {
    for (;;) {
      const done = await inTransaction(target, work);
      if (done === 0) return;
      await onChunk(step, done);
    }
  };
  const lanes = (await hasDecidedFacts(target)) ? 1 : LANES;
  const side = async (...args: Parameters<typeof repeat>) => {
    const ends = await Promise.allSettled(Array.from({ length: lanes }, () => repeat(...args)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
  await repeat('decide', (connection) => decideStaging(connection, chunk));
  await side('decide', (connection) => decideFacts(connection, chunk));
  await side('write', async (connection) => {
    const groups = await judgeGroups(connection, Math.max(1, Math.round(chunk / ROWS_PER_GROUP)));
    if (groups > 0) await writeGroups(connection);
    return groups * ROWS_PER_GROUP;
  });
}

/**
 * Two connections share the first, big settling: facts do not look at one another before they are judged, and groups never. Later ones also take
 * back what stood before, where two could wait for each other.
 */
const LANES = 2;

async function hasDecidedFacts(target: Pool): Promise<boolean> {
  const { rows } = await target.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM legacy_move.reading WHERE is_fact) AS found',
  );
  return rows[0]?.found === true;
}

/** The same on one connection whose transaction is the caller's: what the cutover does while writers wait. */
export async function settleOn(connection: Queryable, choices: Choices): Promise<void> {
  await settleParents(connection, choices);
  while ((await decideStaging(connection, 20_000)) > 0);
  while ((await decideFacts(connection, 20_000)) > 0);
  while ((await judgeGroups(connection, 1_000)) > 0) await writeGroups(connection);
}

/** Registers, files and logs, where any of them is marked. */
async function settleParents(connection: Queryable, choices: Choices): Promise<void> {
  const marked = await takeMarks(connection);
  if (marked.has('device') || marked.has('generic_device')) {
    const before = await readFingerprint(connection);
    await decideSources(connection, choices.map, choices.timezone);
    await writeSources(connection);
    await decideBatches(connection);
    await writeBatches(connection);
    if (before !== (await readFingerprint(connection))) await markAll(connection);
  } else if (marked.has('ingest_file')) {
    await decideBatches(connection);
    await writeBatches(connection);
  }
  if (marked.size > 0) {
    await decideOthers(connection);
    await writeLogs(connection);
  }
}

/** Tables with marks that are no readings; the marks of log rows stay for those who write them. */
async function takeMarks(connection: Queryable): Promise<Set<string>> {
  const { rows } = await connection.query<{ tab: string }>(
    `WITH taken AS (DELETE FROM legacy_move.todo WHERE tab IN ('device', 'generic_device', 'ingest_file') RETURNING tab)
     SELECT DISTINCT tab FROM taken
     UNION SELECT DISTINCT tab FROM legacy_move.todo WHERE tab IN ('pipeline_execution', 'data_quality_checks', 'api_fetch_cursor')`,
  );
  return new Set(rows.map(({ tab }) => tab));
}

/** What verdicts depend on of the registers. */
async function readFingerprint(connection: Queryable): Promise<string> {
  const { rows } = await connection.query<{ print: string }>(
    `SELECT md5(coalesce((SELECT string_agg(h::text, '|' ORDER BY register, old_id) FROM legacy_move.handle h), '') ||
       coalesce((SELECT string_agg(folded || coalesce(zone, '-'), '|' ORDER BY folded) FROM legacy_move.source), '') ||
       coalesce((SELECT string_agg(m::text, '|' ORDER BY kind, value) FROM legacy_move.map m), '')) AS print`,
  );
  return rows[0]?.print ?? '';
}
