import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { flatRecord } from '../journal/flat-record.ts';
import { flatRecordSchema, observationMessageSchema } from './message-schema.ts';
import { SCHEMA_NAMES } from './schema-documents.ts';
import { PLACES, type SeededFolder, seededFolder } from './seeded.test.ts';
import type { ServeApp } from './served.ts';
import { serveApp } from './server.ts';

let folder: SeededFolder;
let app: ServeApp;

before(async () => {
  folder = await seededFolder({ http: { contact: 'ops@example.org' } });
  app = await serveApp(folder.input);
});
after(async () => {
  await app.close();
  await folder.close();
});

/** Every `$ref` of a document. */
function references(part: unknown): readonly string[] {
  if (Array.isArray(part)) return part.flatMap(references);
  if (part === null || typeof part !== 'object') return [];
  return Object.entries(part).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : references(value)));
}

test('the OpenAPI document names every address of the API, each with its problem', async () => {
  const document = (await app.inject('/openapi.json')).json();
  assert.equal(document.openapi, '3.1.0');
  assert.equal(document.info.contact.email, 'ops@example.org');
  for (const path of [
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/asyncapi.json',
    '/schemas/{file}',
    '/api/v1/places',
    '/api/v1/places/{id}',
    '/api/v1/places/{id}/observations',
    '/api/v1/places/{id}/observations/latest',
    '/api/v1/places/{id}/history',
    '/api/v1/places/{id}/forecast',
    '/api/v1/places/{id}/scorecard',
    '/api/v1/slots',
    '/api/v1/status',
    '/api/v1/live',
    '/api/v1/messages',
    '/api/v1/quarantine',
    '/api/v1/alerts',
    '/api/v1/alerts/{id}',
    '/api/v1/alerts/{id}/acknowledge',
    '/api/v1/alerts/history',
    '/api/v1/alerts/history.csv',
    '/api/v1/alerts/dry-run',
    '/api/v1/channels',
    '/api/v1/silences',
    '/api/v1/silences/preview',
    '/api/v1/silences/{id}/end',
    '/weather/{region}',
    '/predictions/{region}',
    '/predict',
    '/predict/',
  ]) {
    assert.ok(document.paths[path], path);
    for (const operation of Object.values(document.paths[path]) as {
      summary?: string;
      responses: Record<string, { content?: object }>;
    }[]) {
      assert.ok(operation.summary, path);
      assert.ok(operation.responses['4XX']?.content, path);
    }
  }
  assert.equal(document.paths['/fr'], undefined);
  const limit = document.paths['/api/v1/slots'].get.parameters.find(({ name }: { name: string }) => name === 'limit');
  assert.deepEqual(
    [limit.schema.type, limit.schema.minimum, limit.schema.maximum, limit.description],
    ['integer', 1, 10_000, 'Default 2000.'],
  );
});

test('every schema that AsyncAPI names exists', async () => {
  const document = (await app.inject('/asyncapi.json')).json();
  assert.deepEqual(Object.keys(document.channels), ['observations', 'forecasts', 'polls', 'live']);
  for (const topic of ['observations', 'forecasts', 'polls'])
    for (const { bindings } of Object.values<{ bindings: { kafka: { key: { type: string } } } }>(
      document.channels[topic].messages,
    ))
      assert.equal(bindings.kafka.key.type, 'string', topic);
  for (const reference of references(document)) {
    if (reference.startsWith('#')) continue;
    const reply = await app.inject(reference);
    assert.equal(reply.statusCode, 200, reference);
    assert.equal(reply.json().$schema, 'https://json-schema.org/draft/2020-12/schema');
  }
});

test('every schema is a document of its own', async () => {
  for (const name of SCHEMA_NAMES) {
    const reply = await app.inject(`/schemas/${name}.json`);
    assert.equal(reply.statusCode, 200, name);
    assert.equal(reply.json().$id, `/schemas/${name}.json`);
  }
  assert.equal((await app.inject('/schemas/observation')).statusCode, 404);
  assert.equal((await app.inject('/schemas/__proto__.json')).statusCode, 404);
});

test('what the producer sends keeps the schema of the message, with no field left unsaid', async () => {
  const [dakar] = PLACES;
  assert.ok(dakar);
  const latest = (await folder.store.observations.latest(PLACES.map(({ id }) => id))).get('dakar');
  assert.ok(latest);
  const record = flatRecord({ ...latest, issuedAt: latest.validAt }, PLACES.find(({ id }) => id === 'dakar') ?? dakar);
  const known = Object.keys(flatRecordSchema.shape);
  assert.deepEqual(
    Object.keys(record).filter((key) => !known.includes(key)),
    [],
  );
  assert.ok(observationMessageSchema.safeParse([record]).success);
  assert.ok(observationMessageSchema.safeParse(record).success);
  assert.equal(observationMessageSchema.safeParse([{ ...record, data_humidity: 55.5 }]).success, false);
});

test('the documents’ page loads nothing from elsewhere', async () => {
  const reply = await app.inject('/docs/');
  assert.equal(reply.statusCode, 200);
  assert.doesNotMatch(String(reply.headers['content-security-policy']), /https:|upgrade-insecure/);
  for (const [, address = ''] of reply.payload.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const part = await app.inject(new URL(address, 'http://x/docs/').pathname);
    assert.equal(part.statusCode, 200, address);
  }
});
