// API keys as requests and answers show them. The key itself is in one answer only: that which made it.
import { z } from 'zod';
import { SCOPES } from '../access/keys.ts';
import { id, instant, MAX_ID, text } from './query.ts';

const time = z.iso.datetime().nullable();

export const Key = z
  .object({
    id: z.int(),
    name: z.string(),
    prefix: z.string().describe('The beginning of the key, by which people tell keys apart.'),
    scopes: z.array(z.enum(SCOPES)),
    datasource_ids: z.array(z.int()).nullable(),
    clients: z.array(z.string()).nullable(),
    created_at: z.iso.datetime(),
    expires_at: time,
    last_used_at: time,
    revoked_at: time,
  })
  .meta({
    id: 'Key',
    description: 'With `datasource_ids` or `clients` it knows only these datasources, and those of these clients.',
  });
export type Key = z.output<typeof Key>;

export const NewKey = Key.extend({ key: z.string().describe('Shown this once.') }).meta({ id: 'NewKey' });
export const KeyList = z.object({ data: z.array(Key) });
export const KeyParams = z.strictObject({ id: id().describe('Number of the key.') });
export const KeyToCreate = z.strictObject({
  name: text(100),
  scopes: z.array(z.enum(SCOPES)).min(1).max(3),
  datasource_ids: z.array(z.int().min(1).max(MAX_ID)).min(1).max(1000).optional(),
  clients: z.array(text(200)).min(1).max(100).optional(),
  expires_at: instant().optional(),
});
export type KeyToCreate = z.output<typeof KeyToCreate>;
