import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey, revokeKey, type Scope } from '../src/access/keys.ts';
import { addBatch, addDays, addHours, addSource, sumMonths } from './support/fixtures.ts';
import { makeForm as makeParts } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

/** What every operation needs. One that is not listed here fails the first test. */
const NEEDS: Readonly<Record<string, readonly Scope[] | 'nothing'>> = {
  getHealth: 'nothing',
  getReady: 'nothing',
  getMetrics: ['read'],
  getError: ['read'],
  listKeys: [],
  createKey: [],
  revokeKey: [],
  listWebhooks: [],
  createWebhook: [],
  getWebhook: [],
  changeWebhook: [],
  deleteWebhook: [],
  renewWebhookSecret: [],
  testWebhook: [],
  listDeliveries: [],
  retryDelivery: [],
  listDatasources: ['read'],
  createDatasource: [],
  listDatasourceTypes: ['read'],
  getDatasourceByExternalId: ['read'],
  getDatasource: ['read'],
  listFreshness: ['read'],
  listGaps: ['read'],
  changeDatasource: [],
  deleteDatasource: [],
  listBatches: ['read', 'ingest'],
  uploadFile: ['ingest'],
  summarizeBatches: ['read', 'ingest'],
  getBatch: ['read', 'ingest'],
  followBatch: ['read', 'ingest'],
  listRejections: ['read', 'ingest'],
  getBatchFile: ['read', 'ingest'],
  undoBatch: ['ingest'],
  redoBatch: ['ingest'],
  replayBatch: ['ingest'],
  getOperation: ['read', 'ingest'],
  postEnergyHourly: ['ingest'],
  postEnergyDaily: ['ingest'],
  postEnvironmental: ['ingest'],
  postDairyDaily: ['ingest'],
  listEnergyHourly: ['read'],
  listEnergyDaily: ['read'],
  listEnvironmental: ['read'],
  listDairyDaily: ['read'],
  aggregateEnergy: ['read'],
  aggregateEnvironmental: ['read'],
  aggregateDairy: ['read'],
  latestEnergy: ['read'],
  latestEnvironmental: ['read'],
  latestDairy: ['read'],
  statsEnergy: ['read'],
  statsEnvironmental: ['read'],
  statsDairy: ['read'],
  traceEnergyHourly: ['read'],
  traceEnergyDaily: ['read'],
  traceEnvironmental: ['read'],
  traceDairyDaily: ['read'],
};

interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
}

const makeForm = (fields: Record<string, string>, file: { name: string; content: string }) =>
  makeParts([
    ...Object.entries(fields).map(([name, value]) => ({ name, value })),
    { name: 'file', filename: file.name, value: file.content },
  ]);

let api: OpenApp;
let operations: Operation[];
/** A site of its own, and what must never be seen of it. */
interface Site {
  readonly client: string;
  readonly meter: number;
  readonly name: string;
  readonly batch: string;
  readonly operation: string;
}
let mine: Site;
let theirs: Site;
let shared: string;
let orphan: string;
const keys: Record<string, string> = {};

async function addSite(client: string, name: string, kwh: number): Promise<Site> {
  const { pool } = api.database;
  const meter = await addSource(pool, name, { client });
  const batch = await addBatch(pool, [meter], {
    source_name: `${name}-file.csv`,
    records_read: kwh,
    records_inserted: kwh,
  });
  await addHours(pool, meter, batch, '2025-01-01T00:00Z', '2025-01-03T00:00Z');
  await pool.query('UPDATE fact_energy_hourly SET energy_kwh = $2 WHERE datasource_id = $1', [meter, kwh]);
  await addDays(pool, meter, batch, '2025-01-01', '2025-01-03');
  await pool.query(
    `INSERT INTO environmental_metrics (datasource_id, timestamp, temperature, batch_id) VALUES ($1, '2025-01-01T00:00Z', $2, $3)`,
    [meter, kwh / 100, batch],
  );
  await pool.query(
    `INSERT INTO dairy_production (datasource_id, production_date, number_of_animals, batch_id) VALUES ($1, '2025-01-01', $2, $3)`,
    [meter, kwh, batch],
  );
  await pool.query(
    `INSERT INTO ingest_rejection (batch_id, rejection_no, line, raw, errors) VALUES ($1, 1, 5, $2, '[]')`,
    [batch, JSON.stringify([`secret of ${name}`])],
  );
  const { rows } = await pool.query<{ id: string }>(
    "INSERT INTO batch_operation (batch_id, operation, status, completed_at, result) VALUES ($1, 'undo', 'completed', now(), '{}') RETURNING id",
    [batch],
  );
  return { client, meter, name, batch, operation: rows[0]!.id };
}

beforeAll(async () => {
  api = await openApp({ auth: true, loopbackOnly: false });
  const { pool } = api.database;
  mine = await addSite('Farm Mine', 'mine1', 1_111);
  theirs = await addSite('Farm Theirs', 'theirs1', 7_777);
  shared = await addBatch(pool, [mine.meter, theirs.meter], { source_name: 'both.csv' });
  orphan = await addBatch(pool, [], { source_name: 'nobody.csv', status: 'failed' });
  await sumMonths(pool);
  const make = async (
    name: string,
    scopes: Scope[],
    more: { clients?: string[]; datasourceIds?: number[]; expiresAt?: Date } = {},
  ) => {
    const { key, row } = await makeKey(pool, {
      name,
      scopes,
      datasourceIds: null,
      clients: null,
      expiresAt: null,
      ...more,
    });
    keys[name] = key;
    return row.id;
  };
  for (const scope of ['read', 'ingest', 'admin'] as const) await make(scope, [scope]);
  await make('expired', ['admin'], { expiresAt: new Date(Date.now() - 1_000) });
  await revokeKey(pool, await make('revoked', ['admin']));
  keys.wrong = `${keys.admin}x`;
  await make('fenced by client', ['read', 'ingest', 'admin'], { clients: ['Farm Mine'] });
  await make('fenced by datasource', ['read', 'ingest', 'admin'], { datasourceIds: [mine.meter] });
  const { paths } = (await api.app.inject({ url: '/openapi.json', headers: { host: 'farm.example' } })).json() as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId: id }]) => ({
      id,
      path,
      method: method.toUpperCase() as Operation['method'],
    })),
  );
});
afterAll(() => api.close());

const NO_WEBHOOK = randomUUID();

/** An address of the operation that is about this site; deleting and making are asked for in ways that change nothing. */
function address({ id, path }: Operation, site: Site): string {
  const filled = path
    .replace('{batch_id}', site.batch)
    .replace('{operation_id}', site.operation)
    .replace('{external_id}', site.name)
    .replace('{webhook_id}', NO_WEBHOOK)
    .replace('{delivery_id}', NO_WEBHOOK)
    .replace('{id}', path.startsWith('/keys') ? '999999' : String(site.meter))
    .replace('{code}', 'internal');
  if (id === 'deleteDatasource') return `${filled}?purge=true&confirm=nothing`;
  if (id.startsWith('trace')) {
    const at = /Hourly|Environmental/.test(id) ? '2025-01-01T00:00:00Z' : '2025-01-01';
    return `${filled}?datasource_id=${site.meter}&at=${at}`;
  }
  return /^\/(energy|environmental|dairy)/.test(path)
    ? `${filled}?datasource_id=${site.meter}&from=2025-01-01&to=2025-01-02`
    : filled;
}

const BODIES: Readonly<Record<string, object>> = {
  postEnergyHourly: [],
  postEnergyDaily: [],
  postEnvironmental: [],
  postDairyDaily: [],
  createDatasource: { external_id: 'x' },
  changeDatasource: { timezone: 'Nowhere/Land' },
  createKey: { name: '' },
  createWebhook: { url: '' },
  changeWebhook: { description: 'x' },
  undoBatch: { dry_run: 'maybe' },
  redoBatch: { dry_run: 'maybe' },
  replayBatch: { dry_run: 'maybe' },
};

async function ask(operation: Operation, url: string, key?: string, prefix = '') {
  const body = BODIES[operation.id];
  const response = await api.app.inject({
    method: operation.method,
    url: prefix + url,
    headers: { host: 'farm.example', ...(key === undefined ? {} : { 'x-api-key': key }) },
    ...(body === undefined ? {} : { payload: body }),
  });
  const code = /problem/.test(String(response.headers['content-type'])) ? response.json().code : undefined;
  return { status: response.statusCode, code, text: response.payload, headers: response.headers };
}

test('every operation has a decision about who may ask for it', () => {
  expect(operations.map(({ id }) => id).sort()).toEqual(Object.keys(NEEDS).sort());
});

describe('without a valid key', () => {
  test.each([
    [undefined, 'key_missing'],
    ['wrong', 'key_invalid'],
    ['expired', 'key_invalid'],
    ['revoked', 'key_invalid'],
  ])('(%s) every operation is refused, but for those that need none', async (name, wanted) => {
    for (const operation of operations) {
      for (const prefix of ['', '/api/v1']) {
        const { status, code, headers } = await ask(operation, address(operation, mine), name && keys[name], prefix);
        if (NEEDS[operation.id] === 'nothing')
          expect([operation.id, status < 400 || status === 503]).toEqual([operation.id, true]);
        else
          expect([operation.id, status, code, headers['www-authenticate']]).toEqual([
            operation.id,
            401,
            wanted,
            'Bearer',
          ]);
      }
    }
  });

  test('the document and the page to try it are there', async () => {
    for (const url of ['/openapi.json', '/api/v1/openapi.json', '/docs', '/docs/']) {
      const { statusCode } = await api.app.inject({ url, headers: { host: 'farm.example' } });
      expect([url, statusCode < 400]).toEqual([url, true]);
    }
  });

  test('Authorization: Bearer is as good as X-API-Key', async () => {
    const get = (authorization: string) =>
      api.app.inject({ url: '/datasources', headers: { host: 'farm.example', authorization } });
    expect((await get(`Bearer ${keys.read}`)).statusCode).toBe(200);
    expect((await get(`Bearer ${keys.wrong}`)).statusCode).toBe(401);
    expect((await get(`Basic ${keys.read}`)).json().code).toBe('key_missing');
  });
});

describe('a key with a scope', () => {
  test.each(['read', 'ingest', 'admin'] as const)('%s may do what it names, and nothing else', async (scope) => {
    for (const operation of operations) {
      const needs = NEEDS[operation.id];
      const allowed = needs === 'nothing' || scope === 'admin' || needs?.includes(scope) === true;
      const { status, code } = await ask(operation, address(operation, mine), keys[scope]);
      if (allowed) expect([operation.id, [401, 403].includes(status)]).toEqual([operation.id, false]);
      else expect([operation.id, status, code]).toEqual([operation.id, 403, 'key_scope']);
    }
  });
});

describe.each(['fenced by client', 'fenced by datasource'])('a key %s', (name) => {
  const get = (url: string) => ask({ id: '', method: 'GET', path: '' }, url, keys[name]);
  const betrays = (text: string) =>
    /theirs|Theirs|7777|77\.77/.test(text) || [theirs.batch, shared, orphan].some((id) => text.includes(id));

  test('is told by no operation that the other site is there', async () => {
    for (const operation of operations) {
      if (NEEDS[operation.id] === 'nothing' || ['getError', 'uploadFile'].includes(operation.id)) continue;
      const url = address(operation, theirs);
      const unknown = address(operation, {
        ...theirs,
        meter: 987_654,
        batch: randomUUID(),
        name: 'nobody',
        operation: '987654',
      });
      const [answer, blank] = [await ask(operation, url, keys[name]), await ask(operation, unknown, keys[name])];
      // As if it did not exist: the same status and code as for what does not.
      expect([operation.id, answer.status, answer.code]).toEqual([operation.id, blank.status, blank.code]);
      if (answer.status < 400) expect([operation.id, betrays(answer.text)]).toEqual([operation.id, false]);
    }
  });

  test('sees its own site as ever', async () => {
    for (const operation of operations) {
      const forAll = /Webhooks?$|listDeliveries|getMetrics|listKeys|getBatchFile/;
      if (operation.method !== 'GET' || forAll.test(operation.id)) continue;
      const { status, code } = await ask(operation, address(operation, mine), keys[name]);
      expect([operation.id, status, code]).toEqual([operation.id, 200, undefined]);
    }
  });

  test.each([
    '/energy/hourly?client=Farm%20Theirs',
    '/energy/hourly?client=Farm%20Theirs&as_of=2030-01-01T00:00:00Z',
    '/energy/aggregate?client=Farm%20Theirs&interval=month',
    '/energy/aggregate?client=Farm%20Theirs&interval=month&as_of=2030-01-01T00:00:00Z',
    '/environmental/latest?client=Farm%20Theirs',
    '/dairy/stats?client=Farm%20Theirs',
    '/energy/hourly?client=Farm%20Theirs&format=csv',
    '/energy/hourly?client=Farm%20Theirs&format=ndjson',
    '/datasources?q=theirs',
    '/datasources?client=Farm%20Theirs',
    '/datasources/freshness?client=Farm%20Theirs',
    '/batches?sort=source_name',
    '/batches/summary',
  ])('%s says nothing of it', async (url) => {
    const { status, text } = await get(url);
    expect(status).toBe(200);
    expect(betrays(text)).toBe(false);
    if (url.includes('heirs') && text.startsWith('{')) expect(JSON.parse(text)).toMatchObject({ data: [] });
  });

  test('counts its own only', async () => {
    expect(JSON.parse((await get('/batches')).text)).toMatchObject({ total: 1, data: [{ batch_id: mine.batch }] });
    expect(JSON.parse((await get('/batches/summary')).text).total).toMatchObject({ batches: 1, records_read: 1_111 });
    expect(JSON.parse((await get('/datasources')).text)).toMatchObject({ total: 1, data: [{ id: mine.meter }] });
    const { data } = JSON.parse((await get('/datasources/types')).text) as { data: { datasources: number }[] };
    expect(data.reduce((sum, row) => sum + row.datasources, 0)).toBe(1);
  });

  test.each(['undo', 'redo', 'replay'])('cannot %s a batch that has a source beyond the fence', async (what) => {
    for (const batch of [theirs.batch, shared, orphan]) {
      const response = await api.app.inject({
        method: 'POST',
        url: `/batches/${batch}/${what}`,
        headers: { host: 'farm.example', 'x-api-key': keys[name] ?? '' },
        payload: {},
      });
      expect([response.statusCode, response.json().code]).toEqual([404, 'batch_unknown']);
    }
    expect(
      (await api.database.pool.query('SELECT 1 FROM batch_operation WHERE status <> $1', ['completed'])).rows,
    ).toEqual([]);
  });

  test('neither makes datasources, nor gives one to another client, nor manages keys and webhooks', async () => {
    for (const [method, url, payload] of [
      [
        'POST',
        '/datasources',
        { external_id: 'n', source_category: 'device', data_type: 'energy', client: 'Farm Mine' },
      ],
      ['PATCH', `/datasources/${mine.meter}`, { client: 'Farm Theirs' }],
      ['POST', '/keys', { name: 'wider', scopes: ['admin'] }],
      ['GET', '/keys', undefined],
      ['DELETE', '/keys/1', undefined],
      ['GET', '/webhooks', undefined],
      ['POST', '/webhooks', { url: 'https://hooks.example/', clients: ['Farm Mine'] }],
      ['GET', `/webhooks/${NO_WEBHOOK}`, undefined],
      ['PATCH', `/webhooks/${NO_WEBHOOK}`, { active: true }],
      ['DELETE', `/webhooks/${NO_WEBHOOK}`, undefined],
      ['POST', `/webhooks/${NO_WEBHOOK}/secret`, undefined],
      ['POST', `/webhooks/${NO_WEBHOOK}/test`, undefined],
      ['GET', `/webhooks/${NO_WEBHOOK}/deliveries`, undefined],
      ['POST', `/webhooks/${NO_WEBHOOK}/deliveries/${NO_WEBHOOK}/retry`, undefined],
    ] as const) {
      const headers = { host: 'farm.example', 'x-api-key': keys[name] ?? '' };
      const response = await api.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
      expect([url, response.statusCode, response.json().code]).toEqual([url, 403, 'key_fence']);
    }
  });

  const upload = (fields: Record<string, string>, file: string, content: string) => {
    const form = makeForm(fields, { name: file, content });
    const headers = { host: 'farm.example', 'x-api-key': keys[name] ?? '', ...form.headers };
    return api.app.inject({ method: 'POST', url: '/batches', headers, payload: form.payload });
  };

  test('hands in files for its own datasources only, and the fence goes with the file', async () => {
    const before = await api.database.pool.query('SELECT count(*) FROM ingest_batch');
    const named = await upload({ datasource: 'theirs1' }, 'x.csv', `a ${name}`);
    expect([named.statusCode, named.json().code]).toEqual([404, 'datasource_unknown']);
    const guessed = await upload({}, 'theirs1-x.csv', `b ${name}`);
    expect([guessed.statusCode, guessed.json().code]).toEqual([403, 'key_fence']);
    expect((await api.database.pool.query('SELECT count(*) FROM ingest_batch')).rows).toEqual(before.rows);
    const own = await upload({}, 'mine1-x.csv', `c ${name}`);
    expect(own.statusCode).toBe(202);
    const { rows } = await api.database.pool.query(
      'SELECT context, submitted_by FROM ingest_batch WHERE batch_id = $1',
      [own.json().batch_id],
    );
    expect(rows[0]).toEqual({
      context: { options: {}, fence: [mine.meter] },
      submitted_by: expect.stringMatching(/^key:\d+$/),
    });
    await api.database.pool.query('DELETE FROM ingest_batch WHERE batch_id = $1', [own.json().batch_id]);
  });

  test('is not told which hidden batch has the same bytes', async () => {
    const admin = await api.app.inject({
      method: 'POST',
      url: '/batches',
      ...(({ headers, payload }) => ({
        headers: { host: 'farm.example', 'x-api-key': keys.admin ?? '', ...headers },
        payload,
      }))(makeForm({ datasource: 'theirs1' }, { name: 'd.csv', content: `d ${name}` })),
    });
    expect(admin.statusCode).toBe(202);
    const { batch_id: hidden } = admin.json() as { batch_id: string };
    const same = await upload({}, 'unknown-name.csv', `d ${name}`);
    expect([same.statusCode, same.json().code]).toEqual([409, 'duplicate_file']);
    expect(same.payload).not.toContain(hidden);
    expect(same.headers.link).toBeUndefined();
    await api.database.pool.query('DELETE FROM ingest_batch WHERE batch_id = $1', [hidden]);
  });
});

test('a batch whose refused records may be of others is seen by who handed it in, and by no other fence', async () => {
  const { pool } = api.database;
  const submitted = (await pool.query<{ id: number }>("SELECT id FROM api_key WHERE name = 'fenced by client'"))
    .rows[0]!.id;
  const batch = await addBatch(pool, [mine.meter], {
    submitted_by: `key:${submitted}`,
    records_read: 2,
    records_inserted: 1,
    records_rejected: 1,
  });
  await pool.query('UPDATE ingest_batch SET datasource_id = NULL WHERE batch_id = $1', [batch]);
  const status = async (name: string) =>
    (
      await api.app.inject({
        url: `/batches/${batch}`,
        headers: { host: 'farm.example', 'x-api-key': keys[name] ?? '' },
      })
    ).statusCode;
  expect([await status('fenced by client'), await status('fenced by datasource'), await status('admin')]).toEqual([
    200, 404, 200,
  ]);
  await pool.query('DELETE FROM ingest_batch WHERE batch_id = $1', [batch]);
});

test('the fence that a batch came with is shown to nobody: a narrower one knows nothing of its ids', async () => {
  const { pool } = api.database;
  const batch = await addBatch(pool, [mine.meter], {
    context: JSON.stringify({ options: { force: true }, fence: [mine.meter, theirs.meter] }),
  });
  for (const name of ['fenced by client', 'fenced by datasource', 'admin']) {
    const given = { host: 'farm.example', 'x-api-key': keys[name] ?? '' };
    for (const url of [`/batches/${batch}`, '/batches']) {
      const response = await api.app.inject({ url, headers: given });
      expect([response.statusCode, response.payload.includes('"fence"')]).toEqual([200, false]);
    }
    const { context } = (await api.app.inject({ url: `/batches/${batch}`, headers: given })).json();
    expect(context).toEqual({ options: { force: true } });
  }
  await pool.query('DELETE FROM ingest_batch WHERE batch_id = $1', [batch]);
});

describe('keys over the API', () => {
  const call = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
    api.app.inject({
      method,
      url,
      headers: { host: 'farm.example', 'x-api-key': keys.admin ?? '' },
      ...(payload && { payload }),
    });

  test('are made, shown once, listed without themselves, and revoked', async () => {
    const made = await call('POST', '/keys', {
      name: 'logger',
      scopes: ['ingest'],
      clients: ['Farm Mine'],
      expires_at: '2099-01-01T00:00:00Z',
    });
    expect(made.statusCode).toBe(201);
    const { key, id } = made.json() as { key: string; id: number };
    expect(key).toMatch(/^cei_[\w-]{43}$/);
    const listed = await call('GET', '/keys');
    expect(listed.payload).not.toContain(key);
    expect(listed.json().data.find((row: { id: number }) => row.id === id)).toMatchObject({
      name: 'logger',
      prefix: key.slice(0, 10),
      clients: ['Farm Mine'],
      expires_at: '2099-01-01T00:00:00.000Z',
      last_used_at: null,
    });
    const use = () => api.app.inject({ url: '/batches', headers: { host: 'farm.example', 'x-api-key': key } });
    expect((await use()).statusCode).toBe(200);
    await expect
      .poll(
        async () => (await call('GET', '/keys')).json().data.find((row: { id: number }) => row.id === id).last_used_at,
      )
      .not.toBeNull();
    expect((await call('DELETE', `/keys/${id}`)).json().revoked_at).not.toBeNull();
    expect((await use()).statusCode).toBe(401);
    const { rows } = await api.database.pool.query('SELECT * FROM api_key');
    expect(JSON.stringify(rows)).not.toContain(key);
  });

  test.each([
    [{ name: 'x', scopes: [] }, 400],
    [{ name: 'x', scopes: ['root'] }, 400],
    [{ name: 'x', scopes: ['read'], datasource_ids: [999_999] }, 404],
    [{ name: 'x', scopes: ['read'], datasource_ids: [] }, 400],
  ])('%j is refused', async (body, status) => {
    expect((await call('POST', '/keys', body)).statusCode).toBe(status);
  });
});

test('writes are written down with their key, and the list only grows', async () => {
  const { pool } = api.database;
  const given = { host: 'farm.example', 'x-api-key': keys.admin ?? '', 'x-request-id': 'audit-1' };
  const path = `/datasources/${mine.meter}`;
  await api.app.inject({ method: 'PATCH', url: path, headers: given, payload: { description: 'x' } });
  await api.app.inject({ method: 'DELETE', url: `${path}?purge=true&confirm=secret`, headers: given });
  const find = async () =>
    (
      await pool.query(
        "SELECT key_name, method, path, status FROM audit_entry WHERE request_id = 'audit-1' ORDER BY at",
      )
    ).rows;
  // Without the query.
  await expect.poll(find).toEqual([
    { key_name: 'admin', method: 'PATCH', path, status: 200 },
    { key_name: 'admin', method: 'DELETE', path, status: 409 },
  ]);
  await expect(pool.query('DELETE FROM audit_entry')).rejects.toThrow('append_only');
  await expect(pool.query('UPDATE audit_entry SET status = 200')).rejects.toThrow('append_only');
});
