// What our load is compared with: psql \copy of cleaned rows, the same COPY by our own client, pgloader, and the obvious way.
import { accessSync, constants, createReadStream, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { WEATHER_COLUMNS } from './generate.ts';
import { runProcess } from './run-process.ts';

const DEBIAN = '/usr/lib/postgresql';

function listFolders(): string[] {
  const onPath = (process.env.PATH ?? '').split(delimiter);
  try {
    const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
    return [...onPath, ...versions.map((version) => join(DEBIAN, version, 'bin'))];
  } catch {
    return onPath;
  }
}

/** Where a program is: on PATH, or in Debian's folders of PostgreSQL. */
export function findProgram(name: string): string | undefined {
  return listFolders()
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Tables with the cleaned rows' columns and a primary key, and one with the columns of lineage too. */
export const REFERENCE_TABLES = `
  CREATE TABLE bench_energy (datasource_id integer, ts timestamptz, energy_kwh double precision NOT NULL, PRIMARY KEY (datasource_id, ts));
  CREATE TABLE bench_lineage (datasource_id integer, ts timestamptz, energy_kwh double precision NOT NULL, batch_id uuid NOT NULL,
    source_row integer, quality smallint NOT NULL, PRIMARY KEY (datasource_id, ts));
  CREATE TABLE bench_weather (datasource_id integer, "timestamp" timestamptz,
    ${WEATHER_COLUMNS.map((name) => `${name} double precision`).join(', ')}, PRIMARY KEY (datasource_id, "timestamp"))`;

export type ReferenceTable = 'bench_energy' | 'bench_lineage' | 'bench_weather';

/** Sends files into a table and returns the milliseconds that took. */
export type Copier = (url: string, table: ReferenceTable, files: readonly string[]) => Promise<number>;

export interface CopyReference {
  readonly name: string;
  readonly copy: Copier;
}

/** psql where there is one: the whole process, one session, one \copy per file; else the same COPY by our own client. */
export function findCopyReference(): CopyReference {
  const psql = findProgram('psql');
  if (psql === undefined) return { name: 'COPY by our own client (there is no psql here)', copy: copyByClient };
  return {
    name: 'psql \\copy',
    copy: async (url, table, files) => {
      const input = files.map((file) => `\\copy ${table} from '${file}' with (format csv)\n`).join('');
      return (await runProcess(psql, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', url], { input })).ms;
    },
  };
}

async function copyByClient(url: string, table: ReferenceTable, files: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const file of files) {
    const source = createReadStream(file, { highWaterMark: 256 * 1024 });
    await pipeline(source, client.query(from(`COPY ${table} FROM STDIN (FORMAT csv)`)));
  }
  await client.end();
  return performance.now() - startedMs;
}

/** pgloader on the cleaned file; undefined where it is not installed. */
export function findPgloader(): ((url: string, file: string) => Promise<number>) | undefined {
  const program = findProgram('pgloader');
  if (program === undefined) return undefined;
  return async (url, file) => {
    const args = [
      '--type',
      'csv',
      '--field',
      'datasource_id,ts,energy_kwh',
      '--with',
      "fields terminated by ','",
      file,
    ];
    return (await runProcess(program, [...args, `${url}?tablename=bench_energy`])).ms;
  };
}

/** csv-parse, zod and pg-copy-streams on the raw file (see obvious.ts): the load alone, without the start of the process. */
export async function loadObviously(url: string, file: string, datasourceId: number): Promise<number> {
  const script = fileURLToPath(new URL('obvious.ts', import.meta.url));
  const { stdout } = await runProcess(process.execPath, ['--import', 'tsx', script, url, file, String(datasourceId)]);
  return (JSON.parse(stdout) as { ms: number }).ms;
}
