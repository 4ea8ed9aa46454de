import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { HarmattanError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/log.ts';
import { silentMeter } from '../../src/core/meter.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Clock } from '../../src/core/time.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/time.ts';
import { indexOptions } from '../../src/index/config.ts';
import { elasticsearchOptions } from '../../src/index/elasticsearch/config.ts';
import { elasticsearchIndex } from '../../src/index/elasticsearch/elasticsearch-index.ts';
import { indexStage } from '../../src/index/index-stage.ts';
import { reindex } from '../../src/index/reindex.ts';
import { observationMessage } from '../../src/journal/flat-record.ts';
import { processOptions } from '../../src/process/config.ts';
import { decoders } from '../../src/process/decoders.ts';
import { sqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Observation } from '../../src/weather/observation.ts';
import { loadPlaces } from '../../src/weather/place.ts';
import { noValues } from '../../src/weather/quantity.ts';
import { MemoryJournal } from '../memory-journal.ts';
import { originalRecord, runProgram } from '../program.ts';
import { opensearchAvailable } from '../servers/opensearch.ts';
import { skipWithout } from '../servers/tools.ts';
import { type SearchEngine, startSearchEngine } from './search-engine.ts';

const places = loadPlaces(new URL('../../regions/senegal.json', import.meta.url).pathname);
const slotAt = Date.UTC(2026, 6, 22, 12, 45);
const never = new AbortController().signal;
const skip = skipWithout('OpenSearch', opensearchAvailable());

describe('the search index against a real engine', { skip }, () => {
  let engine: SearchEngine;
  let folder: string;
  let journal: MemoryJournal;
  let store: Store;
  let name: string;
  let tests = 0;
  /** Pauses that were asked for; none is waited. */
  const pausesMs: number[] = [];
  const clock: Clock = {
    now: () => slotAt + MINUTE_MS,
    sleep: async (durationMs) => {
      pausesMs.push(durationMs);
      await turn();
    },
  };

  before(async () => {
    engine = await startSearchEngine();
  });
  after(() => engine?.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'harmattan-index-'));
    journal = new MemoryJournal(clock);
    store = sqliteStore({
      folder,
      clock,
      logger: silentLogger,
      nature: 'live',
      preference: ['open-meteo'],
      retentionDays: null,
      watchForeignMs: null,
    });
    name = `logs${++tests}`;
    pausesMs.length = 0;
  });
  afterEach(async () => {
    engine.proxy.demand(null);
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const indexWith = (options: Record<string, unknown> = {}) =>
    elasticsearchIndex({
      ...elasticsearchOptions.parse({ url: engine.proxy.url, index: name, timeoutMs: 60_000, ...options }),
      clock,
      random: seededRandom(1),
    });
  const stageWith = (options: Record<string, unknown> = {}) =>
    indexStage({
      journal,
      store,
      index: indexWith(options),
      decode: decoders({ places, options: processOptions.parse({}) }).observations,
      context: { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter },
      options: indexOptions.parse({ kind: 'elasticsearch' }),
    });

  function observation(placeId: string, validAt: number, temperatureC: number, receivedAt = validAt + 2000) {
    const values = { ...noValues(), temperatureC, pressureHpa: 1012.6 };
    const rest = { source: 'open-meteo', kind: 'analysis', issuedAt: null, condition: null } as const;
    const sun = { sunriseAt: null, sunsetAt: null };
    return { placeId, validAt, slotAt: validAt, receivedAt, values, flags: [], ...rest, ...sun } satisfies Observation;
  }
  async function append(...observations: readonly Observation[]): Promise<void> {
    const messages = observations.map((one) => {
      const place = places.find(({ id }) => id === one.placeId);
      assert.ok(place);
      return observationMessage(one, place, { stale: false, backfill: false });
    });
    await journal.append('observations', messages);
  }
  const round = (at: number) => places.map(({ id }, order) => observation(id, at, 25 + order));
  const failure = (code: string) => (error: unknown) => {
    assert.ok(error instanceof HarmattanError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };

  it('keeps one document per reading, with ECS fields and the original names', async () => {
    await append(...round(slotAt));
    await stageWith().drain();
    const documents = await engine.documents(name);
    assert.equal(documents.size, 13);
    const dakar = documents.get(`dakar/${slotAt}/open-meteo`);
    assert.ok(dakar);
    assert.equal(dakar['@timestamp'], '2026-07-22T12:45:00Z');
    assert.deepEqual(
      { ...(dakar.event as object), hash: null },
      {
        kind: 'metric',
        module: 'harmattan',
        dataset: 'harmattan.analysis',
        provider: 'open-meteo',
        id: `dakar/${slotAt}/open-meteo`,
        hash: null,
        created: '2026-07-22T12:45:02Z',
        ingested: '2026-07-22T12:46:00Z',
      },
    );
    const { region_name, data_temp, data_pressure, hmt_pressureHpa, data_dt, slotAt: slot } = dakar;
    assert.deepEqual(
      { region_name, data_temp, data_pressure, hmt_pressureHpa, data_dt, slot },
      {
        region_name: 'Dakar',
        data_temp: 26,
        data_pressure: 1013,
        hmt_pressureHpa: 1012.6,
        data_dt: slotAt / 1000,
        slot: '2026-07-22T12:45:00Z',
      },
    );
  });

  it('makes a document of every record of the original producer’s message of 26', async () => {
    const records = places.flatMap(({ name: region, latitude, longitude }) =>
      [0, 660].map((ago) => originalRecord(region, latitude, longitude, slotAt / 1000 - ago, 30)),
    );
    await journal.append('observations', [{ key: null, headers: {}, value: Buffer.from(JSON.stringify(records)) }]);
    await stageWith().drain();
    const documents = await engine.documents(name);
    assert.equal(documents.size, 26);
    assert.ok([...documents.values()].every(({ data_weather_main }) => data_weather_main === 'Clouds'));
  });

  it('doubles nothing when the journal is read again from its start, and goes on where it was otherwise', async () => {
    await append(...round(slotAt));
    await stageWith().drain();
    assert.equal(await stageWith().drain(), 0, 'its own position is kept in the store');
    await append(...round(slotAt + 15 * MINUTE_MS));
    assert.equal(await stageWith().drain(), 13);
    const again = sqliteStore({
      folder: join(folder, 'empty'),
      clock,
      logger: silentLogger,
      nature: 'live',
      preference: [],
      retentionDays: null,
      watchForeignMs: null,
    });
    const kept = store;
    store = again;
    assert.equal(await stageWith().drain(), 26, 'a store without positions begins anew');
    store = kept;
    await again.close();
    assert.equal((await engine.documents(name)).size, 26);
  });

  it('lets a correction replace its reading, and never an older arrival', async () => {
    await append(observation('dakar', slotAt, 25), observation('dakar', slotAt, 27.5, slotAt + HOUR_MS));
    await append(observation('dakar', slotAt, 25));
    await stageWith().drain();
    const documents = await engine.documents(name);
    assert.equal(documents.size, 1);
    assert.equal(documents.get(`dakar/${slotAt}/open-meteo`)?.data_temp, 27.5);
  });

  it('leaves the first arrival of a reading as it is when the same values come again for a later slot', async () => {
    const first = observation('dakar', slotAt, 25);
    const again = { ...first, slotAt: slotAt + 15 * MINUTE_MS, receivedAt: slotAt + 15 * MINUTE_MS };
    await append(first);
    await stageWith().drain();
    await append(again, { ...again, receivedAt: again.receivedAt + 1 });
    await stageWith().drain();
    const document = (await engine.documents(name)).get(`dakar/${slotAt}/open-meteo`);
    assert.equal(document?.slotAt, '2026-07-22T12:45:00Z');
    assert.equal(document?.hmt_receivedAt, first.receivedAt);
  });

  it('sends again only what the engine was too busy for', async () => {
    await append(...round(slotAt));
    const before = engine.proxy.bulks.length;
    engine.proxy.spoil({ kind: 'busy', of: (item) => item % 3 === 0 }, { kind: 'busy', of: (item) => item === 0 });
    await stageWith().drain();
    assert.deepEqual(engine.proxy.bulks.slice(before), [13, 5, 1]);
    assert.equal((await engine.documents(name)).size, 13);
    assert.ok(pausesMs.length === 2 && pausesMs.every((pauseMs) => pauseMs >= 100), String(pausesMs));
  });

  it('waits as long as a busy engine asks for', async () => {
    await append(...round(slotAt));
    engine.proxy.spoil({ kind: 'reply', status: 429, headers: { 'retry-after': '7' } }, { kind: 'reply', status: 503 });
    await stageWith().drain();
    assert.equal(pausesMs[0], 7000);
    assert.equal(pausesMs.length, 2);
    assert.equal((await engine.documents(name)).size, 13);
  });

  it('gives a batch up after its attempts, and loses nothing of it', async () => {
    await append(...round(slotAt));
    engine.proxy.spoil({ kind: 'reply', status: 503 }, { kind: 'reply', status: 503 }, { kind: 'reply', status: 503 });
    await assert.rejects(stageWith({ attempts: 3 }).drain(), failure('HMT_INDEX_BUSY'));
    assert.equal(await stageWith().drain(), 13);
    assert.equal((await engine.documents(name)).size, 13);
  });

  it('does a batch again when the engine hung, or did the work and its answer was lost', async () => {
    await append(...round(slotAt));
    engine.proxy.spoil({ kind: 'hang' });
    await assert.rejects(stageWith({ timeoutMs: 3_000 }).drain(), failure('HMT_INDEX_TIMEOUT'));
    engine.proxy.spoil({ kind: 'lose' });
    await assert.rejects(stageWith().drain(), failure('HMT_INDEX_UNREACHABLE'));
    assert.equal(await stageWith().drain(), 13);
    assert.equal((await engine.documents(name)).size, 13);
  });

  it('halves a request that is too large for the engine', async () => {
    await append(...round(slotAt));
    engine.proxy.spoil({ kind: 'reply', status: 413, body: '<html>too large</html>' });
    await stageWith().drain();
    assert.deepEqual(engine.proxy.bulks.slice(-2), [7, 6]);
    assert.equal((await engine.documents(name)).size, 13);
  });

  it('puts a document that the engine refuses into quarantine with the reason, and goes on', async () => {
    await engine.ask('PUT', `/_ingest/pipeline/${name}`, {
      processors: [{ fail: { if: "ctx.placeId == 'matam'", message: 'Matam is not taken here' } }],
    });
    await engine.ask('PUT', `/${name}`, { settings: { index: { default_pipeline: name } } });
    await append(...round(slotAt));
    assert.equal(await stageWith().drain(), 13);
    assert.equal((await engine.documents(name)).size, 12);
    const { items } = await store.quarantine.query({ limit: 10 });
    assert.equal(items.length, 1);
    const [entry] = items;
    assert.equal(entry?.code, 'HMT_INDEX_DOCUMENT');
    assert.equal(entry?.placeId, 'matam');
    assert.match(entry?.detail ?? '', /Matam is not taken here/);
    assert.equal(JSON.parse(Buffer.from(entry?.value ?? []).toString()).region_name, 'Matam');
  });

  it('says in one sentence what is wrong with the engine, without its secrets', async () => {
    await append(...round(slotAt));
    engine.proxy.demand(`Basic ${Buffer.from('writer:right-password').toString('base64')}`);
    const wrong = stageWith({ username: 'writer', password: 'wrong-password' }).drain();
    await assert.rejects(wrong, (error: Error) => {
      assert.ok(!error.message.includes('wrong-password'));
      return failure('HMT_INDEX_CREDENTIALS')(error);
    });
    assert.equal(await stageWith({ username: 'writer', password: 'right-password' }).drain(), 13);
    await assert.rejects(stageWith({ url: 'http://127.0.0.1:9' }).drain(), failure('HMT_INDEX_UNREACHABLE'));
  });

  it('waits while the index is blocked, and goes on when it is not', async () => {
    await append(...round(slotAt));
    const stage = stageWith();
    await stage.drain();
    await engine.ask('PUT', `/${name}/_settings`, { 'index.blocks.write': true });
    await append(...round(slotAt + 15 * MINUTE_MS));
    await assert.rejects(stage.drain(), failure('HMT_INDEX_BLOCKED'));
    await assert.rejects(stageWith().drain(), failure('HMT_INDEX_BLOCKED'));
    await engine.ask('PUT', `/${name}/_settings`, { 'index.blocks.write': null });
    assert.equal(await stageWith().drain(), 13);
    assert.equal((await engine.documents(name)).size, 26);
  });

  it('ends the program with exit code 3 and one sentence with the cure, where it is told not to wait', async () => {
    const refusal = async (settings: Readonly<Record<string, string>> = {}) => {
      const env = {
        HARMATTAN_INDEX_KIND: 'elasticsearch',
        HARMATTAN_INDEX_AT_START: 'exit',
        HARMATTAN_ELASTICSEARCH_URL: engine.proxy.url,
        HARMATTAN_ELASTICSEARCH_INDEX: name,
        HARMATTAN_LOG_LEVEL: 'silent',
        ...settings,
      };
      const data = ['--data', join(folder, 'program'), '--source', 'none', '--only', 'index'];
      const { code, out, err } = await runProgram(['run', ...data], { env });
      assert.deepEqual([code, out], [3, ''], err);
      assert.match(err, /^HMT_INDEX_[A-Z_]+: [^\n]+\n[^\n]+\n$/);
      assert.doesNotMatch(err, /wrong-password|Error:|\bat .*\.ts\b/);
      return err;
    };
    assert.match(await refusal({ HARMATTAN_ELASTICSEARCH_URL: 'http://127.0.0.1:9' }), /^HMT_INDEX_UNREACHABLE: /);
    await engine.ask('PUT', `/${name}`, { settings: { 'index.blocks.read_only_allow_delete': true } });
    assert.match(await refusal(), /^HMT_INDEX_BLOCKED: .*read_only_allow_delete.*\n.*PUT /);
    engine.proxy.demand(`Basic ${Buffer.from('writer:right-password').toString('base64')}`);
    const login = { HARMATTAN_ELASTICSEARCH_USERNAME: 'writer', HARMATTAN_ELASTICSEARCH_PASSWORD: 'wrong-password' };
    assert.match(await refusal(login), /^HMT_INDEX_CREDENTIALS: /);
  });

  it('refuses an index whose fields are others, naming the field', async () => {
    await engine.ask('PUT', `/${name}`, { mappings: { properties: { slotAt: { type: 'keyword' } } } });
    await append(...round(slotAt));
    await assert.rejects(stageWith().drain(), (error: Error) => {
      assert.match(error.message, /slotAt/);
      return failure('HMT_INDEX_MAPPING')(error);
    });
  });

  it('adds its fields to an index that Logstash made', async () => {
    await engine.ask('POST', `/${name}/_doc`, { '@timestamp': '2026-07-01T00:00:00Z', '@version': '1', data_temp: 31 });
    await append(...round(slotAt));
    await stageWith().drain();
    assert.equal((await engine.documents(name)).size, 14);
    const mapping = await engine.ask<Record<string, { mappings: { properties: Record<string, { type: string }> } }>>(
      'GET',
      `/${name}/_mapping`,
    );
    assert.equal(mapping[name]?.mappings.properties.slotAt?.type, 'date');
  });

  it('keeps a period’s documents in its own index behind the alias, the same at a replay', async () => {
    const rollover = { rollover: 'month' };
    const lastMonth = Date.UTC(2026, 5, 30, 23, 45);
    await append(...round(lastMonth), ...round(slotAt));
    await stageWith(rollover).drain();
    await reindexed(rollover);
    const documents = [...(await engine.documents(name)).values()];
    assert.equal(documents.length, 26);
    assert.deepEqual(new Set(documents.map(({ _index }) => _index)), new Set([`${name}-2026.06`, `${name}-2026.07`]));
  });

  it('drops what is older than its retention: documents of one index, whole indices of periods', async () => {
    for (const rollover of ['none', 'month', 'day']) {
      name = `kept-${rollover}`;
      journal = new MemoryJournal(clock);
      await append(...round(slotAt - 60 * DAY_MS), ...round(slotAt));
      const index = indexWith({ rollover, retentionDays: 20 });
      await index.prepare(never);
      const stage = indexStage({
        journal,
        store,
        index,
        decode: decoders({ places, options: processOptions.parse({}) }).observations,
        context: { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter },
        options: indexOptions.parse({ kind: 'elasticsearch' }),
      });
      await store.ingest.commit({ ...EMPTY_BATCH, positions: [0, 1, 2, 3].map(beginning) });
      await stage.drain();
      await engine.documents(name);
      assert.ok((await index.trim(clock.now(), never)) > 0, rollover);
      const left = [...(await engine.documents(name)).values()];
      assert.deepEqual(new Set(left.map((one) => one['@timestamp'])), new Set(['2026-07-22T12:45:00Z']), rollover);
      assert.equal(left.length, 13);
      assert.equal(await index.trim(clock.now(), never), 0);
    }
  });

  const EMPTY_BATCH = {
    journalId: 'memory',
    group: 'index',
    arrivals: [],
    slots: [],
    quarantined: [],
    providerForecasts: [],
    at: slotAt,
  };
  const beginning = (partition: number) => ({ topic: 'observations', partition, offset: 0 }) as const;

  async function reindexed(options: Record<string, unknown> = {}) {
    const input = { store, places, index: indexWith(options), clock, batch: 10, signal: never };
    return reindex({ ...input, from: 0, to: Number.MAX_SAFE_INTEGER });
  }

  it('is filled from the store where the journal has dropped the records', async () => {
    const arrivals = round(slotAt).map((one, offset) => ({ observation: one, partition: 0, offset, item: 0 }));
    await store.ingest.commit({ ...EMPTY_BATCH, positions: [], arrivals });
    const report = await reindexed();
    assert.deepEqual(report, { rows: 13, indexed: 13, kept: 0, refused: 0, unknownPlace: 0 });
    await append(observation('dakar', slotAt, 29, slotAt + HOUR_MS));
    await stageWith().drain();
    assert.equal((await reindexed()).kept, 13, 'the same values and a later arrival stay');
    const documents = await engine.documents(name);
    assert.equal(documents.size, 13);
    assert.equal(documents.get(`dakar/${slotAt}/open-meteo`)?.data_temp, 29);
  });

  it('describes the engine that answers', async () => {
    assert.match(
      await indexWith().describe(never),
      /^OpenSearch 2\.19\.1 answers at 127\.0\.0\.1:\d+; "logs\d+" holds 0 documents\.$/,
    );
  });
});
