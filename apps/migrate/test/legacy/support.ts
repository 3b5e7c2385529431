// What the tests of the move share: a small old database, and the commands run on it in this process.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, createEmptyDatabase, type TestDatabase } from '@cei-inoe/shared/testing';
import type { Context, Flags } from '../../src/legacy/context.ts';
import { openOldSide } from '../../src/legacy/old-side.ts';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
export const OLD_SCHEMA = read('old-schema.sql');
export const OLD_WORLD = read('old-world.sql');
export const ZONE = 'Asia/Nicosia';

export interface Move {
  readonly old: TestDatabase;
  readonly target: TestDatabase;
  readonly printed: string[];
  readonly said: string[];
  readonly dir: string;
  run(command: (context: Context) => Promise<number>, flags?: Flags): Promise<number>;
  ask<T extends Record<string, unknown>>(sql: string): Promise<T[]>;
  end(): Promise<void>;
}

/** An old database with `sql` in it, and an empty new one. */
export async function openMove(sql: string = OLD_WORLD): Promise<Move> {
  const [old, target] = await Promise.all([createEmptyDatabase(), createDatabase()]);
  await old.pool.query(`SET TimeZone = 'UTC'; ${OLD_SCHEMA}`);
  if (sql !== '') await old.pool.query(sql);
  const dir = await mkdtemp(join(tmpdir(), 'cei-move-'));
  const printed: string[] = [];
  const said: string[] = [];
  return {
    old,
    target,
    printed,
    said,
    dir,
    async run(command, given = {}) {
      const flags: Flags = { sourceUrl: old.url, timezone: ZONE, report: dir, ...given };
      const side = await openOldSide({ sourceUrl: flags.sourceUrl, park: false }, target.url);
      try {
        return await command({
          ...{ flags, dataDir: dir, targetUrl: target.url, target: target.pool, old: side },
          say: (text) => said.push(text),
          print: (text) => printed.push(text),
        });
      } finally {
        await side.close();
      }
    },
    async ask<T extends Record<string, unknown>>(text: string) {
      return (await target.pool.query<T>(text)).rows;
    },
    async end() {
      await Promise.all([old.drop(), target.drop(), rm(dir, { recursive: true, force: true })]);
    },
  };
}

/** Source letter, instant and value of every hourly reading, in order. */
export const HOURLY = `SELECT left(d.external_id, 1) || to_char(f.ts AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI:SS ') || f.energy_kwh AS said
  FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id ORDER BY 1`;
