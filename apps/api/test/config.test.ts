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
  ['a word about access that is none', { AUTH: 'maybe' }, 'AUTH'],
  ['an origin with a path', { CORS_ORIGINS: 'https://farm.example/app' }, 'CORS_ORIGINS'],
  ['a port that is none', { PORT: '99999' }, 'PORT'],
  ['a database URL of another kind', { DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
  ['a database URL that cannot be read', { DATABASE_URL: 'postgres://u:p#w@h:port/db' }, 'DATABASE_URL'],
])('%s: it does not start, and says which setting is at fault', (_, env, field) => {
  expect(() => readApiConfig(env)).toThrowError(
    expect.objectContaining({ code: 'config_invalid', errors: [expect.objectContaining({ field })] }),
  );
});

test.each([
  ['on this machine alone', {}, false],
  ['on this machine alone, with AUTH=on', { AUTH: 'on' }, true],
  ['on an address that others reach', { HOST: '0.0.0.0' }, true],
  ['on an address that others reach, with AUTH=off', { HOST: '0.0.0.0', AUTH: 'off' }, false],
])('%s: keys are asked for, or else only known names are served', (_, env, auth) => {
  expect(readApiConfig(env)).toMatchObject({ auth, loopbackOnly: !auth, rateLimit: auth ? 600 : 0 });
});
