// `pnpm keys`, and a service that asks for keys, each in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, makeTempDir, ROOT, runCli, type TempDir, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addSource } from './support/fixtures.ts';

let database: TestDatabase;
let folder: TempDir;
beforeAll(async () => {
  [database, folder] = await Promise.all([createDatabase(), makeTempDir()]);
  await addSource(database.pool, 'meter-1', { client: 'Farm A' });
});
afterAll(async () => {
  await database.drop();
  await folder.remove();
});

const keys = (...args: string[]) => runCli('apps/api/src/keys-cli.ts', args, { env: { DATABASE_URL: database.url } });

test('a key is made, listed and revoked', async () => {
  const made = await keys(
    'create',
    'logger',
    '--scope',
    'read',
    'ingest',
    '--datasource',
    'METER-1',
    '--expires',
    '2099-01-01',
  );
  expect(made.code, made.stderr).toBe(0);
  expect(made.stdout).toMatch(/^cei_[\w-]{43}\n$/);
  expect(made.stderr).toContain('read, ingest of datasource 1 only');
  const id = /key (\d+)/.exec(made.stderr)![1]!;
  expect((await keys('list')).stdout).toContain(
    `${made.stdout.slice(0, 10)}…  logger: read, ingest of datasource 1 only; never used; until 2099-01-01`,
  );
  expect((await keys('revoke', id)).stderr).toContain('is revoked');
  expect(JSON.parse((await keys('list', '--json')).stdout).keys).toMatchObject([
    { name: 'logger', revoked_at: expect.any(String) },
  ]);
});

test.each([
  [['create', 'x'], 'usage', 2],
  [['create', 'x', '--scope', 'root'], 'usage', 2],
  [['create', 'x', '--scope', 'read', '--expires', 'soon'], 'usage', 2],
  [['create', 'x', '--scope', 'read', '--datasource', 'nobody'], 'datasource_unknown', 1],
  [['revoke', '999'], 'key_unknown', 1],
  [['revoke', 'x'], 'usage', 2],
  [['burn'], 'usage', 2],
])('%j ends in one clear sentence', async (args, code, exit) => {
  const { code: ended, stderr } = await keys(...args);
  expect([ended, stderr.includes(code)], stderr).toEqual([exit, true]);
});

describe('a service that asks for keys', () => {
  let url = '';
  let log = '';
  let stop: () => Promise<void>;
  let key: string;
  beforeAll(async () => {
    key = (await keys('create', 'reader', '--scope', 'read')).stdout.trim();
    const child = spawn(process.execPath, ['--import', 'tsx', 'apps/api/src/cli.ts'], {
      cwd: ROOT,
      env: {
        ...{ PATH: process.env.PATH, DATABASE_URL: database.url, DATA_DIR: folder.path, PORT: '0', LOG_LEVEL: 'trace' },
        ...{ AUTH: 'on', RATE_LIMIT: '10', CORS_ORIGINS: 'https://farm.example' },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    while (!log.includes('API on')) {
      if (child.exitCode !== null) expect.unreachable(log);
      await sleep(25);
    }
    url = /API on (\S+)/.exec(log)![1]!;
    stop = async () => {
      child.kill('SIGTERM');
      await once(child, 'close');
    };
  });

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });

  test('answers pages of the origins that are listed, and no others', async () => {
    const welcome = await get('/health', { origin: 'https://farm.example' });
    expect(welcome.headers.get('access-control-allow-origin')).toBe('https://farm.example');
    expect((await get('/health', { origin: 'https://evil.example' })).status).toBe(403);
    const preflight = await fetch(`${url}/batches`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://farm.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'x-api-key']);
  });

  test('counts requests by key, and guesses by address', async () => {
    const first = await get('/datasources', { 'x-api-key': key });
    expect([first.status, first.headers.get('ratelimit-limit')]).toEqual([200, '10']);
    const left = Number(first.headers.get('ratelimit-remaining'));
    for (let at = 0; at < left; at++) expect((await get('/datasources', { 'x-api-key': key })).status).toBe(200);
    const refused = await get('/datasources', { 'x-api-key': key });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([429, 'too_many_requests']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Guesses do not use up what the key has, nor the other way round.
    const statuses = [];
    for (let at = 0; at < 12; at++)
      statuses.push((await get('/datasources', { 'x-api-key': `cei_guess${at}` })).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect((await get('/health')).status).toBe(200);
  });

  test('writes no key and no password into its log, whatever fails', async () => {
    await get(`/datasources?key=${key}`, { 'x-api-key': key, authorization: `Bearer ${key}` });
    await get(`/nowhere/${'x'.repeat(10)}`, { authorization: `Bearer ${key}` });
    await stop();
    expect(log).toContain('"path":"/datasources"');
    expect(log).not.toContain(key);
    expect(log).not.toContain('cei_guess');
    const { password } = new URL(database.url);
    if (password !== '') expect(log).not.toContain(password);
  });
});
