// Makes the Prisma client after an install, without a download. Touches packages/shared/src/generated and nothing else.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const findPath = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const schemaPath = findPath('./schema.prisma');
const clientPath = findPath('../packages/shared/src/generated/client.ts');
const stampPath = findPath('../packages/shared/src/generated/.made-from');

/** What a client is made from: the text of the schema and the version of the generator. */
function makeStamp() {
  const { version } = createRequire(import.meta.url)('prisma/package.json');
  const digest = createHash('sha256').update(readFileSync(schemaPath)).digest('hex');
  return `prisma ${version}, schema.prisma ${digest}\n`;
}

/** Runs the unmodified CLI. It only wants its engine variable to name a file that exists, and would fetch an engine otherwise. */
function runGenerator() {
  const cli = createRequire(import.meta.url).resolve('prisma/build/index.js');
  return spawnSync(process.execPath, [cli, 'generate', '--schema', schemaPath, '--no-hints'], {
    cwd: findPath('..'),
    encoding: 'utf8',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: findPath('./engine.mjs'),
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
}

const stamp = makeStamp();
const isCurrent = existsSync(clientPath) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp;
if (!isCurrent) {
  const run = runGenerator();
  if (run.status === 0) writeFileSync(stampPath, stamp);
  else {
    process.stderr.write(`${run.error ?? ''}${run.stdout}${run.stderr}prisma generate failed (prisma/generate.mjs)\n`);
    process.exitCode = 1;
  }
}
