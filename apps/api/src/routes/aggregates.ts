// The aggregate reads, one route per kind of data: JSON, or CSV by `Accept`. Holds no SQL.
import { DATASETS, type Dataset } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { z } from 'zod';
import { writeCsv } from '../csv.ts';
import type { Api, RouteDeps } from '../deps.ts';
import { negotiate } from '../negotiate.ts';
import { openAggregates } from '../repositories/aggregates.ts';
import { findSourceRanges } from '../repositories/source-ranges.ts';
import { AggregateQuery, EnergyAggregateQuery, makeAggregateSchema } from '../schemas/aggregate.ts';
import { listProblems } from '../schemas/problem.ts';

const ROUTES = [
  {
    path: '/energy/aggregate',
    dataset: DATASETS.energy_hourly,
    operationId: 'aggregateEnergy',
    summary: 'kWh by hour, day, week, month, quarter or year',
    query: EnergyAggregateQuery,
  },
  {
    path: '/environmental/aggregate',
    dataset: DATASETS.environmental_metrics,
    operationId: 'aggregateEnvironmental',
    summary: 'Means and extremes of weather and air',
    query: AggregateQuery,
  },
  {
    path: '/dairy/aggregate',
    dataset: DATASETS.dairy_production,
    operationId: 'aggregateDairy',
    summary: 'Milk, herd and feed by day, week, month, quarter or year',
    query: AggregateQuery,
  },
] as const;

export function addAggregateRoutes(app: Api, deps: RouteDeps): void {
  for (const route of ROUTES) addRoute(app, deps, route);
}

function addRoute(app: Api, { pool }: RouteDeps, route: (typeof ROUTES)[number]): void {
  const { path, dataset, operationId, summary, query: querystring } = route;
  const readings = openAggregates(pool, dataset);
  const perDay = openAggregates(pool, DATASETS.energy_daily);
  const rowSchema = makeAggregateSchema(dataset);
  const columns = Object.keys(rowSchema.shape.data.element.shape);
  const schema = {
    tags: ['measurements'],
    operationId,
    summary,
    description:
      'By calendar intervals of `tz` or of each source; each says how many readings it has and how many it would have. At most 10,000 rows.',
    querystring,
    response: {
      200: {
        description: 'By datasource and time. Intervals without a reading are there, with `received` 0.',
        content: { 'application/json': { schema: rowSchema }, 'text/csv': { schema: z.any() } },
      },
      ...listProblems(404, 410, 422),
    },
  };
  app.get(path, { schema, config: { need: 'read' } }, async (request, reply) => {
    const query: AggregateQuery & { granularity?: 'hourly' | 'daily' } = request.query;
    const isDaily = query.granularity === 'daily';
    checkInterval(isDaily ? DATASETS.energy_daily : dataset, query);
    const type = negotiate(request.headers.accept, ['application/json', 'text/csv']);
    const ranges = await findSourceRanges(pool, query, request.access.fence);
    const all = await (isDaily ? perDay : readings).read(ranges, query.interval, query.as_of);
    const data = all.filter((row) => Number(row.completeness ?? 0) >= (query.min_completeness ?? 0));
    reply.header('vary', 'accept').type(`${type}; charset=utf-8`);
    if (type === 'text/csv') reply.header('content-disposition', `attachment; filename="${operationId}.csv"`);
    return Buffer.from(type === 'text/csv' ? writeCsv(columns, data) : JSON.stringify({ data }));
  });
}

/** @throws Fault invalid_request where readings per day would have to be told apart by hour */
function checkInterval(dataset: Dataset, { interval }: AggregateQuery): void {
  if (interval !== 'hour' || dataset.timeKind === 'instant') return;
  const message = 'readings per day cannot be told apart by hour';
  throw new Fault('invalid_request', 'Not valid: interval.', { errors: [{ field: 'interval', message }] });
}
