// The map file: what a person decided about sources, files and damaged rows. Reads and checks it; knows no database.
import { readFile } from 'node:fs/promises';
import { Fault } from '@cei-inoe/shared/errors';
import { parse } from 'yaml';
import { z } from 'zod';

const name = z.coerce.string().min(1).max(255);

const schema = z.strictObject({
  timezone: z.string().trim().min(1).optional(),
  id_epoch: z.coerce.string().optional(),
  /** external id → what the registers do not say */
  sources: z.record(z.string(), z.strictObject({ timezone: z.string().trim().min(1).optional() })).default({}),
  /** a text of ingest_file.device_id, a file name or a file id → external id */
  batches: z.record(z.string(), name.nullable()).default({}),
  /** an old table → external id, for its rows that name no file */
  rows: z.partialRecord(z.enum(['environmental_metrics', 'dairy_production']), name.nullable()).optional(),
  policies: z
    .strictObject({
      nonexistent: z.enum(['reject', 'shift']).default('reject'),
      autumn: z.enum(['standard', 'first']).default('standard'),
      weather_csv: z.enum(['local', 'utc']).default('local'),
      ampm: z.enum(['reject', 'shift', 'keep']).default('reject'),
      zero: z.enum(['null', 'keep']).default('null'),
    })
    .prefault({}),
});

export type Policies = z.output<typeof schema>['policies'];

export interface LegacyMap {
  readonly timezone: string | undefined;
  readonly idEpoch: Date | undefined;
  /** By external id. Names stand as the file has them until the database folds them (`foldMap`). */
  readonly zones: ReadonlyMap<string, string>;
  readonly entries: readonly { readonly kind: 'batch' | 'rows'; readonly value: string; readonly folded: string }[];
  readonly policies: Policies;
}

const MAX_BYTES = 256 * 1024;

/** The map of `path`, or one that decides nothing. @throws Fault legacy_map_invalid with every entry at fault */
export async function readMap(path: string | undefined): Promise<LegacyMap> {
  if (path === undefined) return makeMap({});
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Fault('legacy_map_invalid', `${path} cannot be read.`, { cause: error });
  });
  if (text.length > MAX_BYTES) throw new Fault('legacy_map_invalid', `${path} is larger than 256 KiB.`);
  try {
    return makeMap(parse(text, { maxAliasCount: 50 }) ?? {}, path);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('legacy_map_invalid', `${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function makeMap(value: unknown, path = 'the map'): LegacyMap {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path: at, message }) => ({ field: at.join('.'), message }));
    throw new Fault('legacy_map_invalid', `${path}:`, { errors });
  }
  const { timezone, id_epoch, sources, batches, rows = {}, policies } = parsed.data;
  const zones = Object.entries(sources).flatMap(([id, { timezone: zone }]) =>
    zone === undefined ? [] : [[id, zone] as const],
  );
  const list = (kind: 'batch' | 'rows', said: Readonly<Record<string, string | null | undefined>>) =>
    Object.entries(said).flatMap(([from, to]) =>
      to === null || to === undefined ? [] : [{ kind, value: from, folded: to }],
    );
  return {
    timezone,
    idEpoch: id_epoch === undefined ? undefined : readInstant(id_epoch, `${path}: id_epoch`),
    zones: new Map(zones),
    entries: [...list('batch', batches), ...list('rows', rows)],
    policies,
  };
}

/** @throws Fault usage */
export function readInstant(text: string, where: string): Date {
  const withZone = /([zZ]|[+-]\d\d:?\d\d)$/.test(text.trim());
  const at = new Date(text);
  if (!withZone || Number.isNaN(at.getTime())) {
    throw new Fault('usage', `${where} must be an instant with its offset, such as 2026-01-28T16:00:00Z.`);
  }
  return at;
}
