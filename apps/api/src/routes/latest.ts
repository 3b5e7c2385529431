// The last reading of each source, and what each source has. Holds no SQL.
import { DATASETS } from '@cei-inoe/shared/datasets';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Api, RouteDeps } from '../deps.ts';
import { openMeasurements } from '../repositories/measurements.ts';
import { findSourceRanges } from '../repositories/source-ranges.ts';
import {
  ChoiceQuery,
  EnergyChoiceQuery,
  makeLatestSchema,
  makeStatsSchema,
  type SourceChoice,
} from '../schemas/measurement.ts';
import { listProblems } from '../schemas/problem.ts';

const ROUTES = [
  { kind: 'energy', name: 'Energy', dataset: DATASETS.energy_hourly, query: EnergyChoiceQuery },
  { kind: 'environmental', name: 'Environmental', dataset: DATASETS.environmental_metrics, query: ChoiceQuery },
  { kind: 'dairy', name: 'Dairy', dataset: DATASETS.dairy_production, query: ChoiceQuery },
] as const;

type Choice = SourceChoice & { readonly granularity?: 'hourly' | 'daily' };

export function addLatestRoutes(app: Api, { pool }: RouteDeps): void {
  const daily = openMeasurements(pool, DATASETS.energy_daily);
  for (const { kind, name, dataset, query: querystring } of ROUTES) {
    const readings = openMeasurements(pool, dataset);
    const choose = ({ granularity }: Choice) => (granularity === 'daily' ? daily : readings);
    const latest = {
      tags: ['measurements'],
      operationId: `latest${name}`,
      summary: 'The last reading of each source',
      description: 'Before `to`, where that is given; sources without a reading are left out.',
      querystring,
      response: { 200: describeOk(makeLatestSchema(dataset)), ...listProblems(404, 410, 422) },
    };
    app.get(`/${kind}/latest`, { schema: latest, config: { need: 'read' } }, async (request, reply) => {
      const query: Choice = request.query;
      const ranges = await findSourceRanges(pool, query, request.access.fence);
      return sendJson(reply, await choose(query).readLatest(ranges, query.as_of));
    });
    const stats = {
      tags: ['measurements'],
      operationId: `stats${name}`,
      summary: 'Number, extent and extremes of the readings of each source',
      description: 'With mean and standard deviation of each measure; directions have no extremes.',
      querystring,
      response: { 200: describeOk(makeStatsSchema(dataset)), ...listProblems(404, 410, 422) },
    };
    app.get(`/${kind}/stats`, { schema: stats, config: { need: 'read' } }, async (request, reply) => {
      const query: Choice = request.query;
      const ranges = await findSourceRanges(pool, query, request.access.fence);
      const data = await choose(query).readStats(ranges, query.as_of);
      return sendJson(reply, JSON.stringify({ data }));
    });
  }
}

const describeOk = <T extends z.ZodType>(schema: T) => ({
  description: 'By datasource.',
  content: { 'application/json': { schema } },
});

/** Sends JSON that is text already: the rows need no second look. A handler that does not return the reply has it sent twice. */
function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(Buffer.from(text));
}
