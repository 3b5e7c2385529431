// /keys: make, list and revoke API keys. For keys that may do everything.
import { Fault } from '@cei-inoe/shared/errors';
import type { Access } from '../access/access.ts';
import { type ApiKey, listKeys, makeKey, revokeKey } from '../access/keys.ts';
import type { Api, RouteDeps } from '../deps.ts';
import { Key, KeyList, KeyParams, KeyToCreate, NewKey } from '../schemas/key.ts';
import { listProblems } from '../schemas/problem.ts';

const TAGS = ['service'];
const ADMIN = { need: 'admin' } as const;

export function addKeyRoutes(app: Api, { pool, prefix }: RouteDeps): void {
  const list = {
    tags: TAGS,
    operationId: 'listKeys',
    summary: 'The API keys there are',
    description: 'Revoked ones too, with when each was last used. The keys themselves are stored nowhere.',
    response: { 200: KeyList, ...listProblems() },
  };
  app.get('/keys', { schema: list, config: ADMIN }, async ({ access }) => {
    checkUnfenced(access);
    return { data: (await listKeys(pool)).map(showKey) };
  });

  const create = {
    tags: TAGS,
    operationId: 'createKey',
    summary: 'Make an API key',
    description: 'The answer is the only place where the key is shown.',
    body: KeyToCreate,
    response: { 201: NewKey, ...listProblems(404, 415) },
  };
  app.post('/keys', { schema: create, config: { ...ADMIN, isSecret: true } }, async ({ access, body }, reply) => {
    checkUnfenced(access);
    const { key, row } = await makeKey(pool, {
      name: body.name,
      scopes: [...new Set(body.scopes)],
      datasourceIds: body.datasource_ids ?? null,
      clients: body.clients ?? null,
      expiresAt: body.expires_at === undefined ? null : new Date(body.expires_at),
    });
    reply.code(201).header('location', `${prefix}/keys/${row.id}`).header('cache-control', 'no-store');
    return { ...showKey(row), key };
  });

  const revoke = {
    tags: TAGS,
    operationId: 'revokeKey',
    summary: 'Revoke an API key, for good',
    description: 'It is refused from then on; what it did keeps its name.',
    params: KeyParams,
    response: { 200: Key, ...listProblems(404) },
  };
  app.delete('/keys/:id', { schema: revoke, config: ADMIN }, async ({ access, params }) => {
    checkUnfenced(access);
    return showKey(await revokeKey(pool, params.id));
  });
}

/** Otherwise a key could make one that knows more than itself. @throws Fault key_fence */
function checkUnfenced({ fence }: Access): void {
  if (fence !== null) throw new Fault('key_fence', 'Keys are managed by keys without a fence.');
}

const showKey = (row: ApiKey): Key => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: [...row.scopes],
  datasource_ids: row.datasource_ids === null ? null : [...row.datasource_ids],
  clients: row.clients === null ? null : [...row.clients],
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  last_used_at: row.last_used_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
});
