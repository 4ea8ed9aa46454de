import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { HarmattanError } from '../core/errors.ts';
import { asyncApi } from './async-api.ts';
import { problem } from './contract.ts';
import { ICON } from './page/mark.ts';
import { SCHEMA_NAMES, schemaDocument } from './schema-documents.ts';
import type { ServeApp, Served } from './served.ts';

/** React and Swagger UI's own logo need these; nothing comes from another host. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const CACHED = 'public, max-age=300';

/** `/docs`, `/openapi.json`, `/asyncapi.json` and `/schemas/*.json`: generated from the schemas that the routes use. */
export async function addContracts(app: ServeApp, served: Served): Promise<void> {
  const { program, options } = served;
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'harmattan',
        version: program.version,
        description:
          'Weather readings, forecasts with their uncertainty, and an account of what should have arrived. Times are RFC 3339 in UTC, numbers SI with the unit in the name, `null` is "not measured". Errors are RFC 9457 problems: branch on `code`.',
        license: { name: 'MIT' },
        ...(options.contact === null ? {} : { contact: contactOf(options.contact) }),
      },
      tags: [
        'places',
        'observations',
        'forecasts',
        'slots',
        'live',
        'status',
        'journal',
        'quarantine',
        'alerts',
        'events',
        'original clients',
        'contracts',
      ].map((name) => ({ name })),
    },
    transform: (document) => {
      const { schema } = document;
      if (!schema || schema.hide || document.route.url.startsWith('/docs'))
        return { schema: { hide: true }, url: document.url };
      return jsonSchemaTransform({
        ...document,
        schema: { ...schema, response: { ...(schema.response as object), '4xx': PROBLEM } },
      });
    },
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
    logo: { type: 'image/svg+xml', content: Buffer.from(ICON) },
    theme: { title: 'harmattan' },
    uiConfig: { docExpansion: 'list', deepLinking: true },
  });
  documentRoutes(app, served);
}

const PROBLEM = { description: 'A problem (RFC 9457)', content: { 'application/problem+json': { schema: problem } } };

const contactOf = (contact: string) =>
  /^https?:/.test(contact) ? { url: contact } : contact.includes('@') ? { email: contact } : { name: contact };

function documentRoutes(app: ServeApp, { program }: Served): void {
  const document = z.unknown();
  const route = (summary: string) => ({ tags: ['contracts'], summary, response: { 200: document } });
  let openApi: string | null = null;
  let asynchronous: string | null = null;

  app.get('/openapi.json', { schema: route('This document') }, async (_request, reply) => {
    openApi ??= JSON.stringify(app.swagger());
    return reply.header('cache-control', CACHED).type('application/json').serializer(String).send(openApi);
  });
  app.get(
    '/asyncapi.json',
    { schema: route('The journal’s topics and the live events (AsyncAPI 3)') },
    async (_request, reply) => {
      asynchronous ??= JSON.stringify(asyncApi(program.version));
      return reply.header('cache-control', CACHED).type('application/json').serializer(String).send(asynchronous);
    },
  );
  const params = z.object({
    file: z
      .string()
      .max(100)
      .describe(`One of ${SCHEMA_NAMES.map((name) => `${name}.json`).join(', ')}.`),
  });
  app.get('/schemas/:file', { schema: { ...route('A JSON Schema (2020-12)'), params } }, async (request, reply) => {
    const schema = schemaDocument(request.params.file.replace(/\.json$/, ''));
    if (!schema || !request.params.file.endsWith('.json'))
      throw new HarmattanError('HMT_HTTP_NOT_FOUND', { field: 'file', detail: `Schemas: ${SCHEMA_NAMES.join(', ')}.` });
    return reply.header('cache-control', CACHED).type('application/schema+json').send(schema);
  });
}
