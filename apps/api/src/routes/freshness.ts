// /datasources/freshness and /datasources/{id}/gaps: is everything coming in? Holds no SQL.
import { Fault } from '@cei-inoe/shared/errors';
import { listFreshness } from '@cei-inoe/shared/freshness';
import { findGaps } from '@cei-inoe/shared/gaps';
import { isInside } from '../access/access.ts';
import type { Api, RouteDeps } from '../deps.ts';
import { openDatasources } from '../repositories/datasources.ts';
import { DatasourceParams } from '../schemas/datasource.ts';
import { FreshnessList, FreshnessQuery, GapList, GapQuery } from '../schemas/freshness.ts';
import { listProblems } from '../schemas/problem.ts';

const TAGS = ['datasources'];

export function addFreshnessRoutes(app: Api, { pool, prisma }: RouteDeps): void {
  const freshness = {
    tags: TAGS,
    operationId: 'listFreshness',
    summary: 'Which source is late against its own rhythm',
    description: 'A row per source and dataset; the late first, then in the order in which they are due.',
    querystring: FreshnessQuery,
    response: { 200: FreshnessList, ...listProblems() },
  };
  app.get('/datasources/freshness', { schema: freshness, config: { need: 'read' } }, async ({ query, access }) => {
    const ids = query.datasource_id ?? access.fence ?? undefined;
    const seen = ids?.filter((id) => isInside(access.fence, id));
    return { data: await listFreshness(pool, { at: query.at, ids: seen, client: query.client }) };
  });

  const gaps = {
    tags: TAGS,
    operationId: 'listGaps',
    summary: 'Missing hours and days, and days that are not the sum of their hours',
    description: 'By the local clock of the source. Without bounds, what lies between its first and its last reading.',
    params: DatasourceParams,
    querystring: GapQuery,
    response: { 200: GapList, ...listProblems(404) },
  };
  const datasources = openDatasources(prisma);
  app.get('/datasources/:id/gaps', { schema: gaps, config: { need: 'read' } }, async ({ params, query, access }) => {
    const { from, to, tolerance } = query;
    if (from !== undefined && to !== undefined && from >= to) {
      throw new Fault('invalid_request', 'Not valid: to.', { errors: [{ field: 'to', message: 'is not after from' }] });
    }
    const { id } = await datasources.find(params.id, access.fence);
    return await findGaps(pool, { ids: [id], from, to, tolerance });
  });
}
