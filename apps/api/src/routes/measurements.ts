// The measurement reads, one route per dataset: JSON pages, or everything in another form by `format` or `Accept`. Holds no SQL.
import { Readable } from 'node:stream';
import { DATASETS, type Dataset, type DatasetName } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import type { Api, RouteDeps } from '../deps.ts';
import { chooseFormat, describeType, FORMATS } from '../exports/formats.ts';
import { openExport } from '../exports/open-export.ts';
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

export function addMeasurementRoutes(app: Api, deps: RouteDeps): void {
  for (const route of ROUTES) addRoute(app, deps, route.path, DATASETS[route.dataset], route);
}

function addRoute(
  app: Api,
  { pool, slots }: RouteDeps,
  path: string,
  dataset: Dataset,
  words: { operationId: string; summary: string },
) {
  const measurements = openMeasurements(pool, dataset);
  const schema = {
    tags: ['measurements'],
    ...words,
    description:
      'In pages as JSON, each with the cursor of the next; or all rows at once in another form. Every row names its load and line.',
    querystring: MeasurementQuery,
    response: {
      200: {
        description: 'Ordered by datasource and time. All forms have the same columns; all but JSON have all rows.',
        content: {
          [FORMATS.json]: { schema: makePageSchema(dataset) },
          [FORMATS.csv]: { schema: z.any() },
          [FORMATS.ndjson]: { schema: z.any() },
          [FORMATS.parquet]: { schema: z.any() },
          [FORMATS.xlsx]: { schema: z.any() },
        },
      },
      ...listProblems(404, 410, 422),
    },
  };
  app.get(path, { schema, config: { need: 'read' } }, async (request, reply) => {
    const { query } = request;
    const format = chooseFormat(query.format, request.headers.accept);
    reply.header('vary', 'accept').type(describeType(format));
    const ranges = await findSourceRanges(pool, query, request.access.fence);
    if (format === 'json') {
      // Bytes, which Fastify sends as they are: the rows need no second look.
      return measurements.readPage(ranges, query);
    }
    reply.header('content-disposition', `attachment; filename="${dataset.name}.${format}"`);
    if (request.method === 'HEAD') return Readable.from([]);
    return slots.run(request.access.who, () =>
      openExport(format, { dataset, measurements, ranges, asOf: query.as_of }),
    );
  });
}
