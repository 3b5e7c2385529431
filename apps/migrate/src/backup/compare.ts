// Holds a restored database against the manifest: rows, checksums, sequences. Changes nothing.
import type { Connection } from '@cei-inoe/shared/database';
import { quoteName } from '@cei-inoe/shared/sql';
import type { Manifest } from './manifest.ts';
import { readContent } from './snapshot.ts';

/** Lines that say what differs; none: everything agrees. */
export async function compareDatabase(connection: Connection, manifest: Manifest): Promise<string[]> {
  const differences: string[] = [];
  for (const table of manifest.tables) {
    const { rows, content } = await readContent(connection, table);
    const name = `${table.schema}.${table.name}`;
    if (rows !== table.rows) differences.push(`${name}: ${rows} rows instead of ${table.rows}`);
    else if (content !== table.content) differences.push(`${name}: ${rows} rows, of another content`);
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
