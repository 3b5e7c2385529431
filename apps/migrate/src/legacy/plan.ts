// Works a whole move out inside one transaction that is rolled back, so that the plan is what the run will do, and nothing is written.

import { inTransaction, type Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { decideBatches, decideReadings, decideSources } from './decide.ts';
import { decideOthers } from './decide-others.ts';
import type { MergedSource } from './merge-sources.ts';
import type { OldSide, Queryable } from './old-side.ts';
import type { Probe } from './probe.ts';
import { readChunk, storeRows } from './pull.ts';
import type { LegacyMap } from './read-map.ts';
import { judgeGroups } from './settle.ts';
import { OLD_TABLES, type OldTable } from './tables.ts';
import { readVerdicts, type Verdicts } from './verdicts.ts';
import { createWorkroom, storeDecisions } from './workroom.ts';

export interface Choices {
  readonly map: LegacyMap;
  readonly timezone: string | undefined;
  readonly recover: boolean;
}

export interface Plan {
  readonly probe: Probe;
  readonly verdicts: Verdicts;
  readonly sources: readonly MergedSource[];
}

const CHUNK = 20_000;

class RolledBack extends Error {}

/** @throws Fault legacy_map_invalid, permission_denied */
export async function makePlan(target: Pool, old: OldSide, probe: Probe, choices: Choices): Promise<Plan> {
  let plan: Plan | undefined;
  try {
    await inTransaction(target, async (connection) => {
      // A move that is under way stays as it is: it comes back with the rollback.
      await connection.query('DROP SCHEMA IF EXISTS legacy_move CASCADE');
      await createWorkroom(connection);
      await storeDecisions(connection, probe, choices.map, choices);
      for (const table of OLD_TABLES.filter(({ name }) => probe.tables.includes(name)))
        await pullAll(connection, old, table);
      const sources = await decideSources(connection, choices.map, choices.timezone);
      await decideBatches(connection);
      while ((await decideReadings(connection, CHUNK)) > 0);
      while ((await judgeGroups(connection, CHUNK)) > 0);
      await decideOthers(connection);
      plan = { probe, verdicts: await readVerdicts(connection), sources };
      throw new RolledBack();
    });
  } catch (thrown) {
    if (!(thrown instanceof RolledBack)) throw thrown;
  }
  if (plan === undefined) throw new Fault('internal', 'The plan was not made.');
  return plan;
}

async function pullAll(target: Queryable, old: OldSide, table: OldTable): Promise<void> {
  for (let last: string | null = null; ; ) {
    const chunk: { rows: string; count: number; last: string | null } = await readChunk(old, table, last, CHUNK);
    if (chunk.count === 0) return;
    await storeRows(target, table, chunk.rows);
    last = chunk.last;
  }
}
