// GET /energy/hourly as one writes it first: Fastify, the same zod types, Prisma Client. A reference, without the service's other plugins.
import { openPool } from '@cei-inoe/shared/database';
import { openPrisma } from '@cei-inoe/shared/prisma';
import Fastify from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { MeasurementQuery } from '../src/schemas/measurement.ts';

const pool = openPool(process.env.DATABASE_URL ?? '', {
  applicationName: 'cei-prisma',
  max: Number(process.env.POOL_SIZE),
});
const prisma = openPrisma(pool);
const app = Fastify().withTypeProvider<ZodTypeProvider>();
app.setValidatorCompiler(validatorCompiler);

app.get('/energy/hourly', { schema: { querystring: MeasurementQuery } }, async ({ query }) => {
  const { external_id: names = [], from, to, limit } = query;
  const sources = await prisma.datasource.findMany({ where: { externalId: { in: names } }, select: { id: true } });
  const bounds = {
    ...(from?.kind === 'instant' ? { gte: new Date(from.at) } : {}),
    ...(to?.kind === 'instant' ? { lt: new Date(to.at) } : {}),
  };
  const rows = await prisma.energyHourly.findMany({
    where: { datasourceId: { in: sources.map(({ id }) => id) }, ts: bounds },
    orderBy: [{ datasourceId: 'asc' }, { ts: 'asc' }],
    take: limit + 1,
  });
  const page = rows.slice(0, limit).map((row) => ({
    datasource_id: row.datasourceId,
    ts: row.ts.toISOString().replace('.000Z', 'Z'),
    energy_kwh: row.energyKwh,
    batch_id: row.batchId,
    source_row: row.sourceRow,
    quality: row.quality,
  }));
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { data: page, next_cursor: last === undefined ? null : `${last.datasource_id},${last.ts}` };
});

const stop = async () => {
  await app.close();
  await prisma.$disconnect();
  await pool.end();
  process.exit(0);
};
process.once('SIGTERM', stop);
process.stderr.write(`API on ${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
