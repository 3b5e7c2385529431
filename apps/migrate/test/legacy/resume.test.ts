import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOURLY, type Move, OLD_SCHEMA, OLD_WORLD, openMove, ZONE } from './support.ts';

const CLI = 'apps/migrate/src/legacy/cli.ts';
const ROOT = new URL('../../../../', import.meta.url);

/** Starts a run as a process of its own and kills it for good once `copied` more rows are in the workroom, or it writes. */
async function runAndKill(move: Move, when: () => Promise<boolean>): Promise<boolean> {
  const args = [
    '--import',
    'tsx',
    CLI,
    'run',
    '--source-url',
    move.old.url,
    '--timezone',
    ZONE,
    '--chunk',
    '4',
    '--max-rows-per-s',
    '150',
    '--report',
    move.dir,
  ];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: move.target.url },
    stdio: 'ignore',
  });
  let ended = false;
  const exit = new Promise<void>((resolve) =>
    child.once('exit', () => {
      ended = true;
      resolve();
    }),
  );
  while (!ended && !(await when())) await sleep(10);
  child.kill('SIGKILL');
  await exit;
  return child.signalCode === 'SIGKILL';
}

describe('a run as a process', () => {
  let move: Move;
  beforeAll(async () => {
    move = await openMove();
  });
  afterAll(() => move.end());

  it('kill -9 after each chunk, then resume: it ends as if it had never been', { timeout: 60_000 }, async () => {
    const progress = async () => {
      const { rows } = await move.target.pool.query("SELECT to_regclass('legacy_move.progress') IS NOT NULL AS made");
      if (rows[0].made !== true) return 0;
      const counted = await move.target.pool.query(
        'SELECT coalesce(sum(copied), 0)::int + (SELECT count(*)::int FROM legacy_move.reading) + (SELECT count(*)::int FROM fact_energy_hourly) AS n FROM legacy_move.progress',
      );
      return Number(counted.rows[0].n);
    };
    let kills = 0;
    for (const goal of [1, 20, 45, 80, 120, 150, 175]) {
      if (await runAndKill(move, async () => (await progress()) >= goal)) kills++;
    }
    expect(kills).toBeGreaterThanOrEqual(5);
    const done = await runCli(
      CLI,
      ['run', '--source-url', move.old.url, '--timezone', ZONE, '--report', move.dir, '--json'],
      { env: { DATABASE_URL: move.target.url } },
    );
    expect(done.stderr).toContain('checks agree');
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout).verification.passed).toBe(true);
    const other = await openMove();
    try {
      const { run } = await import('../../src/legacy/commands.ts');
      await other.run(run);
      expect(await move.ask(HOURLY)).toEqual(await other.ask(HOURLY));
    } finally {
      await other.end();
    }
  });

  it('says where the old tables are to be looked for, and what --park is', async () => {
    const neither = await runCli(CLI, ['plan'], { env: { DATABASE_URL: move.target.url } });
    expect(neither.code).toBe(2);
    expect(neither.stderr).toContain('either --source-url URL, or --park');
  });
});

describe('parked in their own database', () => {
  it('old tables move aside with their views and functions, and the old ingestor goes on by its search_path', {
    timeout: 60_000,
  }, async () => {
    const move = await openMove('');
    const role = `old_${move.old.name}`;
    try {
      await move.old.pool.query(
        `${OLD_WORLD}; CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
      );
      expect(OLD_SCHEMA).toContain('CREATE VIEW v_energy_hourly');
      const env = { DATABASE_URL: move.old.url };
      const flags = ['--park', '--timezone', ZONE, '--old-role', role, '--report', move.dir];
      const ran = await runCli(CLI, ['run', ...flags], { env });
      expect(ran.stderr).toContain('checks agree');
      expect(ran.code).toBe(0);
      const { default: pg } = await import('pg');
      const ask = async (sql: string) => {
        const client = new pg.Client({ connectionString: move.old.url.replace(/\/\/[^@]+@/, `//${role}:x@`) });
        await client.connect();
        try {
          return (await client.query(sql)).rows;
        } finally {
          await client.end();
        }
      };
      const upsert =
        "INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) VALUES (3, '2026-06-01 00:00', 4) ON CONFLICT (device_id, ts) DO UPDATE SET energy_kwh = excluded.energy_kwh";
      await ask(upsert);
      const switched = await runCli(CLI, ['cutover', ...flags, '--json'], { env });
      expect(switched.code).toBe(0);
      expect(JSON.parse(switched.stdout).waited_ms).toBeLessThan(2_000);
      expect(
        await ask("SELECT device_id, ts::text, energy_kwh FROM fact_energy_hourly WHERE ts = '2026-06-01'"),
      ).toEqual([{ device_id: 3, ts: '2026-06-01 00:00:00', energy_kwh: 4 }]);
      await expect(ask(upsert)).rejects.toThrow('no unique or exclusion constraint matching the ON CONFLICT');
      const finished = await runCli(CLI, ['finish', ...flags, '--yes', '--end-reverse'], { env });
      expect(finished.code).toBe(0);
      const { rows } = await move.old.pool.query(
        "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'legacy%'",
      );
      expect(rows).toEqual([]);
    } finally {
      await move.old.pool.query(`DROP OWNED BY ${role}`).catch(() => undefined);
      await move.old.pool.query(`DROP ROLE IF EXISTS ${role}`);
      await move.end();
    }
  });
});
