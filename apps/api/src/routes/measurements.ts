// The measurement reads, one route per dataset: JSON pages, or everything as CSV or NDJSON by `Accept`. Holds no SQL.
import { DATASETS, type Dataset, type DatasetName } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import type { Api, RouteDeps } from '../deps.ts';
import { negotiate } from '../negotiate.ts';
import { openMeasurements } from '../repositories/measurements.ts';
import { findSourceRanges } from '../repositories/source-ranges.ts';
import { MeasurementQuery, makePageSchema } from '../schemas/measurement.ts';
import { listProblems } from '../schemas/problem.ts';

const ROUTES: readonly { path: string; dataset: DatasetName; operationId: string; summary: string }[] = [
  { path: '/energy/hourly', dataset: 'energy_hourly', operationId: 'listEnergyHourly', summary: 'kWh per hour' },
  { path: '/energy/daily', dataset: 'energy_daily', operationId: 'listEnergyDaily', summary: 'kWh per local day' },
  {
    path: '/environmental',
    dataset: 'environmental_metrics',
    operationId: 'listEnvironmental',
    summary: 'Weather, air',
  },
  {
    path: '/dairy/daily',
    dataset: 'dairy_production',
    operationId: 'listDairyDaily',
    summary: 'Milk and feed per day',
  },
];

const FORMATS = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' } as const;

export function addMeasurementRoutes(app: Api, deps: RouteDeps): void {
  for (const route of ROUTES) addRoute(app, deps, route.path, DATASETS[route.dataset], route);
}

function addRoute(
  app: Api,
  { pool }: RouteDeps,
  path: string,
  dataset: Dataset,
  words: { operationId: string; summary: string },
) {
  const measurements = openMeasurements(pool, dataset);
  const schema = {
    tags: ['measurements'],
    ...words,
    querystring: MeasurementQuery,
    response: {
      200: {
        description: 'Ordered by datasource and time. CSV and NDJSON have the same columns and all rows.',
        content: {
          'application/json': { schema: makePageSchema(dataset) },
          'text/csv': { schema: z.any() },
          'application/x-ndjson': { schema: z.any() },
        },
      },
      ...listProblems(404, 422),
    },
  };
  app.get(path, { schema }, async (request, reply) => {
    const { query } = request;
    const type = negotiate(request.headers.accept, ['application/json', 'text/csv', 'application/x-ndjson']);
    reply.header('vary', 'accept').type(`${type}; charset=utf-8`);
    const ranges = await findSourceRanges(pool, query);
    if (type === 'application/json') {
      // A buffer, as Fastify would write a string as a JSON string; and the rows need no second look.
      return Buffer.from(await measurements.readPage(ranges, query));
    }
    reply.header('content-disposition', `attachment; filename="${dataset.name}.${FORMATS[type]}"`);
    return request.method === 'HEAD' ? '' : measurements.openExport(ranges, FORMATS[type], query.as_of);
  });
}
