// /datasources: list, find, create, change, retire, purge. Holds no SQL.
import { DATA_TYPES, DATASOURCE_STATUSES, SOURCE_CATEGORIES } from '@cei-inoe/shared/batches';
import { DATASETS } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { z } from 'zod';
import type { Access } from '../access/access.ts';
import type { Api, RouteDeps } from '../deps.ts';
import { type Datasources, openDatasources } from '../repositories/datasources.ts';
import { purgeDatasource } from '../repositories/purge.ts';
import {
  Datasource,
  DatasourceChange,
  DatasourcePage,
  DatasourceParams,
  DatasourceQuery,
  DatasourceToCreate,
  DatasourceTypes,
  DeleteQuery,
  ExternalParams,
  PurgeResult,
} from '../schemas/datasource.ts';
import { listProblems } from '../schemas/problem.ts';
import { describePage } from '../schemas/query.ts';

const TAGS = ['datasources'];

export function addDatasourceRoutes(app: Api, deps: RouteDeps): void {
  const datasources = openDatasources(deps.prisma);
  addReads(app, datasources);
  addWrites(app, datasources, deps.prefix);
  addDelete(app, datasources, deps);
}

function addReads(app: Api, datasources: Datasources): void {
  const describe = (operationId: string, summary: string, description: string) => ({
    ...{ tags: TAGS, operationId, summary, description },
  });
  const list = {
    ...describe(
      'listDatasources',
      'Datasources, filtered and sorted',
      'Retired ones too, unless `status` says otherwise.',
    ),
    querystring: DatasourceQuery,
    response: { 200: DatasourcePage, ...listProblems() },
  };
  app.get('/datasources', { schema: list, config: { need: 'read' } }, async ({ query, access }) => {
    const { rows, total } = await datasources.list(query, access.fence);
    return { data: rows, ...describePage(total, query) };
  });

  const types = {
    ...describe(
      'listDatasourceTypes',
      'The types there are, the datasets of each, and how many datasources have it',
      'With the categories and statuses that there are.',
    ),
    response: { 200: DatasourceTypes, ...listProblems() },
  };
  app.get('/datasources/types', { schema: types, config: { need: 'read' } }, async ({ access }) =>
    listTypes(await datasources.countByType(access.fence)),
  );

  const external = {
    ...describe(
      'getDatasourceByExternalId',
      'The datasource with this external id',
      'Capitals and spaces around it make no difference.',
    ),
    params: ExternalParams,
    response: { 200: Datasource, ...listProblems(404) },
  };
  app.get(
    '/datasources/external/:external_id',
    { schema: external, config: { need: 'read' } },
    async ({ params, access }) => datasources.findExternal(params.external_id, access.fence),
  );

  const one = {
    ...describe('getDatasource', 'One datasource', 'By its number; retired ones too.'),
    params: DatasourceParams,
    response: { 200: Datasource, ...listProblems(404) },
  };
  app.get('/datasources/:id', { schema: one, config: { need: 'read' } }, async ({ params, access }) =>
    datasources.find(params.id, access.fence),
  );
}

function listTypes(counts: ReadonlyMap<string, number>) {
  const listDatasets = (type: string) =>
    Object.values(DATASETS)
      // What a photovoltaic system makes is energy.
      .filter((dataset) => dataset.dataType === (type === 'pv' ? 'energy' : type))
      .map((dataset) => dataset.name);
  return {
    data: DATA_TYPES.map((type) => ({
      data_type: type,
      datasets: listDatasets(type),
      datasources: counts.get(type) ?? 0,
    })),
    source_categories: [...SOURCE_CATEGORIES],
    statuses: [...DATASOURCE_STATUSES],
  };
}

/** Who belongs to whom is settled by keys without a fence only. @throws Fault key_fence */
function checkUnfenced({ fence }: Access): void {
  if (fence !== null)
    throw new Fault('key_fence', 'A key with a fence neither makes datasources nor changes whose they are.');
}

function addWrites(app: Api, datasources: Datasources, prefix: string): void {
  const create = {
    tags: TAGS,
    operationId: 'createDatasource',
    summary: 'Create a datasource',
    description: 'Its `external_id` is the name by which files and other systems know it, and never changes.',
    body: DatasourceToCreate,
    response: { 201: Datasource, ...listProblems(409, 415, 422) },
  };
  app.post('/datasources', { schema: create, config: { need: 'admin' } }, async ({ body, access }, reply) => {
    checkUnfenced(access);
    const created = await datasources.create(body);
    reply.code(201).header('location', `${prefix}/datasources/${created.id}`);
    return created;
  });

  const change = {
    tags: TAGS,
    operationId: 'changeDatasource',
    summary: 'Change some fields of a datasource',
    description: 'The time zone cannot change while the datasource has measurements; the external id never does.',
    params: DatasourceParams,
    body: DatasourceChange,
    response: { 200: Datasource, ...listProblems(404, 409, 415, 422) },
  };
  app.patch('/datasources/:id', { schema: change, config: { need: 'admin' } }, async ({ params, body, access }) => {
    if (body.client !== undefined) checkUnfenced(access);
    return datasources.change(params.id, body, access.fence);
  });
}

function addDelete(app: Api, datasources: Datasources, deps: RouteDeps): void {
  const schema = {
    tags: TAGS,
    operationId: 'deleteDatasource',
    summary: 'Retire a datasource, or purge it with all its data',
    description:
      'Without `purge` the datasource is set `offline` and keeps its data. With `purge=true` and its external id in `confirm` it goes ' +
      'with its measurements, their history, the batches that only it had a part in, and their files. That cannot be taken back.',
    params: DatasourceParams,
    querystring: DeleteQuery,
    response: { 200: z.union([Datasource, PurgeResult]), ...listProblems(404, 409) },
  };
  app.delete('/datasources/:id', { schema, config: { need: 'admin' } }, async ({ params, query, access }) => {
    if (query.purge !== 'true') return datasources.change(params.id, { status: 'offline' }, access.fence);
    // Not found, where it lies beyond the fence.
    await datasources.find(params.id, access.fence);
    return purgeDatasource(deps, params.id, query.confirm);
  });
}
