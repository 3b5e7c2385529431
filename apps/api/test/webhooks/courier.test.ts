// Delivery: what arrives, when it is tried again, and when it is given up. Time is passed in the table and not waited for.

import { openPool } from '@cei-inoe/shared/database';
import { createDatabase, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openOutbox } from '../../src/repositories/outbox.ts';
import { MAX_PER_WEBHOOK } from '../../src/webhooks/courier.ts';
import { addSource } from '../support/fixtures.ts';
import { isSigned, type Receiver, startReceiver, withStatus } from './receiver.ts';
import { addWebhook, endBatch, listDeliveries, makeCourier, passTime, SECRET } from './support.ts';

let database: TestDatabase;
let pool: TestDatabase['pool'];
let source: number;
let receiver: Receiver;
let second: Receiver;
beforeAll(async () => {
  database = await createDatabase();
  pool = database.pool;
  source = await addSource(pool, 'meter');
});
beforeEach(async () => {
  await pool.query('DELETE FROM webhook');
  [receiver, second] = [await startReceiver(), await startReceiver()];
});
afterEach(() => Promise.all([receiver.close(), second.close()]));
afterAll(() => database.drop());

const findWebhook = async (id: string) =>
  (await pool.query('SELECT active, off_because, given_up_in_row FROM webhook WHERE id = $1', [id])).rows[0];

test('a message arrives once, signed, with the batch in it', async () => {
  const webhook = await addWebhook(pool, receiver.url);
  const batch = await endBatch(pool, [source], "status = 'completed', records_read = 2, records_inserted = 2");
  const courier = makeCourier(pool, [receiver]);
  await courier.deliver();
  await courier.deliver();
  expect(receiver.received).toHaveLength(1);
  const [got] = receiver.received as [(typeof receiver.received)[0]];
  const [row] = await listDeliveries(pool);
  expect(row).toMatchObject({ id: got.id, webhook_id: webhook, status: 'delivered', attempt: 1, response_status: 204 });
  expect(row).toMatchObject({ error: null, is_claimed: false });
  expect([got.method, got.path, got.headers['content-type'], got.headers.host]).toEqual([
    'POST',
    '/hook',
    'application/json',
    `127.0.0.1:${receiver.port}`,
  ]);
  expect(got.body).toEqual({
    type: 'batch.completed',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    data: expect.objectContaining({ batch_id: batch, external_id: 'meter', status: 'completed', records_inserted: 2 }),
  });
  expect(isSigned(got, SECRET)).toBe(true);
  expect(isSigned({ ...got, text: got.text.replace('"records_inserted":2', '"records_inserted":3') }, SECRET)).toBe(
    false,
  );
  expect(JSON.stringify(got.headers) + got.text).not.toContain(SECRET);
});

test('while secrets change it is signed with both, and later with the new one only', async () => {
  const old = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
  const webhook = await addWebhook(pool, receiver.url, { old_secret: old, old_secret_until: '2999-01-01' });
  await endBatch(pool, [source]);
  await makeCourier(pool, [receiver]).deliver();
  await pool.query("UPDATE webhook SET old_secret_until = now() - interval '1 second' WHERE id = $1", [webhook]);
  await endBatch(pool, [source]);
  await makeCourier(pool, [receiver]).deliver();
  const signed = receiver.received.map((one) => [one.signatures.length, isSigned(one, SECRET), isSigned(one, old)]);
  expect(signed).toEqual([
    [2, true, true],
    [1, true, false],
  ]);
});

describe('a message that does not arrive', () => {
  test('is tried ten times over days, under the same id and with the same body, and then given up', async () => {
    const webhook = await addWebhook(pool, receiver.url);
    await endBatch(pool, [source]);
    receiver.answer = withStatus(500);
    const courier = makeCourier(pool, [receiver]);
    const longest = [10, 40, 160, 640, 2_560, 10_240, 40_960, 86_400, 86_400];
    for (const [at, seconds] of longest.entries()) {
      await courier.deliver();
      const [row] = await listDeliveries(pool);
      expect(row).toMatchObject({ status: 'pending', attempt: at + 1, response_status: 500, error: 'answered 500' });
      expect(row!.wait).toBeGreaterThanOrEqual(seconds * 0.8);
      // The clock runs on while it is written down.
      expect(row!.wait).toBeLessThan(seconds + 5);
      // Not before its time.
      expect(await courier.startDue()).toBe(false);
      await passTime(pool);
    }
    await courier.deliver();
    expect((await listDeliveries(pool))[0]).toMatchObject({ status: 'given_up', attempt: 10, is_claimed: false });
    await passTime(pool);
    await courier.deliver();
    expect(receiver.received).toHaveLength(10);
    expect(new Set(receiver.received.map(({ id, text }) => id + text)).size).toBe(1);
    expect(await findWebhook(webhook)).toEqual({ active: true, off_because: null, given_up_in_row: 1 });
  });

  test('because of a redirect is not sent to where that leads', async () => {
    await addWebhook(pool, receiver.url);
    await endBatch(pool, [source]);
    const courier = makeCourier(pool, [receiver, second]);
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.answer = withStatus(status, { location: second.url });
      await courier.deliver();
      expect((await listDeliveries(pool))[0]).toMatchObject({
        status: 'pending',
        response_status: status,
        error: `answered ${status}; redirects are not followed`,
      });
      await passTime(pool);
    }
    expect([receiver.received.length, second.received.length]).toEqual([5, 0]);
  });

  test.each<[string, Receiver['answer'], RegExp]>([
    ['never answers', () => undefined, /^no answer within 0\.3 s$/],
    ['hangs up', (_, response) => response.destroy(), /hang up|closed/],
    [
      'changes the protocol',
      (_, response) => response.writeHead(101, { upgrade: 'x', connection: 'upgrade' }).end(),
      /./,
    ],
    ['speaks no HTTP', (_, response) => response.socket?.end('SSH-2.0-x\r\n'), /Parse Error/],
  ])('as the receiver %s is tried again', async (_, answer, why) => {
    await addWebhook(pool, receiver.url);
    await endBatch(pool, [source]);
    receiver.answer = answer;
    await makeCourier(pool, [receiver], { attemptTimeoutMs: 300 }).deliver();
    const [row] = await listDeliveries(pool);
    expect(row).toMatchObject({ status: 'pending', attempt: 1, response_status: null, is_claimed: false });
    expect(row!.error).toMatch(why);
  });

  test('as nobody listens is tried again, at the address that the webhook has by then', async () => {
    const webhook = await addWebhook(pool, receiver.url);
    await endBatch(pool, [source]);
    const { port } = receiver;
    await receiver.close();
    const courier = makeCourier(pool, [receiver, second]);
    await courier.deliver();
    expect((await listDeliveries(pool))[0]).toMatchObject({ error: `connect ECONNREFUSED 127.0.0.1:${port}` });
    await pool.query('UPDATE webhook SET url = $2 WHERE id = $1', [webhook, second.url]);
    await passTime(pool);
    await courier.deliver();
    expect(second.received).toHaveLength(1);
  });
});

test.each<[string, Receiver['answer']]>([
  [
    'endless',
    (_, response) => {
      response.writeHead(200);
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', pour);
      pour();
    },
  ],
  ['that never ends', (_, response) => void response.writeHead(200).write('a')],
])('an answer %s is an answer all the same', async (_, answer) => {
  await addWebhook(pool, receiver.url);
  await endBatch(pool, [source]);
  receiver.answer = answer;
  await makeCourier(pool, [receiver], { attemptTimeoutMs: 500 }).deliver();
  expect((await listDeliveries(pool))[0]).toMatchObject({ status: 'delivered', response_status: 200 });
});

describe('a webhook is switched off', () => {
  test('when it says that it is gone; what else waits for it is kept, and goes out when it is switched on', async () => {
    const webhook = await addWebhook(pool, receiver.url);
    await endBatch(pool, [source]);
    await makeCourier(pool, []).deliver();
    expect((await listDeliveries(pool))[0]).toMatchObject({ status: 'pending', attempt: 1 });
    await endBatch(pool, [source]);
    receiver.answer = withStatus(410);
    const courier = makeCourier(pool, [receiver]);
    await courier.deliver();
    expect(await findWebhook(webhook)).toMatchObject({ active: false, off_because: 'gone' });
    await passTime(pool);
    await courier.deliver();
    expect(receiver.received).toHaveLength(1);
    await endBatch(pool, [source]);
    expect(await listDeliveries(pool)).toHaveLength(2);
    receiver.answer = withStatus(200);
    await pool.query('UPDATE webhook SET active = true, off_because = NULL, given_up_in_row = 0');
    await courier.deliver();
    expect((await listDeliveries(pool)).map(({ status }) => status)).toEqual(['delivered', 'given_up']);
  });

  test('when five in a row were given up, and not when one of them arrived', async () => {
    const webhook = await addWebhook(pool, receiver.url);
    const courier = makeCourier(pool, [receiver]);
    const giveUp = async (status: number) => {
      await endBatch(pool, [source]);
      await pool.query("UPDATE webhook_delivery SET attempt = 9 WHERE status = 'pending'");
      receiver.answer = withStatus(status);
      await courier.deliver();
      return (await findWebhook(webhook)).given_up_in_row;
    };
    const counts: number[] = [];
    for (const status of [500, 500, 500, 500, 204, 500, 500, 500, 500]) counts.push(await giveUp(status));
    expect(counts).toEqual([1, 2, 3, 4, 0, 1, 2, 3, 4]);
    expect(await findWebhook(webhook)).toMatchObject({ active: true, off_because: null });
    await giveUp(500);
    expect(await findWebhook(webhook)).toEqual({ active: false, off_because: 'given_up', given_up_in_row: 5 });
  });

  test('and is pinged all the same, once, which changes nothing of it', async () => {
    const webhook = await addWebhook(pool, receiver.url, { active: false });
    const ping = () =>
      pool.query("INSERT INTO webhook_delivery (webhook_id, event) VALUES ($1, 'webhook.ping')", [webhook]);
    await ping();
    const courier = makeCourier(pool, [receiver]);
    await courier.deliver();
    expect(receiver.received[0]?.body).toMatchObject({ type: 'webhook.ping', data: { webhook_id: webhook } });
    receiver.answer = withStatus(410);
    await ping();
    await courier.deliver();
    expect((await listDeliveries(pool)).map(({ status, attempt }) => [status, attempt])).toEqual([
      ['delivered', 1],
      ['given_up', 1],
    ]);
    expect(await findWebhook(webhook)).toEqual({ active: false, off_because: null, given_up_in_row: 0 });
  });
});

describe('several at a time', () => {
  test('two services deliver each message once', async () => {
    await addWebhook(pool, receiver.url);
    await addWebhook(pool, second.url);
    const batches = await Promise.all(Array.from({ length: 30 }, () => endBatch(pool, [source])));
    const other = openPool(database.url, { applicationName: 'second', max: 4 });
    const couriers = [makeCourier(pool, [receiver, second]), makeCourier(other, [receiver, second])];
    await Promise.all(couriers.map((courier) => courier.deliver()));
    await other.end();
    for (const { received } of [receiver, second]) {
      expect(received.map(({ body }) => body.data.batch_id).sort()).toEqual([...batches].sort());
      expect(new Set(received.map(({ id }) => id)).size).toBe(30);
    }
    expect((await listDeliveries(pool)).every(({ attempt, status }) => attempt === 1 && status === 'delivered')).toBe(
      true,
    );
  });

  test('a receiver that is slow holds up no other', async () => {
    const held: (() => void)[] = [];
    receiver.answer = (_, response) => void held.push(() => response.end());
    await addWebhook(pool, receiver.url);
    await endBatch(pool, [source]);
    for (let count = 1; count < 12; count++) await endBatch(pool, [source]);
    await addWebhook(pool, second.url);
    await endBatch(pool, [source]);
    const courier = makeCourier(pool, [receiver, second]);
    await courier.startDue();
    await expect.poll(() => second.received.length).toBe(1);
    await expect.poll(() => held.length).toBe(MAX_PER_WEBHOOK);
    expect(await courier.startDue()).toBe(false);
    receiver.answer = withStatus(204);
    for (const end of held) end();
    await courier.deliver();
    expect(receiver.received).toHaveLength(13);
  });
});

describe('a service that stops', () => {
  test('lets an attempt come to its end', async () => {
    await addWebhook(pool, receiver.url);
    await endBatch(pool, [source]);
    let end = () => undefined as unknown;
    receiver.answer = (_, response) => {
      end = () => response.end();
    };
    const courier = makeCourier(pool, [receiver]);
    await courier.startDue();
    await expect.poll(() => receiver.received.length).toBe(1);
    const closed = courier.close();
    end();
    await closed;
    expect((await listDeliveries(pool))[0]).toMatchObject({ status: 'delivered' });
    expect(await courier.startDue()).toBe(false);
  });

  test('calls one off that takes too long, and the next service sends it at once', async () => {
    await addWebhook(pool, receiver.url);
    await endBatch(pool, [source]);
    receiver.answer = () => undefined;
    const courier = makeCourier(pool, [receiver], { closeGraceMs: 10 });
    await courier.startDue();
    await expect.poll(() => receiver.received.length).toBe(1);
    await courier.close();
    expect((await listDeliveries(pool))[0]).toMatchObject({
      status: 'pending',
      attempt: 0,
      is_claimed: false,
      error: null,
    });
    receiver.answer = withStatus(204);
    await makeCourier(pool, [receiver]).deliver();
    expect(receiver.received.map(({ id }) => id)).toEqual([receiver.received[0]?.id, receiver.received[0]?.id]);
  });
});

test('what came through late, after another took over, does not undo what that wrote down', async () => {
  await addWebhook(pool, receiver.url);
  await endBatch(pool, [source]);
  const outbox = openOutbox(pool);
  const late = (await outbox.claim([]))!;
  await pool.query('UPDATE webhook_delivery SET claimed_until = clock_timestamp()');
  await makeCourier(pool, [receiver]).deliver();
  const failed = { status: 'given_up', responseStatus: 500, error: 'x', delaySeconds: 0, isGone: true } as const;
  await outbox.settle(late, failed);
  await outbox.release(late);
  expect((await listDeliveries(pool))[0]).toMatchObject({ status: 'delivered', attempt: 2, response_status: 204 });
  expect((await pool.query('SELECT active FROM webhook')).rows).toEqual([{ active: true }]);
});

test('deliveries are kept for 30 days, and longer while they are still to be sent', async () => {
  const on = await addWebhook(pool, receiver.url);
  const off = await addWebhook(pool, receiver.url, { active: false });
  const add = (webhook: string, status: string, days: number) =>
    pool.query(
      `INSERT INTO webhook_delivery (webhook_id, event, status, error, happened_at, ended_at)
       VALUES ($1, 'webhook.ping', $2, $3, now() - make_interval(days => $4), CASE WHEN $2 <> 'pending' THEN now() END)`,
      [webhook, status, `${status} ${days} ${webhook === on ? 'on' : 'off'}`, days],
    );
  for (const webhook of [on, off])
    for (const status of ['pending', 'delivered', 'given_up'])
      for (const days of [29, 31]) await add(webhook, status, days);
  await openOutbox(pool).prune();
  expect((await listDeliveries(pool)).map(({ error }) => error).sort()).toEqual([
    'delivered 29 off',
    'delivered 29 on',
    'given_up 29 off',
    'given_up 29 on',
    'pending 29 off',
    'pending 29 on',
    'pending 31 on',
  ]);
});
