// Reads batches and their rejections through Prisma. Writes none.

import type { CellError } from '@cei-inoe/shared/batches';
import type { Prisma, PrismaClient } from '@cei-inoe/shared/client';
import type { Pool } from '@cei-inoe/shared/database';
import { REJECTIONS } from '@cei-inoe/shared/error-catalogue';
import { Fault } from '@cei-inoe/shared/errors';
import { readSql } from '@cei-inoe/shared/sql';
import type { z } from 'zod';
import type { Insider } from '../access/access.ts';
import type { Batch, BatchFilters, BatchQuery, BatchSummary, Rejection } from '../schemas/batch.ts';
import type { Moment } from '../schemas/moment.ts';
import { readSort } from '../schemas/query.ts';
import { showBatch } from './show-batch.ts';

export interface Batches {
  list(query: BatchQuery, insider: Insider): Promise<{ rows: Batch[]; total: number }>;
  /** @throws Fault batch_unknown */
  find(batchId: string, insider: Insider): Promise<Batch>;
  summarize(filters: BatchFilters, insider: Insider): Promise<BatchSummary>;
  /** @throws Fault batch_unknown */
  listRejections(
    batchId: string,
    page: { page: number; page_size: number },
    insider: Insider,
  ): Promise<{ rows: z.output<typeof Rejection>[]; total: number }>;
}

const SUMMARY = readSql('api/batch-summary.sql', {
  inside: readSql('api/batch-inside.sql', { fence: '$7', who: '$8' }),
});
const NAMED = { datasource: { select: { externalId: true } } } as const;

export function openBatches(prisma: PrismaClient, pool: Pool): Batches {
  const find = async (batchId: string, insider: Insider): Promise<Batch> => {
    const where = { AND: [{ batchId }, makeFence(insider)] };
    const row = await prisma.ingestBatch.findFirst({ where, include: NAMED });
    if (row === null) throw new Fault('batch_unknown', `There is no batch ${batchId}.`);
    return showBatch(row);
  };
  return {
    find,
    list: async (query, insider) => {
      const where = { AND: [makeWhere(query), makeFence(insider)] };
      const { field, direction } = readSort(query.sort);
      const [rows, total] = await Promise.all([
        prisma.ingestBatch.findMany({
          where,
          include: NAMED,
          orderBy: [makeOrder(field, direction), { batchId: direction }],
          skip: (query.page - 1) * query.page_size,
          take: query.page_size,
        }),
        prisma.ingestBatch.count({ where }),
      ]);
      return { rows: rows.map(showBatch), total };
    },
    summarize: (filters, insider) => summarize(pool, filters, insider),
    listRejections: async (batchId, { page, page_size }, insider) => {
      await find(batchId, insider);
      const [rows, total] = await Promise.all([
        prisma.ingestRejection.findMany({
          where: { batchId },
          orderBy: { rejectionNo: 'asc' },
          skip: (page - 1) * page_size,
          take: page_size,
        }),
        prisma.ingestRejection.count({ where: { batchId } }),
      ]);
      return {
        rows: rows.map((row) => ({
          rejection_no: row.rejectionNo,
          line: row.line === null ? null : Number(row.line),
          raw: row.raw as z.output<typeof Rejection>['raw'],
          errors: (row.errors as unknown as readonly CellError[]).map(addRemedy),
        })),
        total,
      };
    },
  };
}

/** A batch of years ago may have codes that there are no longer. */
const REMEDIES = new Map(Object.entries(REJECTIONS).map(([code, { remedy }]) => [code, remedy]));
const addRemedy = (error: CellError) => ({ ...error, remedy: REMEDIES.get(error.code) ?? '' });

/**
 * Who asks with a fence sees the batches all of whose sources are inside it. Of a batch that never came so far as to have sources, and of
 * the refused records of a file of several, nobody can say whose they are: these only who handed it in sees. As batch-inside.sql.
 */
function makeFence({ fence, who }: Insider): Prisma.IngestBatchWhereInput {
  if (fence === null) return {};
  const within = { in: [...fence] };
  return {
    AND: [
      { OR: [{ datasourceId: null }, { datasourceId: within }] },
      { parts: { every: { datasourceId: within } } },
      { OR: [{ submittedBy: who ?? '' }, { datasourceId: within }, { recordsRejected: 0, parts: { some: {} } }] },
    ],
  };
}

const SORT_COLUMNS = {
  created_at: 'createdAt',
  completed_at: 'completedAt',
  records_read: 'recordsRead',
  records_rejected: 'recordsRejected',
  source_name: 'sourceName',
} as const;

function makeOrder(field: string, direction: 'asc' | 'desc'): Prisma.IngestBatchOrderByWithRelationInput {
  const column = SORT_COLUMNS[field as keyof typeof SORT_COLUMNS] ?? 'createdAt';
  // What is not completed yet belongs behind what is, in both directions.
  const nullable = column === 'completedAt' || column === 'sourceName';
  return { [column]: nullable ? { sort: direction, nulls: 'last' } : direction };
}

/** A bare date is midnight UTC: batches are of no zone. */
const readInstant = (moment: Moment) => (moment.kind === 'day' ? `${moment.day}T00:00:00Z` : moment.at);

function makeWhere(query: BatchFilters): Prisma.IngestBatchWhereInput {
  const { datasource_id: id } = query;
  return {
    ...(id && { OR: [{ datasourceId: id }, { parts: { some: { datasourceId: id } } }] }),
    ...(query.dataset && { dataset: query.dataset }),
    ...(query.status && { status: query.status }),
    ...(query.source_type && { sourceType: query.source_type }),
    createdAt: {
      ...(query.from && { gte: new Date(readInstant(query.from)) }),
      ...(query.to && { lt: new Date(readInstant(query.to)) }),
    },
  };
}

const COUNTS = [
  'batches',
  'records_read',
  'records_inserted',
  'records_updated',
  'records_unchanged',
  'records_skipped',
  'records_rejected',
] as const;

async function summarize(pool: Pool, filters: BatchFilters, { fence, who }: Insider): Promise<BatchSummary> {
  const { rows } = await pool.query<Record<string, string>>(SUMMARY, [
    filters.datasource_id ?? null,
    filters.dataset ?? null,
    filters.status ?? null,
    filters.source_type ?? null,
    filters.from ? readInstant(filters.from) : null,
    filters.to ? readInstant(filters.to) : null,
    fence,
    who,
  ]);
  const readCounts = (row: Record<string, string>) =>
    Object.fromEntries(COUNTS.map((name) => [name, Number(row[name])])) as BatchSummary['total'];
  const data = rows.map((row) => ({ dataset: row.dataset, status: row.status, ...readCounts(row) }));
  const total = Object.fromEntries(
    COUNTS.map((name) => [name, rows.reduce((sum, row) => sum + Number(row[name]), 0)]),
  ) as BatchSummary['total'];
  return { data: data as BatchSummary['data'], total };
}
