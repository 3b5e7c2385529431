// `pnpm verify`: the migration guide's checklist, executed. Prints a line per check; leaves everything as it was.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool, type Pool } from '@cei-inoe/shared/database';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { makeFault } from '@cei-inoe/shared/errors';
import { makeContext } from '../context.ts';
import { withSession } from '../session.ts';
import type { Check } from './check.ts';
import { checkDashboards } from './dashboard-check.ts';
import { checkHealth } from './health-check.ts';
import { checkIngest } from './ingest-check.ts';
import { runCheckCommand, runStep, type Step } from './run-step.ts';
import { checkMigrations, checkObjects, checkRows } from './schema-checks.ts';

async function runChecks(url: string, pool: Pool, dir: string, onCheck: (check: Check) => void): Promise<void> {
  const { migrations } = await makeContext({}, process.env);
  const steps: Step[] = [
    [
      'migrations',
      () =>
        withSession(
          url,
          () => undefined,
          (session) => checkMigrations(session, migrations),
        ),
    ],
    ['tables', () => checkObjects(pool)],
    ['orphans', () => checkRows(pool)],
    ['health', () => checkHealth(url, dir)],
    ['ingest', () => checkIngest(pool, url, dir)],
    ['dashboards', () => checkDashboards(pool)],
  ];
  for (const step of steps) {
    const done = await runStep(step);
    for (const check of done) onCheck(check);
    // Without its tables nothing else can say anything.
    if (step[0] === 'migrations' && done.some(({ passed }) => !passed)) return;
  }
}

async function verify(onCheck: (check: Check) => void): Promise<void> {
  const { config } = await makeContext({}, process.env);
  const database = await openDatabaseUrl(config);
  const pool = openPool(database.url, { applicationName: 'cei-verify', max: 2 });
  const dir = await mkdtemp(join(tmpdir(), 'cei-verify-'));
  try {
    await pool.query('SELECT 1').catch((error: unknown) => {
      throw makeFault(error);
    });
    await runChecks(database.url, pool, dir, onCheck);
  } finally {
    await rm(dir, { recursive: true, force: true });
    await pool.end();
    await database.close();
  }
}

await runCheckCommand({
  name: 'verify',
  description:
    'check tables, indexes, constraints, rows, the API, a test file and the dashboards; leaves everything as it was',
  verdict: 'verified',
  check: verify,
});
