// Sends a small file of its own through the ingestor as a dry run, and takes away what that leaves. Nothing of it stays anywhere.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from '@cei-inoe/shared/database';
import { type Check, fail, pass } from './check.ts';
import { runChild } from './child.ts';

/** Two good hours, the two equal hours of an autumn night in Nicosia, and one line that must be refused. */
const LINES = [
  'Date and Time,Hourly',
  '10/25/2025 01:00:00 PM,1.5',
  '10/25/2025 02:00:00 PM,2.5',
  '10/26/2025 03:00:00 AM,3',
  '10/26/2025 03:00:00 AM,4',
  '10/26/2025 05:00:00 AM,not a number',
];
const EXPECTED = { read: 5, inserted: 4, rejected: 1 } as const;

interface Report {
  readonly batch_id: string | null;
  readonly counts: Readonly<Record<string, number>> | null;
  readonly error: { readonly message?: string } | null;
}

/** @param dataDir an empty folder that is removed afterwards: file and copy stay there */
export async function checkIngest(pool: Pool, databaseUrl: string, dataDir: string): Promise<Check> {
  const meter = `verify-${randomUUID()}`;
  const path = join(dataDir, `${meter}.csv`);
  await writeFile(path, `${LINES.join('\n')}\n`);
  const known = await listMappings(pool);
  // The datasource is made inside the transaction that is rolled back.
  const env = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    NEW_DATASOURCES: 'create',
    DEFAULT_TIMEZONE: 'Asia/Nicosia',
    MAPPINGS_DIR: '',
    LOG_LEVEL: 'error',
  };
  const args = ['ingest', path, '--datasource', meter, '--mapping', 'energy_hourly', '--dry-run', '--json'];
  const { stdout, stderr } = await runChild('apps/ingestor/src/cli.ts', args, env);
  const report = readReport(stdout);
  await removeTraces(pool, report?.batch_id ?? null, known);
  const counts = report?.counts;
  if (Object.entries(EXPECTED).every(([name, n]) => counts?.[name] === n)) {
    return pass(
      'ingest',
      `a file of ${EXPECTED.read} records: ${EXPECTED.inserted} loaded, ${EXPECTED.rejected} refused, rolled back`,
    );
  }
  const said = counts ? JSON.stringify(counts) : (report?.error?.message ?? stderr.trim().slice(-500));
  return fail(
    'ingest',
    `a file of 5 records, 4 of them good: ${said}`,
    'Run `pnpm ingest --dry-run` on a file of yours and do what it says.',
  );
}

function readReport(stdout: string): Report | undefined {
  try {
    return (JSON.parse(stdout) as Report[])[0];
  } catch {
    return undefined;
  }
}

async function listMappings(pool: Pool): Promise<string[]> {
  return (await pool.query<{ sha256: string }>('SELECT sha256 FROM mapping_version')).rows.map(({ sha256 }) => sha256);
}

/** The dry run's own record, and the text of the mapping where nobody had used it before. */
async function removeTraces(pool: Pool, batchId: string | null, known: readonly string[]): Promise<void> {
  if (batchId === null) return;
  await pool.query('DELETE FROM ingest_batch WHERE batch_id = $1 AND dry_run', [batchId]);
  await pool.query(
    'DELETE FROM mapping_version m WHERE sha256 <> ALL ($1) AND NOT EXISTS (SELECT FROM ingest_batch b WHERE b.mapping_sha256 = m.sha256)',
    [known],
  );
}
