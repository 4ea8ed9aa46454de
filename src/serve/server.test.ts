import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededFolder } from './seeded.test.ts';
import { serveApp } from './server.ts';

test('every address answers', async () => {
  const folder = await seededFolder();
  const app = await serveApp(folder.input);
  for (const url of [
    '/healthz',
    '/readyz',
    '/metrics',
    '/docs',
    '/docs/',
    '/openapi.json',
    '/asyncapi.json',
    '/schemas/observation-message.json',
    '/api/v1/places',
    '/api/v1/places/dakar',
    '/api/v1/places/dakar/observations?limit=3',
    '/api/v1/places/dakar/observations/latest',
    '/api/v1/places/dakar/history',
    '/api/v1/places/dakar/forecast',
    '/api/v1/places/dakar/scorecard',
    '/api/v1/slots?limit=2',
    '/api/v1/status',
    '/api/v1/messages?limit=1',
    '/api/v1/quarantine',
    '/weather/Thi%C3%A8s?limit=2',
    '/predictions/thies',
  ]) {
    const t = performance.now();
    const reply = await app.inject(url);
    console.log(url, reply.statusCode, (performance.now() - t).toFixed(1), reply.payload.slice(0, 300));
    if (url === '/healthz') console.log(reply.headers);
  }
  await app.close();
  await folder.close();
});
