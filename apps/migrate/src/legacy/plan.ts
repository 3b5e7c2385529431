// Works a whole move out inside one transaction that is rolled back, so that the plan is what the run will do, and nothing is written.

import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { Choices } from './choices.ts';
import { decideBatches, decideFacts, decideSources, decideStaging } from './decide.ts';
import { decideOthers } from './decide-others.ts';
import type { MergedSource } from './merge-sources.ts';
import type { OldSide, Queryable } from './old-side.ts';
import type { Probe } from './probe.ts';
import { readChunk, storeRows } from './pull.ts';
import { judgeGroups } from './settle.ts';
import { OLD_TABLES, type OldTable } from './tables.ts';
import { readVerdicts, type Verdicts } from './verdicts.ts';
import { createWorkroom, storeDecisions } from './workroom.ts';

export interface Plan {
  readonly probe: Probe;
  readonly verdicts: Verdicts;
  readonly sources: readonly MergedSource[];
}

const CHUNK = 20_000;

class RolledBack extends Error {}

/** @throws Fault legacy_map_invalid, permission_denied */
export function makePlan(target: Pool, old: OldSide, probe: Probe, choices: Choices): Promise<Plan> {
  return workOut(target, async (connection) => {
    await createWorkroom(connection);
    await storeDecisions(connection, probe, choices.map, choices);
    for (const table of listTables(probe)) await pullAll(connection, old, table);
    await connection.query('ANALYZE legacy_move.old, legacy_move.todo');
    const sources = await decideSources(connection, choices.map, choices.timezone);
    await decideBatches(connection);
    while ((await decideStaging(connection, CHUNK)) > 0);
    while ((await decideFacts(connection, CHUNK)) > 0);
    while ((await judgeGroups(connection, CHUNK)) > 0);
    await decideOthers(connection);
    return { probe, verdicts: await readVerdicts(connection), sources };
  });
}

/** Only the merged registers, which is what a run must know before it begins. @throws Fault legacy_map_invalid */
export function planSources(target: Pool, old: OldSide, probe: Probe, choices: Choices): Promise<MergedSource[]> {
  return workOut(target, async (connection) => {
    await createWorkroom(connection);
    for (const table of listTables(probe).filter(({ kind }) => kind === 'register'))
      await pullAll(connection, old, table);
    return await decideSources(connection, choices.map, choices.timezone);
  });
}

const listTables = ({ tables }: Probe): OldTable[] => OLD_TABLES.filter(({ name }) => tables.includes(name));

/** Runs `work` in a transaction that is rolled back; a move that is under way comes back with it. */
async function workOut<T>(target: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  let made: { readonly value: T } | undefined;
  try {
    await inTransaction(target, async (connection) => {
      await connection.query('DROP SCHEMA IF EXISTS legacy_move CASCADE');
      made = { value: await work(connection) };
      throw new RolledBack();
    });
  } catch (thrown) {
    if (!(thrown instanceof RolledBack)) throw thrown;
  }
  if (made === undefined) throw new Fault('internal', 'The plan was not made.');
  return made.value;
}

async function pullAll(target: Queryable, old: OldSide, table: OldTable): Promise<void> {
  for (let last: string | null = null; ; ) {
    const chunk: { rows: string; count: number; last: string | null } = await readChunk(old, table, last, CHUNK);
    if (chunk.count === 0) return;
    await storeRows(target, table, chunk.rows);
    last = chunk.last;
  }
}
