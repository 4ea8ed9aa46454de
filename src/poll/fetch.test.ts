import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { HarmattanError } from '../core/errors.ts';
import type { TransportRequest } from '../core/transport.ts';
import { fetchTransport } from './fetch.ts';

const SECRET = '0123456789abcdef0123456789abcdef';
const transport = fetchTransport();
let server: Server;
let origin: string;
const seen: IncomingMessage[] = [];

const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  '/good': (_, response) => response.writeHead(200, { 'Content-Type': 'text/plain', 'X-Two': ['a', 'b'] }).end('hello'),
  '/status': (_, response) => response.writeHead(503, { 'Retry-After': '7' }).end('<html>no</html>'),
  '/empty': (_, response) => response.writeHead(204).end(),
  '/silent': () => {},
  '/stalled': (_, response) => response.writeHead(200).write('{"half":'),
  '/reset': (_, response) => {
    response.writeHead(200, { 'Content-Length': '1000' }).write('{"half":');
    setImmediate(() => response.destroy());
  },
  '/truncated-chunks': (request) => {
    request.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"half":');
    setImmediate(() => request.socket.end());
  },
  '/endless': (_, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384, 120)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
  '/gzip': (_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('zipped')),
  '/bomb': (_, response) =>
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))),
  '/redirect': (_, response) => response.writeHead(302, { Location: '/good?from=redirect' }).end('moved'),
  '/away': (_, response) =>
    response.writeHead(307, { Location: `${origin.replace('127.0.0.1', 'localhost')}/headers` }).end(),
  '/headers': (request, response) => response.writeHead(200).end(JSON.stringify(request.headers)),
  '/loop': (_, response) => response.writeHead(302, { Location: '/loop' }).end(),
  '/odd': (_, response) => response.writeHead(302, { Location: 'ftp://127.0.0.1/x' }).end(),
  '/no-location': (_, response) => response.writeHead(302).end('where?'),
};

before(async () => {
  server = createServer((request, response) => {
    seen.push(request);
    const route = routes[new URL(request.url ?? '/', 'http://x').pathname];
    if (route) route(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (path: string, more: Partial<TransportRequest> = {}) =>
  transport({
    url: `${origin}${path}?appid=${SECRET}`,
    headers: { 'user-agent': 'harmattan/test', 'x-api-key': SECRET },
    timeoutMs: 5000,
    maxBytes: 100_000,
    ...more,
  });

/** The error of a call; it must never hold the key or the path. */
async function failureOf(call: Promise<unknown>): Promise<HarmattanError> {
  const error = await call.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HarmattanError, String(error));
  const everything = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
  assert.equal(everything.includes(SECRET), false, everything);
  assert.equal(error.message.includes('appid'), false);
  return error;
}

test('a good answer comes with its status, its headers in lower case and its bytes', async () => {
  const reply = await ask('/good');
  assert.equal(reply.status, 200);
  assert.equal(reply.headers['content-type'], 'text/plain');
  assert.equal(reply.headers['x-two'], 'a, b');
  assert.equal(Buffer.from(reply.body).toString(), 'hello');
  assert.equal(seen.at(-1)?.headers['user-agent'], 'harmattan/test');
});

test('an error status is an answer, not an error', async () => {
  const reply = await ask('/status');
  assert.equal(reply.status, 503);
  assert.equal(reply.headers['retry-after'], '7');
  assert.equal(Buffer.from(reply.body).toString(), '<html>no</html>');
});

test('an answer without a body has no bytes', async () => {
  const reply = await ask('/empty');
  assert.equal(reply.status, 204);
  assert.equal(reply.body.length, 0);
});

test('a slow first byte is a timeout', async () => {
  const error = await failureOf(ask('/silent', { timeoutMs: 100 }));
  assert.equal(error.code, 'HMT_POLL_TIMEOUT');
});

test('a body that stalls is a timeout: the bound is on the whole exchange', async () => {
  const error = await failureOf(ask('/stalled', { timeoutMs: 100 }));
  assert.equal(error.code, 'HMT_POLL_TIMEOUT');
});

test('a connection reset inside the body is unreachable, not a short answer', async () => {
  const error = await failureOf(ask('/reset'));
  assert.equal(error.code, 'HMT_POLL_UNREACHABLE');
});

test('a chunked body that is cut short is unreachable, not a short answer', async () => {
  const error = await failureOf(ask('/truncated-chunks'));
  assert.equal(error.code, 'HMT_POLL_UNREACHABLE');
});

test('an endless body is cut off at the limit', async () => {
  const error = await failureOf(ask('/endless'));
  assert.equal(error.code, 'HMT_POLL_BODY_TOO_LARGE');
});

test('a body of exactly the limit is no byte too long', async () => {
  assert.equal((await ask('/good', { maxBytes: 5 })).body.length, 5);
  assert.equal((await failureOf(ask('/good', { maxBytes: 4 }))).code, 'HMT_POLL_BODY_TOO_LARGE');
});

test('gzip is unpacked, and the limit counts what comes out', async () => {
  assert.equal(Buffer.from((await ask('/gzip')).body).toString(), 'zipped');
  assert.equal((await failureOf(ask('/bomb'))).code, 'HMT_POLL_BODY_TOO_LARGE');
});

test('a redirect is followed', async () => {
  const reply = await ask('/redirect');
  assert.equal(reply.status, 200);
  assert.equal(seen.at(-1)?.url, '/good?from=redirect');
  assert.equal(seen.at(-1)?.headers['x-api-key'], SECRET);
});

test('a redirect to another site is followed without the key', async () => {
  const headers = JSON.parse(Buffer.from((await ask('/away')).body).toString()) as Record<string, string>;
  assert.equal(headers['user-agent'], 'harmattan/test');
  assert.equal(headers['x-api-key'], undefined);
});

test('redirects without end, and to something that is not the web, are given up', async () => {
  assert.equal((await failureOf(ask('/loop'))).code, 'HMT_POLL_UNREACHABLE');
  assert.equal((await failureOf(ask('/odd'))).code, 'HMT_POLL_UNREACHABLE');
});

test('a redirect that names no place is the answer', async () => {
  assert.equal((await ask('/no-location')).status, 302);
});

test('a port that nobody listens on, and an address that is none, are unreachable', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const refused = await failureOf(ask('', { url: `http://127.0.0.1:${port}/?appid=${SECRET}` }));
  assert.equal(refused.code, 'HMT_POLL_UNREACHABLE');
  assert.match(refused.message, /ECONNREFUSED/);
  for (const url of [`not a url ${SECRET}`, `file:///etc/passwd?${SECRET}`])
    assert.equal((await failureOf(ask('', { url }))).code, 'HMT_POLL_UNREACHABLE');
});

test('a call that is called off ends at once', async () => {
  const controller = new AbortController();
  const call = failureOf(ask('/silent', { signal: controller.signal }));
  setImmediate(() => controller.abort());
  assert.equal((await call).code, 'HMT_POLL_UNREACHABLE');
  assert.equal((await failureOf(ask('/good', { signal: controller.signal }))).code, 'HMT_POLL_UNREACHABLE');
});

test('a hundred calls at once all get their own answer', async () => {
  const replies = await Promise.all(Array.from({ length: 100 }, () => ask('/good')));
  assert.ok(replies.every((reply) => Buffer.from(reply.body).toString() === 'hello'));
});

/** A certificate that nobody signed but itself, and its key, DER in base64. */
const NOBODY = {
  certificate:
    'MIIBejCCAR+gAwIBAgIUU5txoPvoYckH/gdzR3OY7RwAWhIwCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEy' +
    'NjExMzQxOFoYDzIxMjYxMTAyMTEzNDE4WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQGG+13' +
    'VMIoXfauPAhflzKmO2T9BkoMf7QZmis0kyq1/8JYrUbd18k3H7ZDfMAGLJSFn1rT+/GpwSO1DPl2UWpeo1MwUTAdBgNVHQ4EFgQU' +
    'w4NHGFfJ4iwmjH7ZeF+nLxIUGbUwHwYDVR0jBBgwFoAUw4NHGFfJ4iwmjH7ZeF+nLxIUGbUwDwYDVR0TAQH/BAUwAwEB/zAKBggq' +
    'hkjOPQQDAgNJADBGAiEAo+cEjTEKH8NwuImScYKgATm1xVrJPv0nX0/OJBpSwMICIQDtP9E/Q3hAw//MYF6eBDgpgx+hYQ6sS/js' +
    '3f5alMKYkg==',
  key:
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjVKfeL52YNxiOYn+wS6lzUN9O+YkSUoIe8a62pJzb+ihRANCAAQG' +
    'G+13VMIoXfauPAhflzKmO2T9BkoMf7QZmis0kyq1/8JYrUbd18k3H7ZDfMAGLJSFn1rT+/GpwSO1DPl2UWpe',
};

test('a certificate that nobody vouches for, and a port without TLS, are told from a network that is down', async (t) => {
  const key = createPrivateKey({ key: Buffer.from(NOBODY.key, 'base64'), format: 'der', type: 'pkcs8' });
  const cert = `-----BEGIN CERTIFICATE-----\n${NOBODY.certificate}\n-----END CERTIFICATE-----\n`;
  const encrypted = createTlsServer({ key: key.export({ format: 'pem', type: 'pkcs8' }), cert }, (_, response) =>
    response.end('hello'),
  );
  await new Promise<void>((resolve) => encrypted.listen(0, '127.0.0.1', resolve));
  t.after(() => encrypted.close());
  const { port } = encrypted.address() as AddressInfo;
  const refused = await failureOf(ask('', { url: `https://127.0.0.1:${port}/?appid=${SECRET}` }));
  assert.equal(refused.code, 'HMT_POLL_TLS');
  assert.doesNotMatch(refused.message, new RegExp(SECRET));
  const plain = await failureOf(ask('', { url: `${origin.replace('http:', 'https:')}/?appid=${SECRET}` }));
  assert.equal(plain.code, 'HMT_POLL_TLS');
});
