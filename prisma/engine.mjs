#!/usr/bin/env node
// Stands in for Prisma's native schema engine (PRISMA_SCHEMA_ENGINE_BINARY): the same engine as WebAssembly, so that nothing is downloaded.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { answerRequests } from './engine/answer-requests.mjs';
import { reportConnectionError } from './engine/name-errors.mjs';
import { nameDatabase, openSession } from './engine/open-session.mjs';

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    datasource: { type: 'string' },
    datamodels: { type: 'string', multiple: true },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
  },
});
const { url, shadowDatabaseUrl: shadowUrl } = JSON.parse(values.datasource ?? '{}');

/** The CLI reads the log on stderr, a JSON object a line, and passes over its first line. */
const log = (line) => process.stderr.write(`${line.trim()}\n`);
const logFields = (level, fields) => log(JSON.stringify({ level, fields, target: 'schema_engine::logger' }));

async function runQuery(databaseUrl, sql) {
  const pool = openSession(databaseUrl);
  try {
    await pool.query(sql);
  } finally {
    await pool.end();
  }
}

const COMMANDS = {
  'can-connect-to-database': () => runQuery(url, 'SELECT 1'),
  'create-database': () => {
    const name = decodeURIComponent(new URL(url).pathname.slice(1));
    return runQuery(nameDatabase(url, 'postgres'), `CREATE DATABASE "${name.replaceAll('"', '""')}"`);
  },
};

/** `engine cli <command>`: answers by exit code; an error goes to the log. */
async function runCommand(name) {
  logFields('INFO', { message: `Starting schema engine command ${name}` });
  try {
    const command = COMMANDS[name];
    if (!command) throw new Error(`unknown command ${name}`);
    await command();
    return 0;
  } catch (error) {
    const { error_code, message } = reportConnectionError(error);
    logFields('ERROR', { is_panic: false, error_code, message });
    return 1;
  }
}

if (positionals[0] === 'cli') process.exitCode = await runCommand(positionals[1]);
else {
  const datamodels = values.datamodels
    ? await Promise.all(values.datamodels.map(async (path) => [path, await readFile(path, 'utf8')]))
    : undefined;
  await answerRequests({ url, shadowUrl, datamodels, log }, process.stdin, process.stdout);
}
