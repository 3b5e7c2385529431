// The structured log: pino with everything secret taken out. Writes to stderr, as stdout belongs to data.
import pino from 'pino';

export type Log = pino.Logger;

const SECRET_PATHS = [
  'password',
  'authorization',
  'DATABASE_URL',
  'url',
  'key',
  'token',
  'headers.authorization',
  'headers["x-api-key"]',
  'req.headers.authorization',
  'req.headers["x-api-key"]',
];

/** Takes the password out of every postgres:// URL in `text`. */
export function hidePasswords(text: string): string {
  // Up to the last `@` before the path: some write one in a password as it is.
  return text.replace(/(postgres(?:ql)?:\/\/[^:@/\s"]*):[^\s"/]*@/g, '$1:***@');
}

/** Takes passwords, keys of the API and secrets of webhooks out of `text`, wherever in it they stand. */
export const hideSecrets = (text: string): string =>
  hidePasswords(text)
    .replace(/\bcei_[\w-]{43}/g, 'cei_***')
    .replace(/\bwhsec_[\w+/=-]{16,}/g, 'whsec_***')
    .replace(/\bpassword=[^\s"&]+/gi, 'password=***');

/** Makes the log of one app: JSON lines on stderr. */
export function makeLog(app: string, level: string): Log {
  const output = pino.destination(2);
  return pino(
    {
      level,
      base: { app },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    // The paths above are what we log ourselves; what errors and messages of others carry is taken out of the finished line.
    { write: (line: string) => output.write(hideSecrets(line)) },
  );
}
