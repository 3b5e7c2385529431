// Lists the migrations that this version of the product brings. Asks no database.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The names of the folders under prisma/migrations, in order. */
export function listMigrations(): string[] {
  const folder = fileURLToPath(new URL('../../../prisma/migrations/', import.meta.url));
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
