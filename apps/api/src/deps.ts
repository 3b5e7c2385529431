// What the app is built from, and the type of the app. Opens nothing.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Archive } from '@cei-inoe/shared/archive';
import type { PrismaClient } from '@cei-inoe/shared/client';
import type { Pool } from '@cei-inoe/shared/database';
import type { Log } from '@cei-inoe/shared/log';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Metric, Registry } from 'prom-client';
import type { ApiConfig } from './config.ts';
import type { ExportSlots } from './exports/slots.ts';
import type { Probe } from './probe.ts';
import type { Following } from './repositories/progress.ts';

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface AppDeps {
  readonly config: Pick<ApiConfig, 'loopbackOnly' | 'READY_FILE' | 'MAX_FILE_BYTES'> &
    Partial<
      Pick<ApiConfig, 'ALLOWED_HOSTS' | 'NEW_DATASOURCES' | 'auth' | 'rateLimit' | 'CORS_ORIGINS' | 'WEBHOOK_ALLOW'>
    >;
  readonly log: Log;
  readonly pool: Pool;
  readonly prisma: PrismaClient;
  readonly archive: Archive;
  readonly probe: Probe;
  /** Names of the migrations that this version of the product needs. */
  readonly migrations: readonly string[];
  readonly version: string;
  /** What others count, for `/metrics`. */
  readonly metrics?: readonly Metric[];
}

/** What routes get: the above, what all mounts of them share, and where they are mounted. */
export interface RouteDeps extends AppDeps {
  readonly slots: ExportSlots;
  readonly following: Following;
  readonly registry: Registry;
  /** '' or '/api/v1' */
  readonly prefix: string;
}
