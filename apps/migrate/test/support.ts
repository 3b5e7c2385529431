// What the tests of migrations share: running the command, and folders of migrations made for one test.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, runCli } from '@cei-inoe/shared/testing';

export const NAMES = [
  '20260201000000_initial_schema',
  '20260201000100_roles',
  '20260201000200_views',
  '20261123000000_energy_months',
  '20261123000100_cheap_changes',
  '20261123000200_health_without_dry_runs',
  '20261123000300_batch_places',
  '20261123000400_access',
  '20261123000500_idempotency',
  '20261123001000_source_health',
  '20261124000000_webhooks',
  '20261124001000_retention',
];
export const [INITIAL] = NAMES as [string, ...string[]];
export const LAST = NAMES.at(-1) ?? '';

export const migrate = (
  url: string | undefined,
  args: readonly string[] = [],
  env: Record<string, string | undefined> = {},
): Promise<CommandResult> => runCli('apps/migrate/src/cli.ts', args, { env: { DATABASE_URL: url, ...env } });

/** A folder of migrations: `{ '20300101000000_a': { up: 'CREATE …', down: 'DROP …' } }`. */
export async function writeMigrations(steps: Record<string, { up: string; down?: string }>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cei-migrations-'));
  await writeFile(join(dir, 'migration_lock.toml'), 'provider = "postgresql"\n');
  for (const [name, { up, down }] of Object.entries(steps)) await writeStep(dir, name, up, down);
  return dir;
}

export async function writeStep(dir: string, name: string, up: string, down?: string): Promise<void> {
  await mkdir(join(dir, name), { recursive: true });
  await writeFile(join(dir, name, 'migration.sql'), up);
  if (down !== undefined) await writeFile(join(dir, name, 'down.sql'), down);
}

export const remove = (dir: string): Promise<void> => rm(dir, { recursive: true, force: true });
