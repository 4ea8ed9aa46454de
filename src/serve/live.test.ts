import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { MINUTE_MS, toRfc3339 } from '../core/time.ts';
import type { Slot } from '../ledger/ledger.ts';
import type { Observation } from '../weather/observation.ts';
import { noValues } from '../weather/quantity.ts';
import { promMeter } from './meter.ts';
import { NOW, type SeededFolder, type SeedOptions, seededFolder } from './seeded.test.ts';
import { type RunningServer, startServer } from './server.ts';

let folder: SeededFolder;
let server: RunningServer;
let offset = 10_000;
let meter = promMeter();

async function start(options: SeedOptions = {}): Promise<void> {
  folder = await seededFolder({ days: 0, ...options });
  meter = promMeter();
  server = await startServer({ ...folder.input, meter });
}
async function stop(): Promise<void> {
  await server.close();
  await folder.close();
}
before(() => start());
after(stop);
beforeEach(() => folder.clock.set(NOW));

/** One stored reading of a place: what the process stage commits. */
async function store(placeId: string, minutes: number, temperatureC = 30): Promise<void> {
  const validAt = NOW - (NOW % MINUTE_MS) + minutes * MINUTE_MS;
  const observation: Observation = {
    placeId,
    validAt,
    slotAt: validAt,
    receivedAt: validAt + 1000 + temperatureC,
    source: 'open-meteo',
    kind: 'analysis',
    issuedAt: null,
    values: { ...noValues(), temperatureC },
    condition: null,
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
  };
  await folder.store.ingest.commit({
    journalId: folder.journal.id,
    group: 'process',
    positions: [],
    arrivals: [{ observation, partition: 0, offset: offset++, item: 0 }],
    slots: [],
    quarantined: [],
    providerForecasts: [],
    at: NOW,
  });
}

interface Event {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** A listener that reads bytes as they come. */
class Listener {
  text = '';
  ended = false;
  readonly socket: Socket;
  #changed: () => void = () => {};

  constructor(headers: Readonly<Record<string, string>> = {}, url = server.url) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.socket.setEncoding('latin1');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, br\r\n${lines.join('')}\r\n`);
    this.socket.on('data', (chunk) => {
      this.text += chunk;
      this.#changed();
    });
    const end = () => {
      this.ended = true;
      this.#changed();
    };
    this.socket.on('close', end);
    this.socket.on('error', end);
  }

  /** Resolves once `ready` says so; fails after two seconds of real I/O. */
  async until(ready: (listener: Listener) => boolean): Promise<this> {
    const late = AbortSignal.timeout(2000);
    while (!ready(this)) {
      await new Promise<void>((resolve, reject) => {
        this.#changed = resolve;
        late.onabort = () => reject(new Error(`Nothing came. So far: ${this.text.slice(-500)}`));
      });
    }
    return this;
  }

  /** The stream's text without the chunks' lengths. */
  get body(): string {
    const [, ...rest] = this.text.split('\r\n\r\n');
    return rest.join('\r\n\r\n').replace(/(^|\r\n)[0-9a-f]+\r\n/g, '');
  }

  get events(): readonly Event[] {
    return (
      this.body
        .split('\n\n')
        // What stands after the last blank line is not whole yet.
        .slice(0, -1)
        .filter((block) => block.includes('data: '))
        .map((block) => ({
          event: /event: (.*)/.exec(block)?.[1] ?? '',
          id: /id: (.*)/.exec(block)?.[1] ?? '',
          data: JSON.parse(/data: (.*)/.exec(block)?.[1] ?? 'null'),
        }))
    );
  }

  close(): void {
    this.socket.destroy();
  }
}

const listening = (headers: Readonly<Record<string, string>> = {}) =>
  new Listener(headers).until(({ body }) => /id: .*\n\n/.test(body));

test('what is stored is seen by everybody who listens, one event each, uncompressed', async () => {
  const both = [await listening(), await listening()];
  await store('dakar', 0, 31);
  for (const listener of both) {
    await listener.until(({ events }) => events.length >= 1);
    assert.equal(listener.events.length, 1);
    const [first] = listener.events;
    assert.equal(first?.event, 'observation');
    assert.equal(first?.data.placeId, 'dakar');
    assert.equal(first?.data.temperatureC, 31);
    assert.equal(first?.data.correction, false);
    assert.match(first?.id ?? '', /^[A-Za-z0-9._-]+$/);
    assert.match(listener.text, /content-type: text\/event-stream/i);
    assert.match(listener.text, /x-accel-buffering: no/i);
    assert.match(listener.text, /access-control-allow-origin: \*/i);
    assert.doesNotMatch(listener.text, /content-encoding/i);
    assert.match(listener.body, /^retry: \d+\n\n/);
    listener.close();
  }
});

test('one event is written once for all who listen', async () => {
  const many = await Promise.all(Array.from({ length: 20 }, () => listening()));
  await store('thies', 1);
  for (const listener of many) await listener.until(({ events }) => events.length >= 1);
  const text = await meter.expose();
  const made = Number(/harmattan_serve_live_events_total\{event="observation"\} (\d+)/.exec(text)?.[1]);
  for (const listener of many) listener.close();
  assert.equal(made, 2, 'one of this test, one of the test before');
});

test('a slot that changes is an event of its own', async () => {
  const listener = await listening();
  const slotAt = NOW - (NOW % (15 * MINUTE_MS));
  const slot: Slot = {
    placeId: 'matam',
    slotAt,
    state: 'missing',
    reason: 'no-answer',
    detail: 'HMT_POLL_TIMEOUT',
    arrivedAt: null,
    validAt: null,
    source: null,
    version: 1,
  };
  await folder.store.slots.put([slot]);
  await listener.until(({ events }) => events.length >= 1);
  assert.equal(listener.events[0]?.event, 'slot');
  assert.equal(listener.events[0]?.data.state, 'missing');
  listener.close();
});

test('who comes back gets what it missed, nothing lost and nothing twice', async () => {
  const first = await listening();
  await store('dakar', 2);
  await first.until(({ events }) => events.length === 1);
  const lastId = first.events[0]?.id ?? '';
  first.close();
  for (let minute = 3; minute < 303; minute++) await store('dakar', minute);
  const second = new Listener({ 'last-event-id': lastId });
  for (let minute = 303; minute < 320; minute++) await store('dakar', minute);
  await second.until(({ events }) => events.length >= 317);
  const minutes = second.events.map(({ data }) => data.validAt);
  assert.equal(minutes.length, 317);
  assert.equal(new Set(minutes).size, 317);
  assert.deepEqual([...minutes].sort(), minutes);
  second.close();
});

/** What happened to alerts at an instant: as many entries as are named. */
async function happens(at: number, ...names: readonly string[]): Promise<void> {
  const changes = names.map((alertId) => {
    const value = { kind: 'news', at, news: 'firing', alertId, rule: 'disk-low', places: [], channels: [] };
    return { collection: 'alert-history', key: `${String(at).padStart(15, '0')}/${alertId}`, value, version: null };
  });
  await folder.store.documents.commit(changes);
}
const alertsOf = ({ events }: Listener) =>
  events.filter(({ event }) => event === 'alert').map(({ data }) => data.alertId);

test('who comes back gets the alerts that it missed, too, nothing lost and nothing twice', async () => {
  const first = await listening();
  await happens(NOW, 'a1', 'a2', 'a3');
  await folder.clock.advanceBy(3000);
  await first.until((listener) => alertsOf(listener).length === 3);
  // It was cut off between two entries of one instant.
  const [, second] = first.events.filter(({ event }) => event === 'alert');
  await store('dakar', 400);
  await first.until(({ events }) => events.some(({ event }) => event === 'observation'));
  const afterAll = first.events.find(({ event }) => event === 'observation')?.id ?? '';
  first.close();
  await happens(NOW + MINUTE_MS, 'b1', 'b2');
  await store('dakar', 401);
  for (const [index, id] of [second?.id ?? '', afterAll].entries()) {
    const back = new Listener({ 'last-event-id': id });
    await back.until((listener) => alertsOf(listener).includes('b2'));
    await happens(NOW + (2 + index) * MINUTE_MS, `c${index}`);
    await folder.clock.advanceBy(3000);
    await back.until((listener) => alertsOf(listener).includes(`c${index}`));
    assert.deepEqual(alertsOf(back), [...(index === 0 ? ['a3'] : []), 'b1', 'b2', ...['c0', 'c1'].slice(0, index + 1)]);
    const readings = back.events.filter(({ event }) => event === 'observation').map(({ data }) => data.validAt);
    assert.deepEqual([readings.length, new Set(readings).size], [2 - index, 2 - index]);
    back.close();
  }
});

test('an id that names no alerts, or alerts to come, begins with what comes next', async () => {
  const first = await listening();
  await store('dakar', 410);
  await first.until(({ events }) => events.length >= 1);
  const [position = ''] = (first.events[0]?.id ?? '').split('_');
  for (const [index, alerts] of ['', '_999999999999999-0', '_x'].entries()) {
    const back = new Listener({ 'last-event-id': `${position}${alerts}` });
    await store('thies', 411 + index);
    await back.until(({ events }) => events.length > index);
    await happens(NOW + (10 + index) * MINUTE_MS, `d${index}`);
    await folder.clock.advanceBy(3000);
    await back.until((listener) => alertsOf(listener).length > 0);
    assert.deepEqual(alertsOf(back), [`d${index}`]);
    back.close();
  }
  first.close();
});

test('two who come back at different places both end up with the present', async () => {
  const ids = await listening();
  for (let minute = 400; minute < 410; minute++) await store('podor', minute);
  await ids.until(({ events }) => events.length === 10);
  const [early, late] = [
    new Listener({ 'last-event-id': ids.events[1]?.id ?? '' }),
    new Listener({ 'last-event-id': ids.events[9]?.id ?? '' }),
  ];
  await early.until(({ events }) => events.length === 8);
  await store('podor', 410);
  await Promise.all([
    early.until(({ events }) => events.length === 9),
    late.until(({ events }) => events.length === 1),
  ]);
  assert.deepEqual(early.events.at(-1), late.events.at(-1));
  for (const listener of [ids, early, late]) listener.close();
});

test('who was away too long, or names a place that never was, is told to read again', async () => {
  const listener = new Listener({ 'last-event-id': 'zzz.1-1' });
  await listener.until(({ events }) => events.length >= 1);
  assert.equal(listener.events[0]?.event, 'reset');
  await store('kolda', 500);
  await listener.until(({ events }) => events.length >= 2);
  assert.equal(listener.events[1]?.event, 'observation');
  listener.close();
});

test('a heartbeat comes every 20 seconds of the clock', async () => {
  const listener = await listening();
  await folder.clock.advanceBy(19_000);
  assert.doesNotMatch(listener.body, /^: /m);
  await folder.clock.advanceBy(1000);
  await listener.until(({ body }) => /^: 2026-/m.test(body));
  await folder.clock.advanceBy(20_000);
  await listener.until(({ body }) => (body.match(/^: 2026-/gm) ?? []).length === 2);
  assert.equal(listener.events.filter(({ event }) => event === 'beat').length, 2);
  listener.close();
});

const metrics = async () => (await fetch(`${server.url}/metrics`)).text();

test('nobody listening, nothing is read and nobody sleeps', async () => {
  const listener = await listening();
  listener.close();
  await listener.until(({ ended }) => ended);
  for (let look = 0; look < 100 && !/live_clients 0/.test(await metrics()); look++) await folder.clock.settle();
  assert.match(await metrics(), /harmattan_serve_live_clients 0/);
  assert.equal(folder.clock.nextDueAt(), null);
});

test('a listener beyond the limit is told to come back, and one that does not read is dropped', async () => {
  await stop();
  await start({ http: { liveClients: 2, liveBufferBytes: 65_536 } });
  const [slow, quick] = [await listening(), await listening()];
  const third = await fetch(`${server.url}/api/v1/live`);
  assert.equal(third.status, 503);
  assert.equal(((await third.json()) as { code: string }).code, 'HMT_HTTP_BUSY');
  assert.ok(Number(third.headers.get('retry-after')) > 0);
  slow.socket.pause();
  let stored = 0;
  let dropped = 0;
  while (dropped === 0 && stored < 40_000) {
    for (let one = 0; one < 200; one++) await store('dakar', stored++);
    const newest = toRfc3339(NOW - (NOW % MINUTE_MS) + (stored - 1) * MINUTE_MS);
    await quick.until(({ text }) => text.includes(`"validAt":"${newest}"`));
    quick.text = quick.text.slice(-100);
    dropped = Number(/harmattan_serve_live_dropped_total (\d+)/.exec(await meter.expose())?.[1] ?? 0);
  }
  assert.equal(dropped, 1);
  assert.equal(quick.ended, false);
  for (const listener of [slow, quick]) listener.close();
});

test('closing the server ends every stream and does not wait for it', async () => {
  const listener = await listening();
  const startedAt = performance.now();
  await server.close();
  await listener.until(({ ended }) => ended);
  assert.ok(performance.now() - startedAt < 2000);
  server = await startServer({ ...folder.input, meter });
});
