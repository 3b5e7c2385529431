// /webhooks over HTTP: what an admin can do with them, and what is never shown.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addSource } from '../support/fixtures.ts';
import { type OpenApp, openApp } from '../support/open-app.ts';
import { isSigned, startReceiver } from './receiver.ts';
import { allow, endBatch, listDeliveries, makeCourier } from './support.ts';

let api: OpenApp;
let meter: number;
beforeAll(async () => {
  api = await openApp({ WEBHOOK_ALLOW: allow('hooks.lan:8080') });
  meter = await addSource(api.database.pool, 'meter', { client: 'Farm A' });
});
afterAll(() => api.close());

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
const call = async (method: Method, url: string, payload?: object, headers: Record<string, string> = {}) => {
  const response = await api.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.json(), text: response.payload, headers: response.headers };
};
const make = async (url = 'https://hooks.example/in') => (await call('POST', '/webhooks', { url })).body;
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

test('a webhook is made, shown with its secret once, changed, and removed with what it was told', async () => {
  const made = await call('POST', '/webhooks', {
    url: 'https://HOOKS.example:443/in?a=b',
    description: 'Farm A',
    events: ['batch.failed'],
    clients: ['Farm A'],
    datasource_ids: [meter],
  });
  const { secret, ...webhook } = made.body;
  expect([made.status, made.headers.location, made.headers['cache-control']]).toEqual([
    201,
    `/webhooks/${webhook.id}`,
    'no-store',
  ]);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(webhook).toMatchObject({
    url: 'https://hooks.example/in?a=b',
    events: ['batch.failed'],
    datasource_ids: [meter],
    clients: ['Farm A'],
    active: true,
    off_because: null,
    old_secret_until: null,
  });
  const shown = await call('GET', `/webhooks/${webhook.id}`);
  expect(shown.body).toEqual(webhook);
  expect((await call('GET', '/api/v1/webhooks')).body).toEqual({ data: [webhook] });

  const changed = await call('PATCH', `/webhooks/${webhook.id}`, { events: null, clients: null, active: false });
  expect(changed.body).toMatchObject({ events: null, clients: null, datasource_ids: [meter], active: false });
  expect(changed.body.updated_at > webhook.updated_at).toBe(true);
  await call('PATCH', `/webhooks/${webhook.id}`, { active: true });
  await endBatch(api.database.pool, [meter]);
  expect(await listDeliveries(api.database.pool)).toHaveLength(1);
  const removed = await call('DELETE', `/webhooks/${webhook.id}`);
  expect([removed.status, removed.body.id]).toEqual([200, webhook.id]);
  expect(await listDeliveries(api.database.pool)).toEqual([]);
  for (const answer of [shown, changed, removed]) expect(answer.text).not.toContain('whsec_');
  const audit = async () =>
    (await api.database.pool.query("SELECT method, path FROM audit_entry WHERE path LIKE '/webhooks%' ORDER BY id"))
      .rows;
  const path = `/webhooks/${webhook.id}`;
  await expect.poll(audit).toEqual([
    { method: 'POST', path: '/webhooks' },
    { method: 'PATCH', path },
    { method: 'PATCH', path },
    { method: 'DELETE', path },
  ]);
});

test('an Idempotency-Key makes neither a second secret nor keeps the first', async () => {
  const headers = { 'idempotency-key': 'once' };
  const first = await call('POST', '/webhooks', { url: 'https://hooks.example/' }, headers);
  await call('POST', `/webhooks/${first.body.id}/secret`, undefined, headers);
  const { rows } = await api.database.pool.query("SELECT * FROM idempotent_request WHERE key = 'once'");
  expect(rows).toEqual([]);
  await call('DELETE', `/webhooks/${first.body.id}`);
});

test.each<[object, number, string]>([
  [{}, 400, 'invalid_request'],
  [{ url: 'https://hooks.example/', secret: 'whsec_mine' }, 400, 'invalid_request'],
  [{ url: 'https://hooks.example/', events: [] }, 400, 'invalid_request'],
  [{ url: 'https://hooks.example/', events: ['batch.exploded'] }, 400, 'invalid_request'],
  [{ url: 'https://hooks.example/', clients: ['a\u0000b'] }, 400, 'invalid_request'],
  [{ url: 'https://hooks.example/', datasource_ids: [987_654] }, 404, 'datasource_unknown'],
  [{ url: `https://hooks.example/${'a'.repeat(2_000)}` }, 400, 'invalid_request'],
  [{ url: 'nonsense' }, 422, 'webhook_url_refused'],
  [{ url: 'http://hooks.example/' }, 422, 'webhook_url_refused'],
  [{ url: 'https://10.1.2.3/' }, 422, 'webhook_url_refused'],
  [{ url: 'https://user:pass@hooks.example/' }, 422, 'webhook_url_refused'],
])('%j is refused, at the making and at the changing', async (body, status, code) => {
  const before = (await call('GET', '/webhooks')).body.data.length;
  const made = await call('POST', '/webhooks', body);
  expect([made.status, made.body.code]).toEqual([status, code]);
  expect((await call('GET', '/webhooks')).body.data).toHaveLength(before);
  const webhook = await make();
  const changed = await call('PATCH', `/webhooks/${webhook.id}`, body);
  expect([changed.status, changed.body.code]).toEqual([status, code]);
  await call('DELETE', `/webhooks/${webhook.id}`);
});

test('by http it may lead where WEBHOOK_ALLOW says', async () => {
  const made = await call('POST', '/webhooks', { url: 'http://hooks.lan:8080/' });
  expect(made.status).toBe(201);
  await call('DELETE', `/webhooks/${made.body.id}`);
});

test('switching it on again forgets why it was off', async () => {
  const { id } = await make();
  await api.database.pool.query(
    "UPDATE webhook SET active = false, off_because = 'given_up', given_up_in_row = 5 WHERE id = $1",
    [id],
  );
  expect((await call('GET', `/webhooks/${id}`)).body).toMatchObject({ active: false, off_because: 'given_up' });
  expect((await call('PATCH', `/webhooks/${id}`, { active: true })).body).toMatchObject({
    active: true,
    off_because: null,
  });
  const { rows } = await api.database.pool.query('SELECT given_up_in_row AS n FROM webhook WHERE id = $1', [id]);
  expect(rows).toEqual([{ n: 0 }]);
  await call('DELETE', `/webhooks/${id}`);
});

describe('deliveries', () => {
  test('of a webhook are listed by page and status, and sent again under the same id', async () => {
    const receiver = await startReceiver();
    const { pool } = api.database;
    const webhook = await make();
    await pool.query('UPDATE webhook SET url = $2 WHERE id = $1', [webhook.id, receiver.url]);
    for (let count = 0; count < 3; count++) await endBatch(pool, [meter]);
    const path = `/webhooks/${webhook.id}/deliveries`;
    const pending = (await call('GET', `${path}?status=pending&page_size=2`)).body;
    expect(pending).toMatchObject({ total: 3, page: 1, total_pages: 2 });
    expect(pending.data).toHaveLength(2);
    expect(pending.data[0]).toMatchObject({
      event: 'batch.completed',
      attempt: 0,
      next_at: expect.any(String),
      ended_at: null,
    });
    await makeCourier(pool, [receiver]).deliver();
    expect((await call('GET', `${path}?status=pending`)).body.data).toEqual([]);
    const [delivered] = (await call('GET', path)).body.data;
    expect(delivered).toMatchObject({
      status: 'delivered',
      attempt: 1,
      response_status: 204,
      error: null,
      next_at: null,
    });

    const again = await call('POST', `${path}/${delivered.id}/retry`);
    expect([again.status, again.body]).toMatchObject([202, { id: delivered.id, status: 'pending', attempt: 0 }]);
    await makeCourier(pool, [receiver]).deliver();
    expect(receiver.received.filter(({ id }) => id === delivered.id)).toHaveLength(2);
    expect(receiver.received).toHaveLength(4);

    const ping = await call('POST', `/webhooks/${webhook.id}/test`);
    expect([ping.status, ping.body]).toMatchObject([202, { event: 'webhook.ping', batch_id: null }]);
    const renewed = await call('POST', `/webhooks/${webhook.id}/secret`);
    expect(renewed.body.secret).not.toBe(webhook.secret);
    expect(Date.parse(renewed.body.old_secret_until) - Date.now()).toBeGreaterThan(86_000_000);
    await makeCourier(pool, [receiver]).deliver();
    const last = receiver.received.at(-1)!;
    expect([last.id, isSigned(last, webhook.secret), isSigned(last, renewed.body.secret)]).toEqual([
      ping.body.id,
      true,
      true,
    ]);
    await call('DELETE', `/webhooks/${webhook.id}`);
    await receiver.close();
  });

  test('of another webhook, or of none, are not found', async () => {
    const [one, other] = [await make(), await make()];
    const ping = (await call('POST', `/webhooks/${one.id}/test`)).body;
    const ask = async (method: Method, url: string) => {
      const { status, body } = await call(method, url);
      return [status, body.code];
    };
    expect(await ask('POST', `/webhooks/${other.id}/deliveries/${ping.id}/retry`)).toEqual([404, 'delivery_unknown']);
    expect((await call('GET', `/webhooks/${other.id}/deliveries`)).body.total).toBe(0);
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/secret'],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ] as const)
      expect(await ask(method, `/webhooks/${UNKNOWN}${rest}`)).toEqual([404, 'webhook_unknown']);
    expect((await call('PATCH', `/webhooks/${UNKNOWN}`, { active: true })).body.code).toBe('webhook_unknown');
    for (const { id } of [one, other]) await call('DELETE', `/webhooks/${id}`);
  });
});
