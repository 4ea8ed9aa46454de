import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from '../core/errors.ts';
import { problem } from './contract.ts';
import { NOW, type SeededFolder, seededFolder } from './seeded.test.ts';
import type { ServeApp } from './served.ts';
import { serveApp } from './server.ts';
import { createToken } from './token.ts';

let folder: SeededFolder;
let app: ServeApp;
/** What is behind a token is to refuse nonsense of those who hold one. */
let authorization = '';

before(async () => {
  folder = await seededFolder({ http: { rateLimitPerMinute: 0 } });
  app = await serveApp(folder.input);
  authorization = `Bearer ${(await createToken(folder.store.documents, { name: 'hostile', now: NOW })).token}`;
});
after(async () => {
  await app.close();
  await folder.close();
});

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
}
interface Operation {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly parameters: readonly Parameter[];
}

async function operations(): Promise<readonly Operation[]> {
  const document = (await app.inject('/openapi.json')).json();
  return Object.entries(document.paths as Record<string, Record<string, { parameters?: Parameter[] }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [] }]) => ({
        method: method.toUpperCase() as 'GET' | 'POST',
        path,
        parameters,
      })),
  );
}

const GOOD: Readonly<Record<string, string>> = { id: 'dakar', region: 'Dakar', file: 'problem.json' };

/** Wrong for every parameter that the API has. */
const WRONG = [
  '',
  ' ',
  '-1',
  '1e400',
  'NaN',
  '99999999999',
  '2026-02-30',
  '2026-01-01T00:00:00',
  '😀',
  'a'.repeat(3000),
  "'; DROP TABLE observations; --",
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00',
  '{"$gt":""}',
];

function addressOf({ path, parameters }: Operation, wrong: Parameter, value: string): string {
  let url = path;
  for (const { name, in: place } of parameters)
    if (place === 'path')
      url = url.replace(`{${name}}`, encodeURIComponent(name === wrong.name ? value : (GOOD[name] ?? 'x')));
  return wrong.in === 'query' ? `${url}?${wrong.name}=${encodeURIComponent(value)}` : url;
}

async function refusal(url: string, headers: Record<string, string> = {}) {
  const reply = await app.inject({ url, headers: { authorization, ...headers } });
  assert.ok(
    reply.statusCode >= 400 && reply.statusCode < 500,
    `${url}: ${reply.statusCode} ${reply.payload.slice(0, 200)}`,
  );
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  const body = reply.json();
  assert.ok(problem.strict().safeParse(body).success, reply.payload);
  assert.doesNotMatch(reply.payload, /\bat .*\.ts:|node_modules|SQLITE|Error:/);
  return body;
}

test('every parameter of every operation, given a wrong value, is refused with its name', async () => {
  let checked = 0;
  const all = await operations();
  for (const operation of all)
    for (const parameter of operation.parameters)
      for (const value of WRONG) {
        // What only writes asks for a token before it looks at anything.
        if (!all.some(({ method, path }) => method === 'GET' && path === operation.path)) continue;
        // A journal's cursor is a number: one past its end gives an empty page.
        if (parameter.name === 'cursor' && /^\d+$/.test(value)) continue;
        // Any text can be searched for; what is too short or too long is refused.
        if (parameter.name === 'q' && value.trim().length >= 3 && value.length <= 200) continue;
        if (parameter.in === 'header') {
          const body = await refusal(operation.path, { [parameter.name]: `x y${/^[ -~]+$/.test(value) ? value : ''}` });
          assert.equal(body.field, parameter.name);
        } else {
          const body = await refusal(addressOf(operation, parameter, value));
          // An empty or longer path is another address, which does not exist.
          if (parameter.in === 'query' || body.code !== 'HMT_HTTP_NOT_FOUND') assert.equal(body.field, parameter.name);
        }
        checked++;
      }
  assert.ok(checked > 500, `only ${checked}`);
});

test('a parameter that nobody knows, or that comes twice, is refused with its name', async () => {
  for (const { method, path, parameters } of await operations()) {
    if (method !== 'GET' || !path.startsWith('/api/v1/') || path === '/api/v1/live') continue;
    const url = path.replace('{id}', 'dakar');
    assert.equal((await refusal(`${url}?horzion=3`)).field, 'horzion', path);
    for (const { name, in: place } of parameters)
      if (place === 'query') assert.equal((await refusal(`${url}?${name}=1&${name}=2`)).field, name, `${path} ${name}`);
  }
});

test('an empty range is refused with its name', async () => {
  for (const path of [
    '/api/v1/slots',
    '/api/v1/messages',
    '/api/v1/events',
    '/api/v1/alerts',
    '/api/v1/alerts/history',
    '/api/v1/alerts/history.csv',
    '/api/v1/places/dakar/observations',
    '/api/v1/places/dakar/history',
    '/weather/Dakar',
    '/predictions/Dakar',
  ])
    assert.equal((await refusal(`${path}?from=2026-07-22T10:00:00Z&to=2026-07-22T10:00:00Z`)).field, 'from', path);
});

test('ranges at the ends of time are answered', async () => {
  for (const path of [
    '/api/v1/slots',
    '/api/v1/messages',
    '/api/v1/places/dakar/observations',
    '/api/v1/places/dakar/history',
    '/weather/Dakar',
    '/predictions/Dakar',
  ]) {
    const reply = await app.inject(`${path}?from=0000-01-01&to=9999-12-31T23:59:59.999Z`);
    assert.equal(reply.statusCode, 200, `${path} ${reply.payload}`);
  }
  assert.equal((await app.inject('/api/v1/slots?from=9999-12-31')).statusCode, 200);
  assert.equal((await app.inject('/api/v1/slots?to=0000-01-01')).statusCode, 200);
});

test('no address and no query makes the program fail', async () => {
  const paths = (await operations()).map(({ path }) => path);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths, '/', '/fr/', '/docs/', '/nowhere'),
      fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom('from', 'to', 'limit', 'cursor', 'place', 'points', 'quantity', 'x', '__proto__'),
        fc.string({ unit: 'binary' }),
        { maxKeys: 4 },
      ),
      async (path, pieces, query) => {
        const filled = path.replace(/\{\w+\}/g, () => encodeURIComponent(pieces[0]?.toWellFormed() ?? 'dakar'));
        const search = Object.entries(query)
          .map(([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`)
          .join('&');
        if (filled.startsWith('/api/v1/live')) return;
        const reply = await app.inject({ url: `${filled}?${search}` });
        assert.ok(reply.statusCode < 500, `${filled}?${search}: ${reply.statusCode} ${reply.payload}`);
      },
    ),
    { numRuns: 300 },
  );
});

test('a path that is no UTF-8 is refused', async () => {
  const body = await refusal('/api/v1/places/%E0%A4%A');
  assert.equal(body.field, 'path');
});

test('an unknown address is 404, a known one asked wrongly 405 with what it allows', async () => {
  assert.equal((await refusal('/api/v1/nothing')).code, 'HMT_HTTP_NOT_FOUND');
  for (const [method, url] of [
    ['POST', '/api/v1/places'],
    ['DELETE', '/api/v1/places/dakar'],
    ['PUT', '/predict'],
    ['PATCH', '/'],
    ['POST', '/weather/Dakar'],
  ] as const) {
    const reply = await app.inject({ method, url });
    assert.equal(reply.statusCode, 405, `${method} ${url}`);
    assert.match(String(reply.headers.allow), /GET/);
    assert.equal(reply.json().code, 'HMT_HTTP_METHOD');
  }
});

test('HEAD says what GET would, without a body', async () => {
  for (const url of ['/api/v1/places', '/fr', '/metrics', '/openapi.json', '/api/v1/live', '/weather/Dakar']) {
    const reply = await app.inject({ method: 'HEAD', url });
    assert.equal(reply.statusCode, 200, url);
    assert.equal(reply.payload, '');
  }
});

test('a browser elsewhere may ask first', async () => {
  const reply = await app.inject({
    method: 'OPTIONS',
    url: '/api/v1/places',
    headers: { origin: 'https://example.org', 'access-control-request-method': 'GET' },
  });
  assert.equal(reply.statusCode, 204);
  assert.equal(reply.headers['access-control-allow-origin'], '*');
});

test('/predict says what is wrong with a body', async () => {
  const post = async (payload: string | Buffer, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/predict', payload, headers: { 'content-type': type } });
  for (const payload of ['', '{', '[1,', 'null', '[]', '{"data":[]}', '\u0000', '{"__proto__":{}}']) {
    const reply = await post(payload);
    assert.equal(reply.statusCode, 422, `${payload}: ${reply.payload}`);
    assert.equal(reply.json().code, 'HMT_FORECAST_INPUT');
    assert.equal(typeof reply.json().field, 'string');
  }
  const text = await post('hello', 'text/plain');
  assert.equal(text.statusCode, 415);
  assert.equal(text.json().field, 'content-type');
  const large = await post(Buffer.alloc(1_048_577, ' '));
  assert.equal(large.statusCode, 413);
  assert.equal(large.json().code, 'HMT_HTTP_BODY_TOO_LARGE');
  const many = await post(JSON.stringify({ latitude: 1, longitude: 1, data: Array.from({ length: 10_001 }, () => 0) }));
  assert.equal(many.statusCode, 422);
  assert.equal(many.json().field, 'data');
});

test('a mistake of the program is a problem without its details', async () => {
  const broken = await serveApp({
    ...folder.input,
    program: { ...folder.input.program, reasons: () => Promise.reject(new TypeError('secret /home/someone')) },
  });
  const reply = await broken.inject('/readyz');
  assert.equal(reply.statusCode, 500);
  assert.equal(reply.json().code, 'HMT_HTTP_INTERNAL');
  assert.doesNotMatch(reply.payload, /secret|home|TypeError/);
  await broken.close();
});

test('a store that is full is the program’s trouble, and worth another try', async () => {
  const full = await serveApp({
    ...folder.input,
    program: { ...folder.input.program, reasons: () => Promise.reject(new HarmattanError('HMT_STORE_UNAVAILABLE')) },
  });
  assert.equal((await full.inject('/readyz')).statusCode, 503);
  await full.close();
});

test('an address that asks too often is told when to come back', async () => {
  const limited = await serveApp({ ...folder.input, options: { ...folder.input.options, rateLimitPerMinute: 3 } });
  const answers = [];
  for (let round = 0; round < 5; round++) answers.push(await limited.inject('/api/v1/places'));
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200, 429, 429],
  );
  const last = answers.at(-1);
  assert.equal(last?.json().code, 'HMT_HTTP_RATE_LIMITED');
  assert.ok(Number(last?.headers['retry-after']) > 0);
  assert.equal((await limited.inject('/nowhere')).statusCode, 429);
  assert.equal((await limited.inject('/healthz')).statusCode, 200);
  await limited.close();
});

test('a proxy is believed only when it is configured', async () => {
  const ask = async (trustedProxies: readonly string[]) => {
    const behind = await serveApp({
      ...folder.input,
      options: { ...folder.input.options, trustedProxies: [...trustedProxies], rateLimitPerMinute: 1 },
    });
    const from = (address: string) => behind.inject({ url: '/api/v1/places', headers: { 'x-forwarded-for': address } });
    const codes = [(await from('203.0.113.1')).statusCode, (await from('203.0.113.2')).statusCode];
    await behind.close();
    return codes;
  };
  assert.deepEqual(await ask([]), [200, 429]);
  assert.deepEqual(await ask(['127.0.0.1']), [200, 200]);
});
