// Where Prisma's own CLI finds things: `npx prisma … --config prisma/prisma.config.ts`.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

const findPath = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// Without this the CLI fetches a native engine from the network.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= findPath('./engine.mjs');

export default defineConfig({
  schema: findPath('./schema.prisma'),
  migrations: { path: process.env.MIGRATIONS_DIR ?? findPath('./migrations') },
  datasource: { url: process.env.DATABASE_URL ?? '', shadowDatabaseUrl: process.env.SHADOW_DATABASE_URL },
});
