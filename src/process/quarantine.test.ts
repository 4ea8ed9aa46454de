import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MemoryJournal } from '../../test/memory-journal.ts';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { type ManualClock, manualClock } from '../core/time.ts';
import type { JournalMessage } from '../journal/journal.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { type Place, parsePlaces } from '../weather/place.ts';
import { processOptions } from './config.ts';
import { quarantinedEntry, REPLAY_HEADER, replayQuarantine, shownEntry } from './quarantine.ts';
import { processStage } from './runner.ts';

const [dakar, matam] = parsePlaces([
  { name: 'Dakar', latitude: 14.7, longitude: -17.5 },
  { name: 'Matam', latitude: 15.65, longitude: -13.25 },
]) as readonly [Place, Place];
const slotAt = Date.UTC(2026, 6, 22, 12, 45);

let folder: string;
let clock: ManualClock;
let journal: MemoryJournal;
let store: Store;

const item = (name: string, temperature: unknown = 30, more = {}) => ({
  region_name: name,
  data_dt: slotAt / 1000,
  data_temp: temperature,
  ...more,
});
const raw = (text: string, key: string | null = null): JournalMessage => ({
  key,
  headers: {},
  value: Buffer.from(text),
});

const drain = (places: readonly Place[], quarantineBytes = 4096) =>
  processStage({
    journal,
    store,
    places,
    context: { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter },
    options: processOptions.parse({ quarantineBytes }),
  }).drain();

const ids = async () => (await store.quarantine.query({ limit: 100 })).items.map(({ id }) => id);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harmattan-quarantine-'));
  clock = manualClock(slotAt + 3000);
  journal = new MemoryJournal(clock, 1);
  store = sqliteStore({
    folder,
    clock,
    logger: silentLogger,
    nature: 'live',
    preference: [],
    retentionDays: null,
    watchForeignMs: null,
  });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('replayQuarantine', () => {
  it('gives a row once the place is there, and the entry is gone', async () => {
    await journal.append('observations', [raw(JSON.stringify([item('Dakar'), item('Matam'), item('Matam', 'hot')]))]);
    await drain([dakar]);
    assert.deepEqual(await ids(), ['observations/0/0/1', 'observations/0/0/2']);

    const report = await replayQuarantine({ store, journal, reason: 'HMT_PROCESS_PLACE_UNKNOWN' });
    assert.deepEqual(report, { replayed: ['observations/0/0/1', 'observations/0/0/2'], left: [] });
    assert.deepEqual(await ids(), []);
    assert.equal(journal.records[1]?.headers[REPLAY_HEADER], 'observations/0/0/1');

    await drain([dakar, matam]);
    assert.ok(await store.observations.get({ placeId: 'matam', validAt: slotAt, source: 'openweathermap' }));
    assert.deepEqual(await ids(), ['observations/0/2/0'], 'what is still bad comes back as a new entry');
  });

  it('replays the chosen ids only, and refuses an unknown one before it does anything', async () => {
    await journal.append('observations', [raw('a'), raw('b')]);
    await drain([dakar]);
    const unknown = replayQuarantine({ store, journal, ids: ['observations/0/0/0', 'nonsense'] });
    await assert.rejects(unknown, { code: 'HMT_QUARANTINE_UNKNOWN' });
    assert.equal(journal.records.length, 2);
    await replayQuarantine({ store, journal, ids: ['observations/0/1/0', 'observations/0/1/0'] });
    assert.deepEqual(await ids(), ['observations/0/0/0']);
    assert.equal(Buffer.from(journal.records[2]?.value ?? []).toString(), 'b');
  });

  it('does nothing but say so in a dry run', async () => {
    await journal.append('observations', [raw('a')]);
    await drain([dakar]);
    const report = await replayQuarantine({ store, journal, dryRun: true });
    assert.deepEqual(report.replayed, ['observations/0/0/0']);
    assert.deepEqual(await ids(), ['observations/0/0/0']);
    assert.equal(journal.records.length, 1);
  });

  it('keeps the entry when the journal refuses the append, and doubles no row when it died in between', async () => {
    await journal.append('observations', [raw(JSON.stringify(item('Matam')))]);
    await drain([dakar]);
    const refusing = Object.assign(Object.create(journal), { append: () => Promise.reject(new Error('full')) });
    await assert.rejects(replayQuarantine({ store, journal: refusing }));
    assert.equal((await ids()).length, 1);

    const dying: Store = {
      ...store,
      quarantine: { ...store.quarantine, remove: () => Promise.reject(new Error('killed')) },
    };
    await assert.rejects(replayQuarantine({ store: dying, journal }));
    await replayQuarantine({ store, journal });
    await drain([dakar, matam]);
    assert.equal(journal.records.length, 3);
    assert.equal((await store.observations.extent())?.count, 1);
    assert.deepEqual(await ids(), []);
  });

  it('takes bytes that were cut from the journal, and leaves them when the journal has lost them', async () => {
    const long = JSON.stringify([item('Dakar'), item('Matam', 30, { note: 'é'.repeat(2000) })]);
    await journal.append('observations', [raw(long)]);
    await drain([dakar], 1024);
    const [id = ''] = await ids();
    assert.equal((await quarantinedEntry(store, id)).value.byteLength, 1024);

    const [record] = journal.records.splice(0);
    const { left } = await replayQuarantine({ store, journal });
    assert.match(left[0]?.why ?? '', /cut/);
    assert.deepEqual(await ids(), [id]);

    if (record) journal.records.push(record);
    await replayQuarantine({ store, journal });
    assert.deepEqual(JSON.parse(Buffer.from(journal.records[1]?.value ?? []).toString()), JSON.parse(long)[1]);
  });
});

describe('bodies of providers', () => {
  const poll = {
    source: 'open-meteo',
    slotAt,
    startedAt: slotAt,
    finishedAt: slotAt + 1,
    backfill: false,
    cost: 1,
    calls: 1,
    readings: 0,
    missing: [],
    undecodable: [
      {
        placeIds: ['dakar', 'matam'],
        slotAts: [slotAt],
        code: 'HMT_POLL_UNDECODABLE',
        detail: 'It is not JSON.',
        bodyBase64: Buffer.from('{"temp":31').toString('base64'),
        bodyBytes: 10,
      },
    ],
  };

  it('go through their source’s decoder with what they were the answer to', async () => {
    await journal.append('polls', [raw(JSON.stringify(poll))]);
    await drain([dakar, matam]);
    assert.match((await replayQuarantine({ store, journal })).left[0]?.why ?? '', /no decoder/);

    const failing = await replayQuarantine({
      store,
      journal,
      decodeBody: () => Promise.reject(new Error('cut short')),
    });
    assert.match(failing.left[0]?.why ?? '', /still cannot be decoded: cut short/);

    const report = await replayQuarantine({
      store,
      journal,
      decodeBody: async ({ source, body, placeIds, slotAts }) => {
        assert.deepEqual([source, Buffer.from(body).toString()], ['open-meteo', '{"temp":31']);
        assert.deepEqual([placeIds, slotAts], [['dakar', 'matam'], [slotAt]]);
        return placeIds.map((id) => raw(JSON.stringify(item(id, 31, { hmt_slotAt: slotAt })), id));
      },
    });
    assert.equal(report.replayed.length, 1);
    await drain([dakar, matam]);
    assert.equal((await store.observations.extent())?.count, 2);
    const slots = await store.slots.get([{ placeId: 'matam', slotAt }]);
    assert.equal(slots[0]?.validAt, slotAt);
    assert.deepEqual(await ids(), []);
  });
});

describe('shownEntry', () => {
  it('shows text as text and other bytes in base64', async () => {
    const bytes = { key: null, headers: {}, value: Buffer.from([0xff, 0x00]) };
    await journal.append('observations', [raw('neither é nor JSON'), bytes]);
    await drain([dakar]);
    const [text, binary] = await Promise.all((await ids()).map((id) => quarantinedEntry(store, id)));
    assert.ok(text && binary);
    assert.equal(shownEntry(text).text, 'neither é nor JSON');
    assert.equal(shownEntry(text).receivedAt, '2026-07-22T12:45:03Z');
    assert.equal(shownEntry(binary).base64, '/wA=');
    const cut = { ...text, value: Buffer.from('neither é').subarray(0, 9), valueBytes: 30 };
    assert.deepEqual([shownEntry(cut).text, shownEntry(cut).cut], ['neither ', true]);
  });
});
