// Describes the API as OpenAPI 3.1, made from the zod types that check it, and serves the page to try it. Describes nothing by hand.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Api } from '../deps.ts';
import { tidyDocument } from './tidy-document.ts';

const DESCRIPTION = `Measurements of farms and dairies: energy, environment, milk. Every row names the load (\`batch_id\`) and the line
(\`source_row\`) that it came from.

- Lists take \`page\` and \`page_size\`; measurements take \`cursor\` and \`limit\`.
- \`from\` is inclusive and \`to\` exclusive. A bare date is local midnight in \`tz\`, or else in the zone of each source.
- Instants come back in UTC with \`Z\`.
- Every failure is \`application/problem+json\`; its \`code\` has an entry under \`/errors/{code}\`.
- All of it is served on \`/\` and again on \`/api/v1\`.`;

/** Must be called before routes are added. */
export async function addDocument(app: Api, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CEI-InOE',
        version,
        description: DESCRIPTION,
        license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' },
      },
      components: {
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
      // Where keys are not asked for, none needs to be sent.
      security: [{ key: [] }, { bearer: [] }],
      servers: [{ url: '/' }, { url: '/api/v1' }],
      tags: [
        { name: 'measurements', description: 'What was measured.' },
        { name: 'datasources', description: 'Who measured it.' },
        { name: 'batches', description: 'How it came in.' },
        { name: 'webhooks', description: 'Who is told when a batch has ended.' },
        { name: 'service', description: 'The service itself.' },
      ],
    },
    transform: (given) => {
      const hidden = given.url.startsWith('/api/v1') || given.schema?.hide === true || given.schema === undefined;
      return hidden ? { schema: { hide: true }, url: given.url } : jsonSchemaTransform(given);
    },
    transformObject: (given) => tidyDocument(jsonSchemaTransformObject(given)),
  });
}

/** The page brings all its files; it works without the internet. */
export async function addDocumentPage(app: Api): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // A list of operations unfolds on a click; the page of all rows at once is hard to read.
    uiConfig: {
      url: '/openapi.json',
      docExpansion: 'list',
      tryItOutEnabled: true,
      validatorUrl: null,
      deepLinking: true,
    },
    theme: { title: 'CEI-InOE API' },
  });
}
