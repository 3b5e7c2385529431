// `pnpm diagnose`: whether this deployment is sound, and what to do where it is not. Prints a line per check; leaves everything as it was.
import { BASE_SETTINGS, readConfig } from '@cei-inoe/shared/config';
import { openPool, type Pool, probeServer } from '@cei-inoe/shared/database';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { makeContext } from '../context.ts';
import { withSession } from '../session.ts';
import type { Check } from './check.ts';
import { checkFolders, checkNode, checkRoom, checkZones } from './machine-checks.ts';
import { runCheckCommand, runStep, type Step } from './run-step.ts';
import { checkMigrations, checkObjects, checkRows } from './schema-checks.ts';
import { checkArchive, checkClock, checkQueue, checkRights, checkSettings, checkVersion } from './server-checks.ts';
import { checkVacuum } from './vacuum-checks.ts';

type OnCheck = (check: Check) => void;

async function runAll(steps: readonly Step[], onCheck: OnCheck): Promise<boolean> {
  let passed = true;
  for (const step of steps) {
    for (const check of await runStep(step)) {
      onCheck(check);
      passed &&= check.passed;
    }
  }
  return passed;
}

/** Each kind of check needs that the one before it passed: folders, server, tables. */
async function diagnose(onCheck: OnCheck): Promise<void> {
  const config = readConfig(BASE_SETTINGS, process.env);
  const { DATA_DIR: dataDir } = config;
  await runAll(
    [
      ['node', async () => checkNode()],
      ['time zones', async () => checkZones()],
      ['folders', () => checkFolders(dataDir)],
      ['disk', () => checkRoom(dataDir)],
    ],
    onCheck,
  );
  const database = await openDatabaseUrl(config);
  const pool = openPool(database.url, { applicationName: 'cei-diagnose', max: 2 });
  try {
    const reached = await runAll([['postgres', () => lookAtServer(pool)]], onCheck);
    if (!reached) return;
    const { migrations } = await makeContext({}, process.env);
    const isMigrated = () =>
      withSession(
        database.url,
        () => undefined,
        (session) => checkMigrations(session, migrations),
      );
    await runAll(
      [
        ['settings', () => checkSettings(pool)],
        ['clock', () => checkClock(pool)],
      ],
      onCheck,
    );
    if (!(await runAll([['migrations', isMigrated]], onCheck))) return;
    await runAll(
      [
        ['tables', () => checkObjects(pool)],
        ['rights', () => checkRights(pool)],
        ['orphans', () => checkRows(pool)],
        ['vacuum', () => checkVacuum(pool)],
        ['queue', () => checkQueue(pool)],
        ['archive', () => checkArchive(pool, dataDir)],
      ],
      onCheck,
    );
  } finally {
    await pool.end();
    await database.close();
  }
}

async function lookAtServer(pool: Pool): Promise<Check> {
  await probeServer(pool);
  return checkVersion(pool);
}

await runCheckCommand({
  name: 'diagnose',
  description:
    'check versions, folders, disk, clock, settings, rights, migrations, vacuum, queue and archive of this deployment',
  verdict: 'sound',
  check: diagnose,
});
