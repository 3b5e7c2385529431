// Holds a restored database against the manifest: rows, checksums, sequences. Changes nothing.
import { pipeline } from 'node:stream/promises';
import type { Connection } from '@cei-inoe/shared/database';
import { quoteName } from '@cei-inoe/shared/sql';
import type { Manifest } from './manifest.ts';
import { makeMeter } from './meter.ts';
import { copyOut } from './snapshot.ts';
import { openSink } from './write-archive.ts';

/** Lines that say what differs; none: everything agrees. */
export async function compareDatabase(connection: Connection, manifest: Manifest): Promise<string[]> {
  const differences: string[] = [];
  for (const table of manifest.tables) {
    const meter = makeMeter();
    await pipeline(copyOut(connection, table), meter.stream, openSink());
    const { lines, sha256 } = meter.read();
    const name = `${table.schema}.${table.name}`;
    if (lines !== table.rows) differences.push(`${name}: ${lines} rows instead of ${table.rows}`);
    else if (sha256 !== table.sha256) differences.push(`${name}: ${lines} rows, of another content`);
  }
  for (const { name, last, called } of manifest.sequences) {
    const { rows } = await connection.query<{ last: string; called: boolean }>(
      `SELECT last_value::text AS last, is_called AS called FROM ${quoteName(name)}`,
    );
    if (rows[0]?.last !== last || rows[0].called !== called) {
      differences.push(`sequence ${name}: ${rows[0]?.last} instead of ${last}`);
    }
  }
  return differences;
}
