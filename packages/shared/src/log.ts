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
  return text.replace(/(postgres(?:ql)?:\/\/[^:@/\s]+):[^@\s]*@/g, '$1:***@');
}

/** Makes the log of one app: JSON lines on stderr. */
export function makeLog(app: string, level: string): Log {
  return pino(
    {
      level,
      base: { app },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      serializers: { err: (error: Error) => hideInError(pino.stdSerializers.err(error)) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination(2),
  );
}

function hideInError<T extends { message?: string; stack?: string }>(error: T): T {
  return { ...error, message: hidePasswords(error.message ?? ''), stack: hidePasswords(error.stack ?? '') };
}
