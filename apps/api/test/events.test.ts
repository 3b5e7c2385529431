import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addBatch, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let meter: number;
let origin: string;
beforeAll(async () => {
  api = await openApp();
  meter = await addSource(api.database.pool, 'm');
  origin = await api.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => api.close());

interface Event {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads server-sent events as they come, until the stream ends. */
async function* readEvents(response: Response): AsyncGenerator<Event> {
  let rest = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== undefined) yield { event, data: JSON.parse(data!) };
    }
  }
}
const update = (batch: string, columns: string) =>
  api.database.pool.query(`UPDATE ingest_batch SET ${columns} WHERE batch_id = $1`, [batch]);
const notify = (batch: string, recordsRead: number) =>
  api.database.pool.query("SELECT pg_notify('cei_progress', $1)", [
    JSON.stringify({ batch_id: batch, stage: 'read', records_read: recordsRead, bytes_read: 1, bytes_total: 2 }),
  ]);
const countListening = async () =>
  (
    await api.database.pool.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
  ).rows.length;

test('a batch is followed from the queue to its end', async () => {
  const [batch, other] = [
    await addBatch(api.database.pool, [meter], { status: 'pending' }),
    await addBatch(api.database.pool, [meter], { status: 'processing' }),
  ];
  const response = await fetch(`${origin}/batches/${batch}/events`);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const events: Event[] = [];
  for await (const event of readEvents(response)) {
    events.push(event);
    if (events.length === 1) {
      await expect.poll(countListening).toBe(1);
      await update(batch, "status = 'processing', attempt = 1");
    }
    if (event.data.status === 'processing') {
      await notify(other, 1);
      await notify(batch, 5);
    }
    if (event.event === 'progress') await update(batch, "status = 'completed', records_read = 7, records_inserted = 7");
  }
  expect(events.map(({ event, data }) => [event, data.status ?? data.records_read])).toEqual([
    ['status', 'pending'],
    ['status', 'processing'],
    ['progress', 5],
    ['done', 'completed'],
  ]);
  expect(events.at(-1)?.data).toMatchObject({ batch_id: batch, records_inserted: 7 });
  await expect.poll(countListening).toBe(0);
});

test('one that has ended is told at once', async () => {
  const batch = await addBatch(api.database.pool, [meter], { status: 'failed' });
  const events: string[] = [];
  for await (const { event } of readEvents(await fetch(`${origin}/batches/${batch}/events`))) events.push(event);
  expect(events).toEqual(['status', 'done']);
});

test('who goes away leaves nothing behind; one that is not there is 404', async () => {
  const batch = await addBatch(api.database.pool, [meter], { status: 'pending' });
  const gone = new AbortController();
  const response = await fetch(`${origin}/batches/${batch}/events`, { signal: gone.signal });
  await response.body?.getReader().read();
  await expect.poll(countListening).toBe(1);
  gone.abort();
  await expect.poll(countListening, { timeout: 5_000 }).toBe(0);
  await expect.poll(() => api.pool.totalCount - api.pool.idleCount).toBe(0);
  expect((await fetch(`${origin}/batches/00000000-0000-7000-8000-000000000000/events`)).status).toBe(404);
});

test('a service that stops ends the streams', async () => {
  const own = await openApp();
  const id = await addSource(own.database.pool, 'm');
  const batch = await addBatch(own.database.pool, [id], { status: 'pending' });
  const address = await own.app.listen({ port: 0, host: '127.0.0.1' });
  const events = readEvents(await fetch(`${address}/batches/${batch}/events`));
  await events.next();
  const [last] = await Promise.all([events.next(), sleep(100).then(() => own.close())]);
  expect(last.done).toBe(true);
});
