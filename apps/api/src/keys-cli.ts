// `pnpm keys create|list|revoke`: API keys from the command line. Reads arguments and prints; the work is in access/keys.ts.
import { BASE_SETTINGS, readConfig } from '@cei-inoe/shared/config';
import { openPool, type Pool, probeServer } from '@cei-inoe/shared/database';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type ApiKey, listKeys, makeKey, revokeKey, SCOPES, type Scope } from './access/keys.ts';

type Json = { readonly json?: boolean };

interface CreateFlags extends Json {
  readonly scope: Scope[];
  readonly datasource?: string[];
  readonly client?: string[];
  readonly expires?: Date;
}

const program = new Command('keys')
  .description('API keys: who may read, hand in files, or do everything over the API.')
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

program
  .command('create')
  .description('make a key; it is shown once')
  .argument('<name>', 'what it is for')
  .option('--scope <scope...>', SCOPES.join(', '), readScope, [])
  .option('--datasource <external_id...>', 'only these datasources')
  .option('--client <name...>', 'only the datasources of these clients')
  .option('--expires <date>', 'until then, such as 2027-01-01', readDate)
  .option('--json', 'as JSON on stdout')
  .action((name: string, flags: CreateFlags) => withPool((pool) => create(pool, name, flags)));
program
  .command('list')
  .option('--json', 'as JSON on stdout')
  .action((flags: Json) => withPool((pool) => list(pool, flags)));
program
  .command('revoke')
  .description('end a key, for good')
  .argument('<id>', 'as listed', readId)
  .option('--json', 'as JSON on stdout')
  .action((id: number, flags: Json) => withPool((pool) => revoke(pool, id, flags)));

function readScope(text: string, before: Scope[]): Scope[] {
  const scopes = text.split(',') as Scope[];
  if (scopes.some((scope) => !SCOPES.includes(scope)))
    throw new InvalidArgumentError(`There are ${SCOPES.join(', ')}.`);
  return [...new Set([...before, ...scopes])];
}

function readDate(text: string): Date {
  const date = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Write 2027-01-01.');
  return date;
}

function readId(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write the number that `pnpm keys list` shows.');
  return Number(text);
}

async function create(pool: Pool, name: string, flags: CreateFlags): Promise<void> {
  if (flags.scope.length === 0) throw new Fault('usage', `Say --scope with ${SCOPES.join(', ')}.`);
  const { key, row } = await makeKey(pool, {
    name,
    scopes: flags.scope,
    datasourceIds: flags.datasource === undefined ? null : await findIds(pool, flags.datasource),
    clients: flags.client ?? null,
    expiresAt: flags.expires ?? null,
  });
  if (flags.json === true) return writeJson({ ...row, key });
  process.stdout.write(`${key}\n`);
  process.stderr.write(
    `key ${row.id} for ${row.name}: ${row.scopes.join(', ')}${describeFence(row)}. It is not shown again.\n`,
  );
}

/** @throws Fault datasource_unknown */
async function findIds(pool: Pool, names: readonly string[]): Promise<number[]> {
  const { rows } = await pool.query<{ id: number; name: string }>(
    'SELECT d.id, given.name FROM unnest($1::text[]) AS given (name) JOIN datasource d ON lower(btrim(d.external_id)) = lower(btrim(given.name))',
    [names],
  );
  const missing = names.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) throw new Fault('datasource_unknown', `There is no ${missing.join(', ')}.`);
  return rows.map(({ id }) => id);
}

async function list(pool: Pool, { json }: Json): Promise<void> {
  const keys = await listKeys(pool);
  if (json === true) return writeJson({ keys });
  for (const key of keys) {
    const used = key.last_used_at === null ? 'never used' : `used ${formatDate(key.last_used_at)}`;
    process.stdout.write(
      `${String(key.id).padStart(4)}  ${key.prefix}…  ${key.name}: ${key.scopes.join(', ')}${describeFence(key)}; ${used}${describeEnd(key)}\n`,
    );
  }
  if (keys.length === 0) process.stderr.write('There are no keys.\n');
}

async function revoke(pool: Pool, id: number, { json }: Json): Promise<void> {
  const key = await revokeKey(pool, id);
  if (json === true) return writeJson(key);
  process.stderr.write(`key ${key.id} for ${key.name} is revoked\n`);
}

function describeFence({ datasource_ids: ids, clients }: ApiKey): string {
  if (ids === null && clients === null) return '';
  return ` of ${[...(clients ?? []), ...(ids ?? []).map((id) => `datasource ${id}`)].join(', ')} only`;
}

function describeEnd({ revoked_at: revoked, expires_at: expires }: ApiKey): string {
  if (revoked !== null) return `; revoked ${formatDate(revoked)}`;
  if (expires === null) return '';
  return `; ${expires.getTime() < Date.now() ? 'expired' : 'until'} ${formatDate(expires)}`;
}

const formatDate = (date: Date): string => date.toISOString().slice(0, 10);
const writeJson = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

async function withPool(work: (pool: Pool) => Promise<void>): Promise<void> {
  const database = await openDatabaseUrl(readConfig(BASE_SETTINGS, process.env));
  const pool = openPool(database.url, { applicationName: 'cei-keys', max: 1 });
  try {
    await probeServer(pool);
    await work(pool);
  } finally {
    await pool.end();
    await database.close();
  }
}

try {
  await program.parseAsync(process.argv);
} catch (thrown) {
  const isHelp = thrown instanceof CommanderError && thrown.exitCode === 0;
  if (!isHelp) {
    const fault = thrown instanceof CommanderError ? new Fault('usage', thrown.message) : makeFault(thrown);
    process.stderr.write(`${describeFault(fault)}\n`);
    process.exitCode = fault.exit;
  }
}
