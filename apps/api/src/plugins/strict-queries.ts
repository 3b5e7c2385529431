// Gives routes that take no query one that is empty, so that a misspelt or misplaced parameter is refused, not passed over. Checks nothing itself.
import type { FastifyInstance } from 'fastify';
import { NO_QUERY } from '../schemas/query.ts';

/**
 * For the routes that are added to `app` from now on; `POST …/undo?dry_run=true`, whose dry_run belongs into the body, would otherwise undo.
 * Those that anybody may ask for are left alone: probes put all sorts of things into a query so that nothing answers from a cache.
 */
export function refuseUnknownQueries(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { need } = route.config ?? {};
    if (route.schema === undefined || need === 'public' || need === 'metrics') return;
    route.schema.querystring ??= NO_QUERY;
  });
}
