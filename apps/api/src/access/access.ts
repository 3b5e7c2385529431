// What a request may do and see. Looks nothing up.
import { Fault } from '@cei-inoe/shared/errors';
import type { FoundKey, Scope } from './keys.ts';

/** What a route asks for: `public` no key at all, `batches` a key that reads or hands in, `metrics` one that reads everything. */
export type Need = 'public' | 'read' | 'batches' | 'metrics' | 'ingest' | 'admin';

export interface Access {
  /** Stands in `submitted_by` and `requested_by`; null where keys are not asked for. */
  readonly who: string | null;
  readonly keyId: number | null;
  readonly keyName: string | null;
  readonly scopes: readonly Scope[];
  readonly fence: Fence;
}

/** Ids of the datasources that a request knows of; null: all. */
export type Fence = readonly number[] | null;

/** What a fence is asked about a batch: its sources, and who handed it in. */
export type Insider = Pick<Access, 'fence' | 'who'>;

/** Where no keys are asked for, everybody may do everything. */
export const OPEN: Access = {
  who: null,
  keyId: null,
  keyName: null,
  scopes: ['read', 'ingest', 'admin'],
  fence: null,
};

export const describeAccess = (key: FoundKey): Access => ({
  who: `key:${key.id}`,
  keyId: key.id,
  keyName: key.name,
  scopes: key.scopes,
  fence: key.fence,
});

const SCOPES_FOR: Readonly<Record<Exclude<Need, 'public'>, readonly Scope[]>> = {
  read: ['read', 'admin'],
  metrics: ['read', 'admin'],
  batches: ['read', 'ingest', 'admin'],
  ingest: ['ingest', 'admin'],
  admin: ['admin'],
};

/** @throws Fault key_scope, key_fence */
export function checkAccess({ scopes, fence }: Access, need: Exclude<Need, 'public'>): void {
  const wanted = SCOPES_FOR[need];
  if (!wanted.some((scope) => scopes.includes(scope)))
    throw new Fault('key_scope', `It needs the scope ${wanted[0]}; the key has ${scopes.join(', ')}.`);
  if (need === 'metrics' && fence !== null) throw new Fault('key_fence', 'These figures are of all datasources.');
}

export const isInside = (fence: Fence, id: number): boolean => fence === null || fence.includes(id);
