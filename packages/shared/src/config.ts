// Reads the environment once, checks it with zod, reports every fault together. Each app adds its own keys to BASE_SETTINGS.
import { resolve } from 'node:path';
import { z } from 'zod';
import { Fault } from './errors.ts';

const blankIsUnset = (value: unknown) => (value === '' ? undefined : value);

/** A setting that an empty variable leaves at its default, as compose files hand on unset variables as ''. */
export const setting = <T extends z.ZodType>(type: T) => z.preprocess(blankIsUnset, type);

/** The settings that every process knows. */
export const BASE_SETTINGS = {
  DATABASE_URL: setting(
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must look like postgres://user:password@host:5432/name')
      .optional(),
  ),
  DATA_DIR: setting(
    z
      .string()
      .default('./data')
      .transform((path) => resolve(path)),
  ),
  LOG_LEVEL: setting(z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info')),
} as const;

/**
 * Parses `env` by `shape` into a frozen object.
 * @throws Fault `config_invalid` that names every variable at fault.
 */
export function readConfig<S extends z.ZodRawShape>(
  shape: S,
  env: NodeJS.ProcessEnv,
): Readonly<z.output<z.ZodObject<S>>> {
  const parsed = z.object(shape).safeParse(env);
  if (parsed.success) return Object.freeze(parsed.data);
  const errors = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  const names = [...new Set(errors.map((e) => e.field))].join(', ');
  throw new Fault('config_invalid', `Not valid: ${names}.`, { errors });
}
