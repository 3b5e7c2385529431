// What the services write to their logs when things go well and when they go wrong: never a key, a password or a connection string.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, makeTempDir, ROOT, runCli, type TempDir, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const TSX = import.meta.resolve('tsx');
const PASSWORD = `pw${randomBytes(9).toString('hex')}`;
const ROLE = `secret_${randomBytes(5).toString('hex')}`;

let dir: TempDir;
let database: TestDatabase;
let url: string;
beforeAll(async () => {
  [dir, database] = await Promise.all([makeTempDir(), createDatabase()]);
  await database.pool.query(`CREATE ROLE ${ROLE} LOGIN SUPERUSER PASSWORD '${PASSWORD}'`);
  const own = new URL(database.url);
  own.username = ROLE;
  own.password = PASSWORD;
  url = own.href;
});
afterAll(async () => {
  await database.pool.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
  await database.drop();
  await dir.remove();
});

/** A service with everything logged, until `work` is over. Returns all that it wrote. */
async function serve(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  work: (said: () => string) => Promise<void>,
) {
  const child = spawn(process.execPath, ['--import', TSX, join(ROOT, file), ...args], {
    cwd: dir.path,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: url,
      DATA_DIR: join(dir.path, 'data'),
      LOG_LEVEL: 'trace',
      ...env,
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  const closed = once(child, 'close');
  await work(() => text);
  child.kill('SIGTERM');
  await closed;
  return text;
}

const until = async (isSo: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 30_000; !isSo() && Date.now() < deadline; ) await sleep(25);
  expect(isSo()).toBe(true);
};
/** Connections of the services die under them. */
const cutAll = () =>
  database.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [ROLE]);

function expectNone(text: string, secrets: readonly string[]): void {
  expect(text.length).toBeGreaterThan(200);
  for (const secret of secrets)
    expect(text.includes(secret), text.slice(Math.max(0, text.indexOf(secret) - 300)).slice(0, 600)).toBe(false);
}

describe('the log', () => {
  test('of the API: keys given in every way, secrets made, requests refused, a database that goes away', async () => {
    const made = await runCli('apps/api/src/keys-cli.ts', ['create', 'log test', '--scope', 'admin'], {
      env: { DATABASE_URL: url },
    });
    const key = /cei_[\w-]{43}/.exec(made.stdout)?.[0] ?? expect.unreachable(made.stderr);
    const wrong = `${key.slice(0, -5)}AAAAA`;
    let secret = '';
    const text = await serve('apps/api/src/cli.ts', [], { PORT: '0', AUTH: 'on' }, async (said) => {
      await until(() => /API on (http:\S+)/.test(said()));
      const api = /API on (http:\S+)/.exec(said())?.[1] ?? '';
      const ask = (path: string, headers: Record<string, string>, body?: object) =>
        fetch(`${api}${path}`, {
          headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        });
      expect((await ask('/datasources', { 'x-api-key': key })).status).toBe(200);
      expect((await ask('/datasources', { authorization: `Bearer ${key}` })).status).toBe(200);
      expect((await ask('/datasources', { 'x-api-key': wrong })).status).toBe(401);
      await ask(`/datasources?api_key=${key}`, { 'x-api-key': key });
      await ask(`/nowhere/${key}`, { 'x-api-key': key });
      const hook = await ask('/webhooks', { 'x-api-key': key }, { url: 'https://hooks.example/cei' });
      secret = ((await hook.json()) as { secret?: string }).secret ?? '';
      await ask('/keys', { 'x-api-key': key }, { name: 'another', scopes: ['read'] });
      await database.pool.query('ALTER TABLE datasource RENAME TO datasource_gone');
      expect((await ask('/datasources', { 'x-api-key': key })).status).toBeGreaterThanOrEqual(500);
      await database.pool.query('ALTER TABLE datasource_gone RENAME TO datasource');
      await database.pool.query(`ALTER ROLE ${ROLE} PASSWORD 'another'`);
      await cutAll();
      await ask('/datasources', { 'x-api-key': key });
      await database.pool.query(`ALTER ROLE ${ROLE} PASSWORD '${PASSWORD}'`);
    });
    expect(text).toContain('"app":"api"');
    expectNone(text, [key, wrong, key.slice(12), PASSWORD, url, ...(secret === '' ? [] : [secret])]);
  });

  test('of the ingestor: files loaded and failed, connections cut, a mapping that is broken', async () => {
    const data = join(dir.path, 'data');
    const my = join(dir.path, 'my');
    for (const folder of [my, join(data, 'incoming')]) await mkdir(folder, { recursive: true });
    await writeFile(join(my, 'broken.yaml'), `dataset: ${url}\n`);
    const text = await serve(
      'apps/ingestor/src/cli.ts',
      ['watch'],
      { MAPPINGS_DIR: my, FILE_STABLE_MS: '50' },
      async (said) => {
        await until(() => said().includes('ingestor ready'));
        await writeFile(join(data, 'incoming', 'unknown.csv'), 'a,b\n1,2\n');
        await until(() => said().includes('header_unknown'));
        await cutAll();
        await writeFile(join(data, 'incoming', 'again.csv'), 'c,d\n1,2\n');
        await until(() => said().split('header_unknown').length > 2);
      },
    );
    expect(text).toContain('"app":"ingestor"');
    expectNone(text, [PASSWORD, url]);
  });

  test.each(['apps/api/src/cli.ts', 'apps/ingestor/src/cli.ts'])(
    'of %s where the database refuses the password, or is not there',
    async (file) => {
      const refused = new URL(url);
      refused.password = `${PASSWORD}x`;
      refused.pathname = '/nothing_of_that_name';
      const away = new URL(url);
      away.port = '1';
      for (const each of [refused.href, away.href]) {
        const text = await serve(
          file,
          file.includes('api') ? [] : ['watch'],
          { DATABASE_URL: each, PORT: '0' },
          async (said) => {
            await until(() => /database_|waiting|"level":[45]0/.test(said()));
          },
        );
        for (const secret of [PASSWORD, each]) expect(text.includes(secret), text).toBe(false);
      }
    },
  );
});
