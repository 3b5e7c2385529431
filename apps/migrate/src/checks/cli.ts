// `pnpm verify`: the migration guide's checklist, executed. Prints a line per check; leaves everything as it was.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool, type Pool } from '@cei-inoe/shared/database';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { hidePasswords } from '@cei-inoe/shared/log';
import { Command, CommanderError } from 'commander';
import { makeContext } from '../context.ts';
import { withSession } from '../session.ts';
import type { Check } from './check.ts';
import { checkDashboards } from './dashboard-check.ts';
import { checkHealth } from './health-check.ts';
import { checkIngest } from './ingest-check.ts';
import { runStep, type Step, showCheck } from './run-step.ts';
import { checkMigrations, checkObjects, checkRows } from './schema-checks.ts';

async function runChecks(url: string, pool: Pool, dir: string, onCheck: (check: Check) => void): Promise<Check[]> {
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
  const done: Check[] = [];
  for (const step of steps) {
    for (const check of await runStep(step)) {
      done.push(check);
      onCheck(check);
    }
    // Without its tables nothing else can say anything.
    if (step[0] === 'migrations' && done.some(({ passed }) => !passed)) break;
  }
  return done;
}

/** Exit 0 when every check passed, else 1. */
async function verify(flags: { readonly json?: boolean }): Promise<number> {
  const { config } = await makeContext({}, process.env);
  const database = await openDatabaseUrl(config);
  const pool = openPool(database.url, { applicationName: 'cei-verify', max: 2 });
  const dir = await mkdtemp(join(tmpdir(), 'cei-verify-'));
  try {
    await pool.query('SELECT 1').catch((error: unknown) => {
      throw makeFault(error);
    });
    const print = (check: Check) => flags.json !== true && process.stdout.write(`${hidePasswords(showCheck(check))}\n`);
    const checks = await runChecks(database.url, pool, dir, print);
    const failed = checks.filter(({ passed }) => !passed).length;
    if (flags.json) process.stdout.write(`${hidePasswords(JSON.stringify({ passed: failed === 0, checks }))}\n`);
    process.stderr.write(
      failed === 0 ? `verified: ${checks.length} checks passed\n` : `${failed} of ${checks.length} checks failed\n`,
    );
    return failed === 0 ? 0 : 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
    await pool.end();
    await database.close();
  }
}

try {
  await new Command('verify')
    .description(
      'check tables, indexes, constraints, rows, the API, a test file and the dashboards; leaves everything as it was',
    )
    .option('--json', 'print the outcome as JSON on stdout')
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (flags: { readonly json?: boolean }) => {
      process.exitCode = await verify(flags);
    })
    .parseAsync(process.argv);
} catch (thrown) {
  // Commander has printed its own text already; asking for --help is no fault.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : new Fault('usage').exit;
  else {
    const fault = makeFault(thrown);
    process.stderr.write(`${hidePasswords(describeFault(fault))}\n`);
    process.exitCode = fault.exit;
  }
}
