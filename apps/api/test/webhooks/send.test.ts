// Sending over TLS: only to addresses that were checked, each time anew, and only to whom the certificate is of.
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Address, makeSender, type SenderOptions } from '../../src/webhooks/send.ts';
import { makeCertificate } from './certificate.ts';
import { type Receiver, startReceiver, withStatus } from './receiver.ts';
import { allow } from './support.ts';

const NAME = 'hooks.example';
const tls = makeCertificate(NAME);
let receiver: Receiver;
/** On another address of this machine, at the port of the receiver. */
let trap: Server;
let trapped = 0;
beforeAll(async () => {
  receiver = await startReceiver(tls);
  trap = createServer((socket) => {
    trapped++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(receiver.port, '127.0.0.2', resolve));
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = withStatus(204);
  trapped = 0;
});
afterAll(async () => {
  await receiver.close();
  await new Promise((resolve) => trap.close(resolve));
});

const v4 = (address: string): Address => ({ address, family: 4 });
/** 127.0.0.1 stands for a public address, and nothing else is allowed. */
const ALLOW = allow('127.0.0.1/32');
/** Sends to hooks.example; each attempt asks the next of `answers` for its addresses. */
const makeSend = (answers: readonly (readonly string[])[], options: Partial<SenderOptions> = {}) => {
  const asked: string[] = [];
  const send = makeSender({
    allow: ALLOW,
    ca: tls.cert,
    resolve: async (host) => {
      asked.push(host);
      return (answers[asked.length - 1] ?? []).map(v4);
    },
    ...options,
  });
  const post = (url = `https://${NAME}:${receiver.port}/hook`, signal = new AbortController().signal) =>
    send({ url, headers: { 'webhook-id': 'x', 'content-type': 'application/json' }, body: '{"a":"ä"}' }, signal);
  return { post, asked };
};
const REFUSED = { code: 'webhook_url_refused' };

test('a message goes by TLS to the address that was looked up, under the name in the URL', async () => {
  const { post, asked } = makeSend([['127.0.0.1']]);
  expect(await post()).toEqual({ status: 204, retryAfter: null });
  expect(receiver.received.map(({ headers, text }) => [headers.host, headers['content-length'], text])).toEqual([
    [`${NAME}:${receiver.port}`, '10', '{"a":"ä"}'],
  ]);
  expect(asked).toEqual([NAME]);
});

describe('a name that leads elsewhere the next time', () => {
  test.each([['127.0.0.2'], ['10.0.0.1'], ['169.254.169.254'], ['0.0.0.0'], ['100.64.0.1']])(
    'to %s is not followed there',
    async (address) => {
      const { post, asked } = makeSend([['127.0.0.1'], [address], ['127.0.0.1', address], ['127.0.0.1']]);
      expect((await post()).status).toBe(204);
      await expect(post()).rejects.toMatchObject({ ...REFUSED, message: expect.stringContaining(address) });
      await expect(post()).rejects.toMatchObject(REFUSED);
      expect((await post()).status).toBe(204);
      expect([asked.length, receiver.received.length, trapped]).toEqual([4, 2, 0]);
    },
  );

  test('within one attempt is asked once only, and connected to as it was then', async () => {
    // The second answer would be the trap.
    const { post, asked } = makeSend([['127.0.0.1'], ['127.0.0.2']], { allow: allow('127.0.0.0/8') });
    expect((await post()).status).toBe(204);
    expect([asked.length, trapped]).toEqual([1, 0]);
    // That the trap works at all:
    await expect(post()).rejects.toThrow();
    expect(trapped).toBe(1);
  });
});

test('the other address is tried where the first does not answer', async () => {
  const { post } = makeSend([['127.0.0.3', '127.0.0.1']], { allow: allow('127.0.0.0/8') });
  expect((await post()).status).toBe(204);
});

test.each([
  ['https://127.0.0.2:PORT/', REFUSED],
  ['https://[::1]:PORT/', REFUSED],
  ['http://hooks.example:PORT/', REFUSED],
  ['https://user:pass@hooks.example:PORT/', REFUSED],
])('%s is refused at the sending, too, and nothing is looked up or connected to', async (url, why) => {
  const { post, asked } = makeSend([['127.0.0.1']]);
  await expect(post(url.replace('PORT', String(receiver.port)))).rejects.toMatchObject(why);
  expect([asked, receiver.received, trapped]).toEqual([[], [], 0]);
});

describe('a certificate', () => {
  test('that nobody vouches for is not trusted', async () => {
    const send = makeSender({ allow: ALLOW, resolve: async () => [v4('127.0.0.1')] });
    const url = `https://${NAME}:${receiver.port}/hook`;
    const sent = send({ url, headers: {}, body: '{}' }, new AbortController().signal);
    await expect(sent).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/) });
    expect(receiver.received).toEqual([]);
  });

  test('of another name is not trusted', async () => {
    const { post } = makeSend([['127.0.0.1'], ['127.0.0.1']]);
    await expect(post(`https://other.example:${receiver.port}/hook`)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect(receiver.received).toEqual([]);
  });
});

test('a name that is nowhere, or not answered for, ends the attempt', async () => {
  await expect(makeSend([[]]).post()).rejects.toThrow('no address');
  const gone = new AbortController();
  const { post } = makeSend([], { resolve: () => new Promise(() => undefined) });
  const sent = post(undefined, gone.signal);
  gone.abort(new Error('late'));
  await expect(sent).rejects.toThrow('late');
  await expect(post(undefined, gone.signal)).rejects.toThrow('late');
});

test.each([
  ['120', 120],
  ['soon', null],
  [new Date(Date.now() + 3_600_000).toUTCString(), 3_600],
  [new Date(Date.now() - 3_600_000).toUTCString(), 0],
])('Retry-After: %s is read', async (text, seconds) => {
  receiver.answer = withStatus(503, { 'retry-after': text });
  const { retryAfter } = await makeSend([['127.0.0.1']]).post();
  if (seconds === null) expect(retryAfter).toBeNull();
  else expect(Math.abs((retryAfter ?? -1e9) - seconds)).toBeLessThan(60);
});
