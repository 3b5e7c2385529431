// A database with the seeds and the samples in it, loaded by the product's own commands, asked as Grafana's role.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, makeTempDir, ROOT, runCli } from '@cei-inoe/shared/testing';
import { expandMacros, type GrafanaPanel, type GrafanaVariable, interpolate, type View } from './grafana.ts';

export type Row = Record<string, unknown>;

export interface Farm {
  /** Runs SQL as it stands, as the owner of the database. */
  query(sql: string): Promise<Row[]>;
  /** Runs the SQL of a panel or a variable as Grafana would. */
  ask(sql: string, variables: readonly GrafanaVariable[], view: View): Promise<Row[]>;
  askPanel(panel: GrafanaPanel, variables: readonly GrafanaVariable[], view: View): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openFarm(): Promise<Farm> {
  const database = await createDatabase();
  const folder = await makeTempDir();
  const env = { DATABASE_URL: database.url, DATA_DIR: folder.path };
  const run = async (file: string, args: readonly string[], expected: number) => {
    const { code, stderr } = await runCli(file, args, { env, timeoutMs: 120_000 });
    if (code !== expected) throw new Error(`${file} ended with ${code}: ${stderr}`);
  };
  const samples = readdirSync(join(ROOT, 'db/samples')).filter((name) => /-\d{8}.*\.(csv|xlsx)$/.test(name));
  await run('apps/migrate/src/seed-cli.ts', [], 0);
  // 3: one file holds rows that are refused.
  await run('apps/ingestor/src/cli.ts', ['ingest', ...samples.map((name) => join(ROOT, 'db/samples', name))], 3);
  const ask = async (sql: string, variables: readonly GrafanaVariable[], view: View) => {
    const connection = await database.pool.connect();
    try {
      // Another zone than the farms' and than UTC: no query may lean on the session's.
      await connection.query("BEGIN READ ONLY; SET LOCAL ROLE cei_grafana; SET LOCAL TimeZone = 'America/St_Johns'");
      return (await connection.query<Row>(expandMacros(interpolate(sql, variables, view), view))).rows;
    } finally {
      await connection.query('ROLLBACK');
      connection.release();
    }
  };
  return {
    query: async (sql) => (await database.pool.query<Row>(sql)).rows,
    ask,
    askPanel: (panel, variables, view) => ask(panel.targets[0]?.rawSql ?? '', variables, view),
    async close() {
      await folder.remove();
      await database.drop();
    },
  };
}
