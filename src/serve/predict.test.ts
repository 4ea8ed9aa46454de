import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { type SeededFolder, seededFolder } from './seeded.test.ts';
import { type RunningServer, startServer } from './server.ts';

const BODY = { latitude: 14.73, longitude: -17.5, data: [{ ds: '2023-07-22 12:54:00', y: 30.1 }] };
const REPLY = { predictions: [{ timestamp: '2023-07-22 13:00:00', temperature: 31 }] };

let folder: SeededFolder;
let server: RunningServer;
let seen: unknown[];

before(async () => {
  seen = [];
  folder = await seededFolder({ days: 0, http: { maxBodyBytes: 100_000 } });
  const { predict } = folder.input.program;
  const program = {
    ...folder.input.program,
    predict: (body: unknown) => {
      seen.push(body);
      return predict(body);
    },
  };
  server = await startServer({ ...folder.input, program });
});
after(async () => {
  await server.close();
  await folder.close();
});

/** What a client that is no browser sends, and all that comes back until the server or `done` ends it. */
function exchange(bytes: string | readonly string[], done: (text: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
      if (done(text)) socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    for (const part of [bytes].flat()) socket.write(part);
  });
}

/** To the byte what Python's `requests.get(url, json=payload)` sends. */
function pythonRequest(path: string, body: string, connection = 'keep-alive'): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: localhost:8000',
    'User-Agent: python-requests/2.31.0',
    'Accept-Encoding: gzip, deflate',
    'Accept: */*',
    `Connection: ${connection}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Content-Type: application/json',
    '',
    body,
  ].join('\r\n');
}

for (const path of ['/predict', '/predict/'])
  test(`GET ${path} with a body answers as the original did`, async () => {
    seen.length = 0;
    const text = await exchange(pythonRequest(path, JSON.stringify(BODY)), (all) => all.includes('}]}'));
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.deepEqual(JSON.parse(text.split('\r\n\r\n')[1] ?? ''), REPLY);
    assert.deepEqual(seen, [BODY]);
  });

test('two requests on one connection are answered in turn', async () => {
  const one = pythonRequest('/predict/', JSON.stringify(BODY));
  const text = await exchange(one + one, (all) => all.split('}]}').length === 3);
  assert.equal(text.split('HTTP/1.1 200 OK').length, 3);
});

test('a body that comes in chunks is read', async () => {
  const body = JSON.stringify(BODY);
  const head =
    'GET /predict/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  const chunks = [body.slice(0, 30), body.slice(30)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
  const text = await exchange([head, ...chunks, '0\r\n\r\n'], (all) => all.includes('}]}'));
  assert.match(text, /^HTTP\/1\.1 200 OK/);
});

test('a GET whose body is too long, no JSON, or absent is refused, and the connection is not stuck', async () => {
  const end = (all: string) => all.includes('"cure"');
  assert.match(
    await exchange(pythonRequest('/predict/', `"${'x'.repeat(200_000)}"`), end),
    /^HTTP\/1\.1 413 .*HMT_HTTP_BODY_TOO_LARGE/s,
  );
  assert.match(await exchange(pythonRequest('/predict/', '{"latitude":'), end), /^HTTP\/1\.1 422 .*"field":"body"/s);
  assert.match(await exchange('GET /predict HTTP/1.1\r\nHost: x\r\n\r\n', end), /^HTTP\/1\.1 422 .*"field":"body"/s);
});

test('POST answers the same', async () => {
  for (const path of ['/predict', '/predict/']) {
    const reply = await fetch(server.url + path, {
      method: 'POST',
      body: JSON.stringify(BODY),
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    assert.deepEqual(await reply.json(), REPLY);
  }
});

test('what is not HTTP is refused as a problem, and the socket closed', async () => {
  assert.match(
    await exchange('NONSENSE\r\n\r\n'),
    /^HTTP\/1\.1 400 .*application\/problem\+json.*HMT_HTTP_BAD_REQUEST/s,
  );
  assert.match(
    await exchange(`GET /?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
    /^HTTP\/1\.1 431 .*HMT_HTTP_BAD_REQUEST/s,
  );
});

test('Python itself, where it is installed, gets its forecast', async (context) => {
  const script = [
    'import sys',
    'try:',
    '    import requests',
    'except ImportError:',
    '    sys.exit(77)',
    `r = requests.get(sys.argv[1] + "/predict/", json=${JSON.stringify(BODY)}, timeout=10)`,
    'print(r.status_code, r.json()["predictions"][0]["temperature"])',
  ].join('\n');
  // Not spawnSync: the server answers from this very process.
  const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
    execFile('python3', ['-c', script, server.url], { timeout: 20_000 }, (error, out) =>
      resolve({ code: error?.code ?? 0, stdout: out }),
    );
  });
  if (code === 77 || code === 'ENOENT') return context.skip('Python with requests is not here');
  assert.equal(stdout.trim(), '200 31');
});
