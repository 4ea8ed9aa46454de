import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import {
  documentOf,
  exported,
  getJson,
  originalRecord,
  outputOf,
  startRun,
  temporaryFolder,
  until,
} from './program.ts';

const REGIONS = JSON.parse(readFileSync('regions/senegal.json', 'utf8')) as readonly {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}[];
/** The original producer asks for now and for eleven minutes ago. */
const APART_S = 660;

test('the original producer’s message, its forecast client and its front end work unchanged', async (t) => {
  const folder = temporaryFolder(t, 'original');
  const run = await startRun(t, ['--data', folder, '--source', 'none']);
  const nowS = Math.floor(Date.now() / 1000);
  const message = REGIONS.flatMap(({ name, latitude, longitude }, index) => [
    originalRecord(name, latitude, longitude, nowS, 25 + index / 10),
    originalRecord(name, latitude, longitude, nowS - APART_S, 24 + index / 10),
  ]);
  assert.equal(message.length, 26);
  assert.equal(await outputOf(['publish', '--data', folder], { input: `${JSON.stringify(message)}\n` }), 'acked 1\n');
  const rows = await until('all 26 are stored', async () => {
    const found = await exported<{ placeId: string; source: string; temperatureC: number }>(folder);
    return found.length >= 26 ? found : null;
  });
  assert.equal(rows.length, 26);
  assert.ok(rows.every(({ source }) => source === 'openweathermap'));
  assert.equal(new Set(rows.map(({ placeId }) => placeId)).size, 13);

  // The message again, as after the original consumer's restarts: nothing doubles.
  await outputOf(['publish', '--data', folder], { input: `${JSON.stringify(message)}\n` });
  await until('the second one is read', async () => {
    const { stages } = await documentOf<{ stages: { name: string; lagMessages: number }[] }>([
      'status',
      '--data',
      folder,
    ]);
    return stages.find(({ name }) => name === 'process')?.lagMessages === 0;
  });
  assert.equal((await exported(folder)).length, 26);
  assert.equal((await documentOf<{ ok: boolean }>(['verify', '--data', folder])).ok, true);

  for (const { name } of REGIONS) {
    const weather = await getJson<{ temp: number; timestamp: string; region: string }[]>(
      `${run.url}/weather/${encodeURIComponent(name)}`,
    );
    assert.equal(weather.length, 2, name);
    // The front end takes the last element as now and splits the time at the space.
    assert.equal(Date.parse(`${weather.at(-1)?.timestamp.replace(' ', 'T')}Z`), nowS * 1000);
    const predictions = await until(`${name} has its three hours`, async () => {
      const found = await getJson<{ timestamp: string; temperature: number }[]>(
        `${run.url}/predictions/${encodeURIComponent(name)}`,
      );
      return found.length === 3 ? found : null;
    });
    assert.ok(predictions.every(({ temperature }) => Number.isFinite(temperature)));
  }

  const reply = await getWithBody(run.url, '/predict/', {
    latitude: 14.73,
    longitude: -17.5,
    data: [{ ds: '2023-07-22 12:54:00', y: 30.1 }],
  });
  assert.deepEqual(
    reply.predictions.map(({ timestamp }) => timestamp),
    ['2023-07-22 13:00:00', '2023-07-22 14:00:00', '2023-07-22 15:00:00'],
  );
  assert.ok(reply.predictions.every(({ temperature }) => temperature > 15 && temperature < 45));
});

interface Predictions {
  readonly predictions: readonly { readonly timestamp: string; readonly temperature: number }[];
}

/** What Python's `requests.get(url, json=payload)` does: a GET with a body, which `fetch` refuses to send. */
function getWithBody(url: string, path: string, payload: unknown): Promise<Predictions> {
  const body = JSON.stringify(payload);
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => {
      assert.match(text, /^HTTP\/1\.1 200 /);
      resolve(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Predictions);
    });
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUser-Agent: python-requests/2.31.0\r\nAccept: */*\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}
