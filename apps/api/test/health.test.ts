import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, makeLog } from '@cei-inoe/shared/log';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PREFIXES } from '../src/app.ts';
import { addBatch, addHours, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

type Operation = { operationId: string; responses: Record<string, unknown> };
const LARGE = `"${'x'.repeat(2 ** 21)}"`;
let api: OpenApp;
beforeAll(async () => {
  api = await openApp();
});
afterAll(() => api.close());

const get = (url: string, headers: Record<string, string> = {}) =>
  api.app.inject({ url, headers: { host: 'localhost:8000', ...headers } });

describe('health', () => {
  test('is 200 with the database, and never stored', async () => {
    const response = await get('/health');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ status: 'ok', database: 'ok', version: '0.0.0-test' });
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers.etag).toBeUndefined();
  });

  test('is 503 and says why when nothing listens at the database', async () => {
    const down = await openApp({}, 'postgres://nobody@127.0.0.1:1/none');
    const response = await down.app.inject({ url: '/health', headers: { host: 'localhost' } });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ status: 'unavailable', database: 'database_unreachable' });
    const lists = ['/datasources', '/batches', '/batches/summary', '/energy/hourly?datasource_id=1', '/ready'];
    for (const url of lists) {
      const failed = await down.app.inject({ url, headers: { host: 'localhost' } });
      expect([url, failed.statusCode, failed.json().code]).toEqual([url, 503, 'database_unreachable']);
      expect(failed.json().detail).toMatch(/^(connect ECONNREFUSED|Can't reach database server at) 127\.0\.0\.1:1$/);
      expect(failed.headers['retry-after']).toBe('5');
      expect(failed.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
    await down.close();
  });

  test('does not hide what the role of the service lacks', async () => {
    const limited = await openApp();
    const { pool } = limited.database;
    await pool.query('REVOKE ALL ON datasource FROM PUBLIC; ALTER TABLE datasource RENAME TO elsewhere');
    const response = await limited.app.inject({ url: '/datasources', headers: { host: 'localhost' } });
    expect([response.statusCode, response.json().code]).toEqual([503, 'schema_missing']);
    expect(response.json().detail).not.toMatch(/invocation/);
    await limited.close();
  });

  test('does not wait for a database that takes the connection and says nothing', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const port = (silent.address() as { port: number }).port;
    const mute = await openApp({}, `postgres://nobody@127.0.0.1:${port}/none`);
    const begun = Date.now();
    const response = await mute.app.inject({ url: '/health', headers: { host: 'localhost' } });
    expect(response.statusCode).toBe(503);
    expect(Date.now() - begun).toBeLessThan(4000);
    await mute.close();
    silent.close();
  });

  test('is ok again by itself after the database closed the connection', async () => {
    await get('/health');
    await api.database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cei-api%'`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await get('/health')).statusCode).toBe(200);
    expect((await get('/batches/summary')).statusCode).toBe(200);
  });
});

describe('readiness', () => {
  test('is 503 and names the migration that is not applied', async () => {
    const fresh = await openApp();
    await fresh.database.pool.query('DELETE FROM _prisma_migrations WHERE migration_name LIKE $1', ['%initial_schema']);
    const response = await fresh.app.inject({ url: '/ready', headers: { host: 'localhost' } });
    expect(response.statusCode).toBe(503);
    expect(response.json().code).toBe('not_ready');
    expect(response.json().errors[0]).toMatchObject({
      field: 'migrations',
      message: expect.stringContaining('initial_schema'),
    });
    await fresh.close();
  });

  test('is 503 on a database without any history', async () => {
    const fresh = await openApp();
    await fresh.database.pool.query('DROP TABLE _prisma_migrations');
    const response = await fresh.app.inject({ url: '/ready', headers: { host: 'localhost' } });
    expect(response.statusCode).toBe(503);
    await fresh.close();
  });

  test('waits for READY_FILE where one is set', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cei-ready-'));
    const READY_FILE = join(folder, 'ready');
    const waiting = await openApp({ READY_FILE });
    const ask = () => waiting.app.inject({ url: '/ready', headers: { host: 'localhost' } });
    expect((await ask()).json().errors[0].field).toBe('READY_FILE');
    await writeFile(READY_FILE, '');
    expect((await ask()).statusCode).toBe(200);
    await waiting.close();
    await rm(folder, { recursive: true });
  });
});

test('metrics are in the form of Prometheus, by route pattern and not by address', async () => {
  await get('/datasources/12345');
  const response = await get('/metrics');
  expect(response.headers['content-type']).toMatch(/^text\/plain/);
  expect(response.payload).toMatch(
    /^http_request_duration_seconds_count\{method="GET",route="\/datasources\/:id",status="404"\} \d+$/m,
  );
  expect(response.payload).toMatch(/^pg_pool_connections_total \d+$/m);
  expect(response.payload).not.toContain('12345');
});

test('a connection over which nothing was asked does not keep the service from stopping', async () => {
  const other = await openApp();
  const address = new URL(await other.app.listen({ port: 0, host: '127.0.0.1' }));
  const socket = connect(Number(address.port), address.hostname);
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await other.close();
  await closed;
});

describe('the document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const document = (await get('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    const result = await new Validator().validate(document);
    expect(result).toEqual({ valid: true });
  });

  test('describes every route that is served, under both prefixes', async () => {
    const document = (await get('/openapi.json')).json();
    const described = Object.keys(document.paths).sort();
    expect(described).toEqual([
      '/batches',
      '/batches/summary',
      '/batches/{batch_id}',
      '/batches/{batch_id}/events',
      '/batches/{batch_id}/file',
      '/batches/{batch_id}/operations/{operation_id}',
      '/batches/{batch_id}/redo',
      '/batches/{batch_id}/rejections',
      '/batches/{batch_id}/replay',
      '/batches/{batch_id}/undo',
      '/dairy/aggregate',
      '/dairy/daily',
      '/dairy/daily/provenance',
      '/dairy/latest',
      '/dairy/stats',
      '/datasources',
      '/datasources/external/{external_id}',
      '/datasources/freshness',
      '/datasources/types',
      '/datasources/{id}',
      '/datasources/{id}/gaps',
      '/energy/aggregate',
      '/energy/daily',
      '/energy/daily/provenance',
      '/energy/hourly',
      '/energy/hourly/provenance',
      '/energy/latest',
      '/energy/stats',
      '/environmental',
      '/environmental/aggregate',
      '/environmental/latest',
      '/environmental/provenance',
      '/environmental/stats',
      '/errors/{code}',
      '/health',
      '/keys',
      '/keys/{id}',
      '/metrics',
      '/ready',
      '/webhooks',
      '/webhooks/{webhook_id}',
      '/webhooks/{webhook_id}/deliveries',
      '/webhooks/{webhook_id}/deliveries/{delivery_id}/retry',
      '/webhooks/{webhook_id}/secret',
      '/webhooks/{webhook_id}/test',
    ]);
    for (const prefix of PREFIXES) {
      for (const path of described) {
        const url = `${prefix}${path.replace(/\{(\w+)\}/g, ':$1')}`;
        const method = Object.keys(document.paths[path])[0]?.toUpperCase() as 'GET';
        expect([url, api.app.hasRoute({ method, url })]).toEqual([url, true]);
      }
    }
    for (const operations of Object.values(document.paths as Record<string, Record<string, Operation>>)) {
      for (const operation of Object.values(operations)) {
        expect(operation.operationId).toBeTruthy();
        if (operation.operationId === 'getHealth') continue;
        expect(operation.responses['503'] ?? operation.operationId === 'getMetrics').toBeTruthy();
      }
    }
  });

  test('is the same under /api/v1, and the page to try it needs nothing from elsewhere', async () => {
    expect((await get('/api/v1/openapi.json')).json()).toEqual((await get('/openapi.json')).json());
    expect((await get('/api/v1/docs')).headers.location).toBe('/docs');
    const page = await get('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.payload).not.toMatch(/(src|href)="https?:/);
    const scripts = [...page.payload.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    for (const script of scripts) expect((await get(script)).statusCode).toBe(200);
    expect((await get('/docs/static/swagger-initializer.js')).payload).toContain('/openapi.json');
    for (const bare of ['/', '/api/v1', '/api/v1/']) expect((await get(bare)).headers.location, bare).toBe('/docs');
  });
});

describe('failures', () => {
  test.each([
    ['GET', '/nowhere', {}, undefined, 404, 'not_found'],
    ['GET', '/api/v1/nowhere', {}, undefined, 404, 'not_found'],
    ['DELETE', '/health', {}, undefined, 405, 'method_not_allowed'],
    ['PUT', '/datasources/1', {}, undefined, 405, 'method_not_allowed'],
    ['POST', '/datasources', { 'content-type': 'application/json' }, '{"a":', 400, 'invalid_request'],
    ['POST', '/datasources', { 'content-type': 'application/json' }, '', 400, 'invalid_request'],
    ['POST', '/datasources', { 'content-type': 'application/json' }, '{"__proto__":{}}', 400, 'invalid_request'],
    ['POST', '/datasources', { 'content-type': 'text/plain' }, 'x', 415, 'media_type_unknown'],
    ['POST', '/datasources', { 'content-type': 'application/json' }, LARGE, 413, 'body_too_large'],
    ['GET', '/%zz', {}, undefined, 400, 'invalid_request'],
    ['GET', '/datasources/x', {}, undefined, 400, 'invalid_request'],
    ['GET', '/datasources?page_size=1001', {}, undefined, 400, 'invalid_request'],
    ['GET', '/batches/not-a-uuid', {}, undefined, 400, 'invalid_request'],
    ['GET', '/errors/nothing', {}, undefined, 404, 'not_found'],
    ['GET', '/health', { host: 'evil.example' }, undefined, 403, 'forbidden_host'],
    ['GET', '/health', { origin: 'https://evil.example' }, undefined, 403, 'forbidden_origin'],
    ['GET', '/health', { origin: 'null' }, undefined, 403, 'forbidden_origin'],
  ] as const)('%s %s %o is a problem', async (method, url, headers, payload, status, code) => {
    const request = { method, url, headers: { host: 'localhost:8000', ...headers } };
    const response = await api.app.inject(payload === undefined ? request : { ...request, payload });
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toMatchObject({
      type: `/errors/${code}`,
      status,
      title: expect.any(String),
      detail: expect.any(String),
      errors: expect.any(Array),
    });
    expect(response.payload).not.toMatch(/\.ts:\d|node_modules/);
    const entry = await get(response.json().type);
    expect(entry.json()).toMatchObject({ code, status, remedy: expect.any(String) });
  });

  test('a method that is not taken is answered with those that are', async () => {
    const response = await api.app.inject({
      method: 'PUT',
      url: '/api/v1/datasources/7',
      headers: { host: 'localhost' },
    });
    expect(response.headers.allow).toBe('DELETE, GET, HEAD, PATCH');
  });

  test('bytes that are no HTTP are answered, too', async () => {
    await api.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = api.app.server.address() as { port: number };
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"invalid_request"/);
  });
});

describe('every answer', () => {
  test('is sent once, and no success is worth a warning', async () => {
    const written: unknown[] = [];
    const log: Log = makeLog('api-test', 'silent');
    for (const level of ['warn', 'error'] as const) log[level] = (...said: unknown[]) => void written.push(said);
    log.child = () => log as never;
    const listening = await openApp({}, undefined, { log });
    const { pool } = listening.database;
    const meter = await addSource(pool, 'meter-1');
    await addHours(pool, meter, await addBatch(pool, [meter]), '2025-01-01T00:00Z', '2025-01-02T00:00Z');
    const address = await listening.app.listen({ port: 0, host: '127.0.0.1' });
    const { paths } = (await (await fetch(`${address}/openapi.json`)).json()) as {
      paths: Record<string, { get?: object }>;
    };
    for (const path of Object.keys(paths).filter((path) => paths[path]?.get !== undefined && !path.includes('{'))) {
      const response = await fetch(`${address}${path}?external_id=meter-1`);
      const answer = await response.text();
      if (response.status !== 200) expect([path, JSON.parse(answer).code]).toEqual([path, 'invalid_request']);
    }
    await listening.close();
    expect(written).toEqual([]);
  });

  test('has a request id, the given one where it is fit for a log', async () => {
    expect((await get('/health')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await get('/health', { 'x-request-id': 'trace-1' })).headers['x-request-id']).toBe('trace-1');
    expect((await get('/health', { 'x-request-id': 'a b\n' })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('to a read has an ETag, and is 304 to whoever has it', async () => {
    const first = await get('/datasources/types');
    const etag = String(first.headers.etag);
    const second = await get('/datasources/types', { 'if-none-match': `"other", ${etag}` });
    expect([second.statusCode, second.payload]).toEqual([304, '']);
    expect((await get('/datasources/types', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  test('to HEAD has the tag of GET, and is 304 likewise', async () => {
    const etag = String((await get('/datasources/types')).headers.etag);
    const ask = (given: object) =>
      api.app.inject({ method: 'HEAD', url: '/datasources/types', headers: { host: 'localhost', ...given } });
    expect((await ask({})).headers.etag).toBe(etag);
    expect((await ask({ 'if-none-match': etag })).statusCode).toBe(304);
  });

  test('is kept by nobody on the way, whatever its form', async () => {
    for (const path of ['/datasources', '/energy/hourly?client=nobody', '/energy/hourly?client=nobody&format=csv'])
      expect((await get(path)).headers['cache-control']).toBe('private, no-cache');
  });

  test('to a page of our own is given: same host, any local name', async () => {
    expect((await get('/health', { origin: 'http://localhost:8000' })).statusCode).toBe(200);
    expect((await get('/health', { host: '127.0.0.1:8000' })).statusCode).toBe(200);
    expect((await get('/health', { host: '[::1]:8000' })).statusCode).toBe(200);
    expect((await get('/health', { host: 'localhost:8000', origin: 'http://localhost:9000' })).statusCode).toBe(403);
  });
});

test('on a public address every Host is served, and still no foreign page', async () => {
  const open = await openApp({ loopbackOnly: false });
  const ask = (headers: Record<string, string>) => open.app.inject({ url: '/health', headers });
  expect((await ask({ host: 'cei.example' })).statusCode).toBe(200);
  expect((await ask({ host: 'cei.example', origin: 'http://cei.example' })).statusCode).toBe(200);
  expect((await ask({ host: 'cei.example', origin: 'https://evil.example' })).statusCode).toBe(403);
  await open.close();
});
