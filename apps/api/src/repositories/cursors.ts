// Writes and reads the opaque cursor of measurement pages. A cursor belongs to one query and is refused by every other.
import { createHash } from 'node:crypto';
import { Fault } from '@cei-inoe/shared/errors';
import { z } from 'zod';
import { MAX_ID } from '../schemas/query.ts';

/** The key of the last row given out. */
export interface LastKey {
  readonly id: number;
  readonly time: string;
}

const Cursor = z.strictObject({
  i: z.int().min(1).max(MAX_ID),
  t: z.string().regex(/^[-0-9T:.+Z ]{10,40}( BC)?$/),
  q: z.string(),
});

/** A short hash of all that decides which rows a query has. */
export function fingerprint(query: unknown): string {
  return createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 12);
}

export function writeCursor(last: LastKey, query: string): string {
  return Buffer.from(JSON.stringify({ i: last.id, t: last.time, q: query })).toString('base64url');
}

/** @throws Fault invalid_request when the cursor is broken or of another query */
export function readCursor(text: string, query: string): LastKey {
  const cursor = Cursor.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!cursor.success) throw refuseForeign();
  if (cursor.data.q !== query) throw refuse('belongs to another query; only limit may change between pages');
  return { id: cursor.data.i, time: cursor.data.t };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** SQLSTATE class 22: PostgreSQL cannot read the time in it, as only a cursor that was not written here has. */
export const isUnreadable = (error: unknown): boolean => /^22...$/.test(String((error as { code?: unknown }).code));

export const refuseForeign = () => refuse('is not a cursor of this API');

const refuse = (message: string) =>
  new Fault('invalid_request', 'Not valid: cursor.', { errors: [{ field: 'cursor', message }] });
