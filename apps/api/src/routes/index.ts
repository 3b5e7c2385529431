// Adds all routes to one mount point. Knows no handler.
import type { Api, RouteDeps } from '../deps.ts';
import { addAggregateRoutes } from './aggregates.ts';
import { addBatchRoutes } from './batches.ts';
import { addDatasourceRoutes } from './datasources.ts';
import { addEventRoute } from './events.ts';
import { addFreshnessRoutes } from './freshness.ts';
import { addHealthRoutes } from './health.ts';
import { addKeyRoutes } from './keys.ts';
import { addLatestRoutes } from './latest.ts';
import { addMeasurementRoutes } from './measurements.ts';
import { addOperationRoutes } from './operations.ts';
import { addProvenanceRoutes } from './provenance.ts';
import { addReadingRoutes } from './readings.ts';
import { addUploadRoute } from './uploads.ts';
import { addDeliveryRoutes } from './webhook-deliveries.ts';
import { addWebhookRoutes } from './webhooks.ts';

export function addRoutes(app: Api, deps: RouteDeps): void {
  addHealthRoutes(app, deps);
  addDatasourceRoutes(app, deps);
  addFreshnessRoutes(app, deps);
  addBatchRoutes(app, deps);
  addOperationRoutes(app, deps);
  addUploadRoute(app, deps);
  addMeasurementRoutes(app, deps);
  addAggregateRoutes(app, deps);
  addLatestRoutes(app, deps);
  addProvenanceRoutes(app, deps);
  addKeyRoutes(app, deps);
  addReadingRoutes(app, deps);
  addEventRoute(app, deps);
  addWebhookRoutes(app, deps);
  addDeliveryRoutes(app, deps);
}
