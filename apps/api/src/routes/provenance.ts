// Where one reading came from: file, line, rules, and what stood there before. Holds no SQL.
import { DATASETS, type Dataset } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import type { Api, RouteDeps } from '../deps.ts';
import { findHorizon } from '../repositories/kept.ts';
import { findProvenance } from '../repositories/provenance.ts';
import { findSourceRanges } from '../repositories/source-ranges.ts';
import { listProblems } from '../schemas/problem.ts';
import { makeProvenanceQuery, makeProvenanceSchema, type ProvenanceQuery } from '../schemas/provenance.ts';

const ROUTES = [
  { path: '/energy/hourly', name: 'EnergyHourly', dataset: DATASETS.energy_hourly },
  { path: '/energy/daily', name: 'EnergyDaily', dataset: DATASETS.energy_daily },
  { path: '/environmental', name: 'Environmental', dataset: DATASETS.environmental_metrics },
  { path: '/dairy/daily', name: 'DairyDaily', dataset: DATASETS.dairy_production },
] as const;

export function addProvenanceRoutes(app: Api, { pool, archive }: RouteDeps): void {
  for (const { path, name, dataset } of ROUTES) {
    const schema = {
      tags: ['measurements'],
      operationId: `trace${name}`,
      summary: 'Where one reading came from: file, line, rules, and what stood there before',
      description:
        'The line as it stands in the file, and how it became a number. Also of readings that were replaced or taken back.',
      querystring: makeProvenanceQuery(dataset),
      response: { 200: makeProvenanceSchema(dataset), ...listProblems(404, 422) },
    };
    app.get(`${path}/provenance`, { schema, config: { need: 'read' } }, async (request) => {
      const query: ProvenanceQuery = request.query;
      const [source] = await findSourceRanges(pool, chooseSource(query), request.access.fence);
      const at = { sourceId: source?.id ?? 0, at: query.at, insider: request.access };
      const provenance = await findProvenance(pool, archive, dataset, at);
      if (provenance === undefined)
        throw new Fault('not_found', describeMissing(dataset, query, await findHorizon(pool)));
      return provenance;
    });
  }
}

const chooseSource = ({ datasource_id: id, external_id: name }: ProvenanceQuery) =>
  id === undefined ? { external_id: [name ?? ''] } : { datasource_id: [id] };

const describeMissing = ({ time }: Dataset, { at }: ProvenanceQuery, horizon: string | null): string =>
  `No reading has the ${time} ${at}, and none ${horizon === null ? 'ever had' : `had since ${horizon}`}.`;
