// Where a webhook may lead, how messages are signed, and when they are tried again: what needs no database.
import { BlockList } from 'node:net';
import { Fault } from '@cei-inoe/shared/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readApiConfig } from '../../src/config.ts';
import { ALLOW_NOTHING, isPublic } from '../../src/webhooks/addresses.ts';
import { findDelay, judge, MAX_ATTEMPTS } from '../../src/webhooks/back-off.ts';
import { checkAddresses, checkUrl } from '../../src/webhooks/check-url.ts';
import { makeSecret, signMessage } from '../../src/webhooks/signature.ts';
import { allow } from './support.ts';

const findRefusal = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof Fault && error.code === 'webhook_url_refused') return error.errors[0]?.message;
    throw error;
  }
};

describe('an address', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
    '2003::1',
  ])('%s is public', (address) => expect(isPublic(address)).toBe(true));

  test.each([
    ['0.0.0.0', 'this host'],
    ['0.1.2.3', 'this network'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['100.64.0.1', 'carrier NAT'],
    ['100.127.255.255', 'carrier NAT'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'link-local, cloud metadata'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.8', 'protocol assignments'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', '6to4 relay'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'benchmarks'],
    ['198.19.255.255', 'benchmarks'],
    ['198.51.100.7', 'documentation'],
    ['203.0.113.7', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::ffff:8.8.8.8', 'IPv4-mapped'],
    ['::ffff:7f00:1', 'IPv4-mapped loopback'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['64:ff9b::8.8.8.8', 'NAT64'],
    ['64:ff9b::a00:1', 'NAT64 of a private one'],
    ['64:ff9b:1::1', 'local NAT64'],
    ['100::1', 'discard'],
    ['2001::1', 'Teredo'],
    ['2001:1ff::1', 'protocol assignments'],
    ['2001:db8::1', 'documentation'],
    ['2002:7f00:1::', '6to4 of loopback'],
    ['2002:808:808::1', '6to4'],
    ['3fff::1', 'documentation'],
    ['5f00::1', 'segment routing'],
    ['fc00::1', 'ULA'],
    ['fd12:3456::1', 'ULA'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['2606:4700::1%eth0', 'anything with a zone'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['', 'nothing'],
    ['localhost', 'a name'],
    ['8.8.8', 'no address'],
  ])('%s (%s) is not', (address) => expect(isPublic(address)).toBe(false));

  test('that is IPv4 in IPv6 clothes is never public, whichever it is', () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(
        fc.tuple(octet, octet, octet, octet),
        fc.constantFrom('::ffff:', '::', '64:ff9b::'),
        (bytes, before) => {
          expect(isPublic(`${before}${bytes.join('.')}`)).toBe(false);
        },
      ),
    );
  });
});

describe('a URL', () => {
  test.each([
    ['https://hooks.example/in?token=1', 'https://hooks.example/in?token=1'],
    ['https://hooks.example:8443', 'https://hooks.example:8443/'],
    ['HTTPS://HOOKS.example/a b', 'https://hooks.example/a%20b'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
  ])('%s is taken', (text, wanted) => expect(checkUrl(text, ALLOW_NOTHING).href).toBe(wanted));

  test.each([
    ['', 'URL'],
    ['hooks.example', 'URL'],
    ['//hooks.example', 'URL'],
    ['http://hooks.example/', 'https'],
    ['ftp://hooks.example/', 'https'],
    ['file:///etc/passwd', 'https'],
    ['javascript:alert(1)', 'https'],
    ['https://user@hooks.example/', 'password'],
    ['https://user:secret@hooks.example/', 'password'],
    ['https://hooks.example/#part', '#'],
    ['https://127.0.0.1/', '127.0.0.1'],
    ['https://127.1/', '127.0.0.1'],
    ['https://2130706433/', '127.0.0.1'],
    ['https://0x7f.0.0.1/', '127.0.0.1'],
    ['https://0x7f000001/', '127.0.0.1'],
    ['https://0177.0.0.1/', '127.0.0.1'],
    ['https://127.0.0.1./', '127.0.0.1'],
    ['https://①②⑦.0.0.1/', '127.0.0.1'],
    ['https://%31%32%37.0.0.1/', '127.0.0.1'],
    ['https://0/', '0.0.0.0'],
    ['https://169.254.169.254/latest/meta-data/', '169.254.169.254'],
    ['https://[::1]/', '::1'],
    ['https://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
    ['https://[::ffff:8.8.8.8]/', '::ffff:808:808'],
    ['https://[fd00::1]/', 'fd00::1'],
  ])('%s is refused', (text, why) => expect(findRefusal(() => checkUrl(text, ALLOW_NOTHING))).toContain(why));

  test('is taken where the settings name its host and port, by http too, and nowhere beside that', () => {
    const list = allow('hooks.lan:8080, [fd00::5]:443, 192.168.7.0/24,fd12::/16');
    const isTaken = (text: string) => findRefusal(() => checkUrl(text, list)) === undefined;
    expect(
      [
        'http://hooks.lan:8080/x',
        'https://HOOKS.lan:8080/x',
        'https://[fd00:0::5]/',
        'https://192.168.7.9/',
        'https://[fd12::1]/',
        'https://[::ffff:192.168.7.9]/',
      ].map(isTaken),
    ).toEqual([true, true, true, true, true, true]);
    expect(
      [
        'http://hooks.lan/x',
        'http://hooks.lan:8081/x',
        'http://other.lan:8080/x',
        'http://192.168.7.9/',
        'https://192.168.8.9/',
        'https://[fd00::5]:444/',
        'http://a.hooks.lan:8080/',
      ].map(isTaken),
    ).toEqual([false, false, false, false, false, false, false]);
  });

  test('leads nowhere when one of its addresses is not allowed', () => {
    const url = new URL('https://hooks.example/');
    expect(findRefusal(() => checkAddresses(url, ['8.8.8.8', '2606:4700::1'], ALLOW_NOTHING))).toBeUndefined();
    expect(findRefusal(() => checkAddresses(url, ['8.8.8.8', '10.0.0.1'], ALLOW_NOTHING))).toContain('10.0.0.1');
    expect(findRefusal(() => checkAddresses(url, ['8.8.8.8', '10.0.0.1'], allow('10.0.0.0/31')))).toBeUndefined();
    expect(findRefusal(() => checkAddresses(url, ['10.0.0.2'], allow('10.0.0.0/31')))).toContain('10.0.0.2');
  });
});

test.each([
  'hooks.lan',
  'hooks.lan:',
  'hooks.lan:99999',
  'a b:80',
  '10.0.0.0/33',
  'x/8',
  'http://a:80',
  '10.0.0.1',
  '::1/129',
])('WEBHOOK_ALLOW=%s stops the service and says why', (text) => {
  try {
    readApiConfig({ WEBHOOK_ALLOW: `8.8.8.0/24, ${text}` });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'config_invalid', errors: [{ field: 'WEBHOOK_ALLOW' }] });
    expect((error as Fault).errors[0]?.message).toContain(`"${text}"`);
  }
});

test('without WEBHOOK_ALLOW nothing is allowed', () => {
  const { WEBHOOK_ALLOW: list } = readApiConfig({});
  expect([list.hosts.size, list.ranges instanceof BlockList && list.ranges.rules.length]).toEqual([0, 0]);
});

describe('a signature', () => {
  test('is that of the specification', () => {
    // The example in the test suites of the reference libraries.
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' };
    expect(signMessage(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('has a secret of 32 random bytes', () => {
    const secrets = Array.from({ length: 20 }, makeSecret);
    expect(new Set(secrets).size).toBe(20);
    for (const secret of secrets) expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
  });
});

describe('an attempt', () => {
  const of = (attempt: number, event = 'batch.completed') => ({ attempt, event });
  const answer = (status: number, retryAfter: number | null = null) => ({ status, retryAfter });

  test('is followed by the next after four times as long, up to a day, a fifth less at most', () => {
    const waits = [10, 40, 160, 640, 2_560, 10_240, 40_960, 86_400, 86_400];
    expect(waits.map((_, at) => findDelay(at + 1, 0))).toEqual(waits);
    expect(waits.map((_, at) => findDelay(at + 1, 1))).toEqual(waits.map((wait) => wait * 0.8));
  });

  test.each([200, 201, 202, 204, 299])('that is answered %i has arrived', (status) =>
    expect(judge(answer(status), of(1), 0)).toMatchObject({ status: 'delivered', error: null, isGone: false }),
  );

  test.each([199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 408, 429, 500, 503])(
    'that is answered %i has not',
    (status) =>
      expect(judge(answer(status), of(2), 0)).toMatchObject({
        status: 'pending',
        responseStatus: status,
        delaySeconds: 40,
        isGone: false,
      }),
  );

  test('is the last when the receiver is gone, when there were ten, or when it was a ping', () => {
    expect(judge(answer(410), of(1), 0)).toMatchObject({ status: 'given_up', isGone: true });
    expect(judge(answer(500), of(MAX_ATTEMPTS - 1), 0)).toMatchObject({ status: 'pending' });
    expect(judge(answer(500), of(MAX_ATTEMPTS), 0)).toMatchObject({ status: 'given_up', isGone: false });
    expect(judge(answer(200), of(MAX_ATTEMPTS), 0)).toMatchObject({ status: 'delivered' });
    expect(judge(new Error('x'), of(1, 'webhook.ping'), 0)).toMatchObject({ status: 'given_up' });
  });

  test('waits as long as the receiver asks, up to a day, and never less than ever', () => {
    expect(judge(answer(503, 100), of(1), 0).delaySeconds).toBe(100);
    expect(judge(answer(503, 1), of(1), 0).delaySeconds).toBe(10);
    expect(judge(answer(503, 1e9), of(1), 0).delaySeconds).toBe(86_400);
  });
});
