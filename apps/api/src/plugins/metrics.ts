// Counts and times requests and watches the connection pool, for Prometheus. Every app has a registry of its own.
import type { Pool } from '@cei-inoe/shared/database';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { addStateMetrics } from './state-metrics.ts';

/** Begins to measure and @returns the registry that `/metrics` prints. */
export function addMetrics(app: FastifyInstance, pool: Pool): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern and not the address: an id per series would flood the metrics.
    const route = request.routeOptions.url ?? 'none';
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  addPoolGauge(registry, 'total', 'Connections open to PostgreSQL.', () => pool.totalCount);
  addPoolGauge(registry, 'idle', 'Connections open and free.', () => pool.idleCount);
  addPoolGauge(registry, 'waiting', 'Requests that wait for a free connection.', () => pool.waitingCount);
  addStateMetrics(registry, pool);
  return registry;
}

function addPoolGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `pg_pool_connections_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
