// What the acceptance of the move is put together from: scripts as processes, queries, the old ingestor's writes. Decides nothing.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCRIPTS = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { scripts: Record<string, string> }
).scripts;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const pass = (what: string): void =>
  void process.stdout.write(`  PASS ${what} (${process.uptime().toFixed(0)} s)\n`);

export function fail(what: string, ran?: Ran): never {
  if (ran !== undefined) process.stderr.write(`${ran.stdout.slice(-3_000)}\n${ran.stderr.slice(-3_000)}\n`);
  throw new Error(`FAIL ${what}`);
}

/** Runs a script of package.json as pnpm would, without pnpm's second of start-up. */
export function runScript(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const [, ...words] = (SCRIPTS[name] ?? fail(`package.json has no script ${name}`)).split(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...words, ...args], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end();
  });
}

/** The rows of the last statement. */
export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[];
    return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
  } finally {
    await client.end();
  }
}

/** Upserts and deletes as the old ingestor does, until it is refused. */
export async function startWriter(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const ended = (async () => {
    let longestMs = 0;
    for (let n = 0; ; n++) {
      const hour = new Date(Date.UTC(2024, 7, 1, n % 400)).toISOString().slice(0, 19);
      const sql =
        n % 7 === 6
          ? `DELETE FROM fact_energy_hourly WHERE device_id = 3 AND ts = '${hour}'::timestamp - interval '3 hours'`
          : `INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) VALUES (3, '${hour}', ${n % 100})
             ON CONFLICT (device_id, ts) DO UPDATE SET energy_kwh = excluded.energy_kwh`;
      const sinceMs = performance.now();
      try {
        await client.query(sql);
      } catch (error) {
        await client.end();
        return {
          writes: n,
          longestMs: Math.round(longestMs),
          refusal: error instanceof Error ? error.message : String(error),
        };
      }
      longestMs = Math.max(longestMs, performance.now() - sinceMs);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  return { ended };
}
