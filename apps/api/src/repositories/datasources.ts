// Reads and writes datasources through Prisma. Never touches their secrets.

import type { Prisma, PrismaClient, Datasource as Row } from '@cei-inoe/shared/client';
import { Fault } from '@cei-inoe/shared/errors';
import { type Fence, isInside } from '../access/access.ts';
import type { Datasource, DatasourceChange, DatasourceQuery, DatasourceToCreate } from '../schemas/datasource.ts';
import { readSort } from '../schemas/query.ts';
import { checkZone } from '../zones.ts';

export interface Datasources {
  list(query: DatasourceQuery, fence: Fence): Promise<{ rows: Datasource[]; total: number }>;
  /** @throws Fault datasource_unknown */
  find(id: number, fence: Fence): Promise<Datasource>;
  /** @throws Fault datasource_unknown */
  findExternal(externalId: string, fence: Fence): Promise<Datasource>;
  /** @throws Fault datasource_exists, zone_invalid */
  create(datasource: DatasourceToCreate): Promise<Datasource>;
  /** @throws Fault datasource_unknown, zone_invalid, zone_in_use */
  change(id: number, change: DatasourceChange, fence: Fence): Promise<Datasource>;
  countByType(fence: Fence): Promise<Map<string, number>>;
}

export function openDatasources(prisma: PrismaClient): Datasources {
  return {
    list: async (query, fence) => {
      const where = { AND: [makeWhere(query), makeFence(fence)] };
      const { field, direction } = readSort(query.sort);
      const [rows, total] = await Promise.all([
        prisma.datasource.findMany({
          where,
          // The id makes the order whole, so that no row stands on two pages.
          orderBy: [{ [SORT_COLUMNS[field] ?? 'id']: direction }, { id: direction }],
          skip: (query.page - 1) * query.page_size,
          take: query.page_size,
        }),
        prisma.datasource.count({ where }),
      ]);
      return { rows: rows.map(show), total };
    },
    find: async (id, fence) => {
      const row = await prisma.datasource.findFirst({ where: { AND: [{ id }, makeFence(fence)] } });
      if (row === null) throw new Fault('datasource_unknown', `There is no datasource ${id}.`);
      return show(row);
    },
    findExternal: async (externalId, fence) => {
      // As files and uploads name it: whatever the case.
      const found = await prisma.$queryRaw<{ id: number }[]>`
        SELECT id FROM datasource WHERE lower(btrim(external_id)) = lower(btrim(${externalId}))`;
      const row = await prisma.datasource.findFirst({ where: { AND: [{ id: found[0]?.id ?? 0 }, makeFence(fence)] } });
      if (row === null) throw new Fault('datasource_unknown', `There is no datasource "${externalId}".`);
      return show(row);
    },
    create: async (datasource) => {
      checkZone(datasource.timezone, 'timezone');
      const { external_id: externalId, source_category: sourceCategory, data_type: dataType, ...rest } = datasource;
      const data = { ...store(rest), externalId, sourceCategory, dataType };
      return show(await naming(externalId, prisma.datasource.create({ data })));
    },
    change: async (id, change, fence) => {
      checkZone(change.timezone, 'timezone');
      if (!isInside(fence, id)) throw new Fault('datasource_unknown', `There is no datasource ${id}.`);
      return show(await naming(String(id), prisma.datasource.update({ where: { id }, data: store(change) })));
    },
    countByType: async (fence) => {
      const groups = await prisma.datasource.groupBy({ by: ['dataType'], where: makeFence(fence), _count: true });
      return new Map(groups.map((group) => [group.dataType, group._count]));
    },
  };
}

const SORT_COLUMNS: Readonly<Record<string, string>> = {
  id: 'id',
  external_id: 'externalId',
  name: 'name',
  client: 'client',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
};

const makeFence = (fence: Fence): Prisma.DatasourceWhereInput => (fence === null ? {} : { id: { in: [...fence] } });

function makeWhere(query: DatasourceQuery): Prisma.DatasourceWhereInput {
  // % and _ are wildcards to LIKE, which Prisma leaves as they are.
  const contains = query.q?.replace(/[\\%_]/g, '\\$&');
  const found = contains === undefined ? undefined : ({ contains, mode: 'insensitive' } as const);
  return {
    ...(query.data_type && { dataType: query.data_type }),
    ...(query.source_category && { sourceCategory: query.source_category }),
    ...(query.status && { status: query.status }),
    ...(query.client && { client: query.client }),
    ...(found && {
      OR: [{ externalId: found }, { name: found }, { alias: found }, { client: found }, { description: found }],
    }),
  };
}

type Stored = Partial<Omit<Prisma.DatasourceUncheckedCreateInput, 'id'>>;

/** The members that a request may set, under Prisma's names; what it leaves out stays out. */
function store(change: DatasourceChange): Stored {
  const { source_category, data_type, metadata, ...same } = change;
  const given = Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined));
  return {
    ...given,
    ...(source_category && { sourceCategory: source_category }),
    ...(data_type && { dataType: data_type }),
    ...(metadata && { metadata: metadata as Prisma.InputJsonObject }),
  };
}

function show(row: Row): Datasource {
  return {
    id: row.id,
    external_id: row.externalId,
    source_category: row.sourceCategory as Datasource['source_category'],
    data_type: row.dataType as Datasource['data_type'],
    name: row.name,
    alias: row.alias,
    client: row.client,
    description: row.description,
    status: row.status as Datasource['status'],
    timezone: row.timezone,
    metadata: row.metadata as Datasource['metadata'],
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** Prisma's P2002 is a broken unique key, P2025 a row that is not there. */
async function naming<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'P2002') throw new Fault('datasource_exists', `"${name}" is taken.`, { cause: error });
    if (code === 'P2025') throw new Fault('datasource_unknown', `There is no datasource ${name}.`, { cause: error });
    throw error;
  }
}
