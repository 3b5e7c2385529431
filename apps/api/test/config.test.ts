import { expect, test } from 'vitest';
import { readApiConfig } from '../src/config.ts';

test('without settings it serves this machine only, on port 8000', () => {
  expect(readApiConfig({})).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 8000,
    loopbackOnly: true,
    MAX_FILE_BYTES: 2147483648,
  });
});

test.each([
  ['a public address without a word about access', { HOST: '0.0.0.0' }, 'AUTH'],
  ['keys, which are not there yet', { AUTH: 'on' }, 'AUTH'],
  ['a port that is none', { PORT: '99999' }, 'PORT'],
  ['a database URL of another kind', { DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
  ['a database URL that cannot be read', { DATABASE_URL: 'postgres://u:p#w@h:port/db' }, 'DATABASE_URL'],
])('%s: it does not start, and says which setting is at fault', (_, env, field) => {
  expect(() => readApiConfig(env)).toThrowError(
    expect.objectContaining({ code: 'config_invalid', errors: [expect.objectContaining({ field })] }),
  );
});

test('a public address with AUTH=off said is served to every Host', () => {
  expect(readApiConfig({ HOST: '0.0.0.0', AUTH: 'off' }).loopbackOnly).toBe(true);
});
