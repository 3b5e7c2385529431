// The service as a process: told by the database, killed in the middle of a delivery, stopped; and the receiver that the page shows.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabase, makeTempDir, ROOT, type TempDir, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { signMessage } from '../../src/webhooks/signature.ts';
import { addSource } from '../support/fixtures.ts';
import { type Receiver, startReceiver, withStatus } from './receiver.ts';
import { addWebhook, endBatch, listDeliveries, makeCourier, SECRET } from './support.ts';

let database: TestDatabase;
let pool: TestDatabase['pool'];
let source: number;
let dir: TempDir;
let receiver: Receiver;
const children: ChildProcess[] = [];
beforeAll(async () => {
  database = await createDatabase();
  pool = database.pool;
  dir = await makeTempDir();
  source = await addSource(pool, 'meter');
  receiver = await startReceiver();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await receiver.close();
  await dir.remove();
  await database.drop();
});

interface Running {
  readonly child: ChildProcess;
  /** What the pattern found in what it printed. */
  readonly found: string;
  readonly ended: Promise<number | null>;
}

/** Starts `node …args` and waits until it has printed what `pattern` finds. */
async function start(args: readonly string[], env: Record<string, string>, pattern: RegExp): Promise<Running> {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: 'pipe' });
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let text = '';
  const found = await new Promise<string>((resolve, reject) => {
    const read = (piece: Buffer) => {
      text += piece;
      const match = pattern.exec(text)?.[1];
      if (match !== undefined) resolve(match);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(text)));
  });
  return { child, found, ended };
}

const startApi = () =>
  start(
    ['--import', 'tsx', 'apps/api/src/cli.ts'],
    {
      DATABASE_URL: database.url,
      DATA_DIR: dir.path,
      PORT: '0',
      LOG_LEVEL: 'silent',
      WEBHOOK_ALLOW: `127.0.0.1:${receiver.port}`,
    },
    /API on (http\S+)/,
  );

test('a batch that ends is told at once; a message that a killed service was sending is sent again, under the same id', async () => {
  const webhook = await addWebhook(pool, receiver.url);
  const first = await startApi();
  await endBatch(pool, [source]);
  // The round comes every half minute only.
  await expect.poll(() => receiver.received.length, { timeout: 15_000 }).toBe(1);
  await expect.poll(async () => (await listDeliveries(pool))[0]?.status).toBe('delivered');
  const metrics = await (await fetch(`${first.found}/metrics`)).text();
  expect(metrics).toContain('cei_webhook_attempts_total{outcome="delivered"} 1');

  receiver.answer = () => undefined;
  await endBatch(pool, [source]);
  await expect.poll(() => receiver.received.length, { timeout: 15_000 }).toBe(2);
  first.child.kill('SIGKILL');
  await first.ended;
  expect((await listDeliveries(pool))[1]).toMatchObject({ status: 'pending', attempt: 1, is_claimed: true });
  // Its claim holds for a minute, as nobody knows that it is dead.
  expect(await makeCourier(pool, [receiver]).startDue()).toBe(false);
  await pool.query('UPDATE webhook_delivery SET claimed_until = clock_timestamp() WHERE claimed_until IS NOT NULL');
  receiver.answer = withStatus(204);
  const second = await startApi();
  await expect.poll(() => receiver.received.length, { timeout: 15_000 }).toBe(3);
  await expect.poll(async () => (await listDeliveries(pool))[1]).toMatchObject({ status: 'delivered', attempt: 2 });
  const [, lost, again] = receiver.received;
  expect([again?.id, again?.text]).toEqual([lost?.id, lost?.text]);

  let end = () => undefined as unknown;
  receiver.answer = (_, response) => {
    end = () => response.writeHead(200).end();
  };
  await endBatch(pool, [source]);
  await expect.poll(() => receiver.received.length, { timeout: 15_000 }).toBe(4);
  second.child.kill('SIGTERM');
  end();
  expect(await second.ended).toBe(0);
  expect((await listDeliveries(pool))[2]).toMatchObject({ status: 'delivered', attempt: 1 });
  await pool.query('DELETE FROM webhook WHERE id = $1', [webhook]);
});

test('the receiver of docs/webhooks.md takes what is genuine, and nothing else', async () => {
  const page = readFileSync(join(ROOT, 'docs/webhooks.md'), 'utf8');
  const snippet = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const file = join(dir.path, 'receiver.mjs');
  await writeFile(file, snippet);
  const { found, child } = await start([file], { WEBHOOK_SECRET: SECRET, PORT: '0' }, /listening on (\d+)/);
  let printed = '';
  child.stdout?.on('data', (piece: Buffer) => {
    printed += piece;
  });
  const port = Number(found);
  await addWebhook(pool, `http://127.0.0.1:${port}/`);
  const batch = await endBatch(pool, [source]);
  await makeCourier(pool, [{ port }]).deliver();
  expect((await listDeliveries(pool))[0]).toMatchObject({ status: 'delivered', response_status: 204 });
  await expect.poll(() => printed).toBe(`batch.completed ${batch}\n`);

  const now = Math.floor(Date.now() / 1000);
  const body = '{"type":"x","data":{}}';
  const post = async (change: Record<string, string>, { at = now, text = body, secrets = [SECRET] } = {}) => {
    const headers = { ...signMessage({ id: 'm', timestamp: at, body }, secrets), ...change };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: text })).status;
  };
  const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  expect([await post({}), await post({}, { secrets: [other, SECRET] })]).toEqual([204, 204]);
  expect([
    await post({}, { text: `${body} ` }),
    await post({}, { secrets: [other] }),
    await post({}, { at: now - 400 }),
    await post({ 'webhook-id': 'n' }),
    await post({ 'webhook-timestamp': 'soon' }),
    await post({ 'webhook-signature': '' }),
    await post({ 'webhook-signature': 'v1,' }),
  ]).toEqual([400, 400, 400, 400, 400, 400, 400]);
});
