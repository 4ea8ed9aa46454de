import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { silentLogger } from '../../core/log.ts';
import { silentMeter } from '../../core/meter.ts';
import { seededRandom } from '../../core/random.ts';
import { HOUR_MS, type Instant, MINUTE_MS, manualClock, toRfc3339 } from '../../core/time.ts';
import { parsePlaces } from '../../weather/place.ts';
import type { Source, SourceContext } from '../source.ts';
import { replayOptions } from './config.ts';
import { csvCells } from './decode.ts';
import { openRecording } from './open-recording.ts';
import { replayPlaces, replaySpan } from './replay-places.ts';
import { replaySource } from './source.ts';

const noon = Date.UTC(2024, 1, 15, 12);

function folderOf(context: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-replay-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const contextAt = (now: Instant): SourceContext => ({
  clock: manualClock(now),
  random: seededRandom(1),
  logger: silentLogger,
  meter: silentMeter,
  signal: new AbortController().signal,
  transport: async () => assert.fail('a replay needs no transport'),
});

const places = parsePlaces([
  { name: 'Dakar', latitude: 14.7333, longitude: -17.5 },
  { name: 'Matam', latitude: 15.65, longitude: -13.25 },
]);

/** `[place, minutes after noon, °C]` as an export writes it. */
const csvOf = (rows: readonly (readonly [string, number, number | string])[]): string =>
  [
    'placeId,validAt,source,kind,temperatureC,humidityPct,conditionId,condition',
    ...rows.map(
      ([id, minutes, celsius]) =>
        `${id},${toRfc3339(noon + minutes * MINUTE_MS)},open-meteo,analysis,${celsius},,802,"scattered, ""high"" clouds"`,
    ),
    '',
  ].join('\n');

const given = async (source: Source, slotAt: Instant) =>
  (await source.fetch(places, slotAt, contextAt(slotAt + MINUTE_MS))).readings.map(({ observation }) => [
    observation.placeId,
    (observation.validAt - noon) / MINUTE_MS,
    observation.slotAt === null ? null : (observation.slotAt - noon) / MINUTE_MS,
    observation.values.temperatureC,
  ]);

test('a CSV export is replayed slot by slot, and a gap stays a gap', async (context) => {
  const folder = folderOf(context, {
    'feed.csv': csvOf([
      ['dakar', 0, 20],
      ['matam', 0, 30],
      ['dakar', 15, 21],
      ['dakar', 30, 22],
      ['matam', 30, 32],
    ]),
  });
  const options = replayOptions.parse({ file: join(folder, 'feed.csv') });
  const source = await replaySource(options);
  assert.equal(source.capabilities.publishedEveryMs, 15 * MINUTE_MS);
  assert.deepEqual(await replaySpan(options), {
    from: noon,
    to: noon + 45 * MINUTE_MS,
    everyMs: 15 * MINUTE_MS,
  });
  assert.deepEqual(await given(source, noon), [
    ['dakar', 0, 0, 20],
    ['matam', 0, 0, 30],
  ]);
  assert.deepEqual(await given(source, noon + 15 * MINUTE_MS), [['dakar', 15, 15, 21]]);
  assert.deepEqual(await given(source, noon + 30 * MINUTE_MS), [
    ['dakar', 30, 30, 22],
    ['matam', 30, 30, 32],
  ]);
  assert.deepEqual(await given(source, noon + 45 * MINUTE_MS), []);
});

test('a reading keeps its kind, its condition in words and its absent quantities', async (context) => {
  const folder = folderOf(context, { 'feed.csv': csvOf([['dakar', 0, 20.5]]) });
  const source = await replaySource(replayOptions.parse({ file: join(folder, 'feed.csv') }));
  const { readings } = await source.fetch(places, noon, contextAt(noon));
  const observation = readings[0]?.observation;
  assert.deepEqual(
    [observation?.source, observation?.kind, observation?.values.humidityPct, observation?.condition?.description],
    ['replay', 'analysis', null, 'scattered, "high" clouds'],
  );
  assert.equal(observation?.receivedAt, noon);
});

test('nothing is given before the clock has reached it', async (context) => {
  const folder = folderOf(context, {
    'feed.csv': csvOf([
      ['dakar', 0, 20],
      ['dakar', 15, 21],
    ]),
  });
  const source = await replaySource(replayOptions.parse({ file: join(folder, 'feed.csv') }));
  const slots = [noon, noon + 15 * MINUTE_MS];
  const result = await source.backfill?.(places, slots, contextAt(noon + 5 * MINUTE_MS));
  assert.deepEqual(
    result?.readings.map(({ observation }) => observation.validAt),
    [noon],
  );
});

test('readings at times of their own answer the slot after them; closer ones come along without a slot', async (context) => {
  const folder = folderOf(context, {
    'feed.ndjson': [-55, -20, -9, 51]
      .map((minutes) =>
        JSON.stringify({ placeId: 'dakar', validAt: toRfc3339(noon + minutes * MINUTE_MS), temperatureC: minutes }),
      )
      .join('\r\n'),
  });
  const source = await replaySource(replayOptions.parse({ file: join(folder, 'feed.ndjson'), everyMinutes: 60 }));
  assert.deepEqual(await given(source, noon), [
    ['dakar', -55, null, -55],
    ['dakar', -20, null, -20],
    ['dakar', -9, 0, -9],
  ]);
  const all = await source.backfill?.(places, [noon, noon + HOUR_MS], contextAt(noon + 2 * HOUR_MS));
  assert.deepEqual(
    all?.readings.map(({ observation }) => [
      (observation.validAt - noon) / MINUTE_MS,
      observation.slotAt === null ? null : (observation.slotAt - noon) / MINUTE_MS,
    ]),
    [
      [-55, null],
      [-20, null],
      [-9, 0],
      [51, 60],
    ],
  );
});

test('slots further apart than readings lose none of them', async (context) => {
  const rows = Array.from({ length: 13 }, (_, step) => ['dakar', step * 5, 20 + step] as const);
  const folder = folderOf(context, { 'feed.csv': csvOf(rows) });
  const source = await replaySource(replayOptions.parse({ file: join(folder, 'feed.csv') }));
  assert.equal(source.capabilities.publishedEveryMs, 5 * MINUTE_MS);
  const seen = [...(await given(source, noon)), ...(await given(source, noon + HOUR_MS))];
  assert.deepEqual(
    seen.map(([, minutes]) => minutes),
    rows.map(([, minutes]) => minutes),
  );
  assert.deepEqual(
    seen.filter(([, , slot]) => slot !== null).map(([, , slot]) => slot),
    [0, 60],
  );
});

test('slots closer together than readings share one until it is a step old', async (context) => {
  const folder = folderOf(context, {
    'feed.csv': csvOf([
      ['dakar', 0, 20],
      ['dakar', 60, 21],
      ['dakar', 180, 22],
    ]),
  });
  const source = await replaySource(replayOptions.parse({ file: join(folder, 'feed.csv') }));
  const answered: (number | string | null | undefined)[] = [];
  for (let quarter = 0; quarter <= 12; quarter++)
    answered.push((await given(source, noon + quarter * 15 * MINUTE_MS))[0]?.[1] ?? null);
  assert.deepEqual(answered, [0, 0, 0, 0, 60, 60, 60, 60, null, null, null, null, 180]);
});

test('lines that cannot be used are counted and named, and the rest is replayed', async (context) => {
  const good = csvOf([['dakar', 0, 20]]);
  const bad = [
    'dakar,yesterday,x,observation,20,,,',
    'dakar,2024-02-15T12:15:00Z,x,observation,,,,',
    'dakar,2024-02-15T12:15:00Z,x,observation,warm,,,',
    'dakar,2024-02-15T12:15:00Z',
    '"dakar,2024-02-15T12:15:00Z,x,observation,20,,,',
    ',2024-02-15T12:15:00Z,x,observation,20,,,',
  ];
  const folder = folderOf(context, { 'feed.csv': `\uFEFF${good}${bad.join('\n')}\n` });
  const options = replayOptions.parse({ file: join(folder, 'feed.csv') });
  const { badLines, readingCount } = await openRecording(options);
  assert.equal(readingCount, 1);
  assert.equal(badLines.count, bad.length);
  assert.deepEqual(
    badLines.first.map(({ line, reason }) => `${line}: ${reason}`),
    [
      '3: validAt is absent or not an RFC 3339 time',
      '4: temperatureC is absent',
      '5: a quantity is not a number',
      '6: it has 2 cells where the header has 8',
      '7: a quote is not closed',
      '8: placeId is absent or not a text of at most 64 characters',
    ],
  );
  const findings = await (await replaySource(options)).probe?.(contextAt(noon));
  assert.match(findings?.[1]?.finding ?? '', /6 lines cannot be used; the first is .*feed\.csv, line 3/);
});

test('a recording that cannot be used at all says which file and line', async (context) => {
  const folder = folderOf(context, {
    'nothing.csv': 'placeId,validAt,temperatureC\ndakar,noon,1\n',
    'header.csv': 'place,when,temp\n',
    'station.csv': 'time_utc,temp_c\n2024-02-15T12:00Z,1\n',
    'feed.csv.gz': gzipSync('x'),
    'empty.ndjson': '',
  });
  const opened = (name: string | null) => openRecording(replayOptions.parse({ file: name && join(folder, name) }));
  await assert.rejects(opened('nothing.csv'), {
    code: 'HMT_POLL_REPLAY_FILE',
    message: /nothing\.csv, line 2: validAt/,
  });
  await assert.rejects(opened('header.csv'), { code: 'HMT_POLL_REPLAY_FILE', message: /no column placeId/ });
  await assert.rejects(opened('station.csv'), { code: 'HMT_POLL_REPLAY_FILE', message: /name its folder/ });
  await assert.rejects(opened('feed.csv.gz'), { code: 'HMT_POLL_REPLAY_FILE', message: /decompress it first/ });
  await assert.rejects(opened('empty.ndjson'), { code: 'HMT_POLL_REPLAY_FILE', message: /holds no reading/ });
  await assert.rejects(opened('absent.csv'), { code: 'HMT_POLL_REPLAY_FILE', message: /ENOENT/ });
  await assert.rejects(opened(null), { code: 'HMT_POLL_REPLAY_FILE' });
  await assert.rejects(openRecording(replayOptions.parse({ file: folder })), { message: /stations\.csv: ENOENT/ });
});

test('a folder of stations gives places with coordinates, plain or compressed, within the span', async (context) => {
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, hour) => `${toRfc3339(noon + (from + hour) * HOUR_MS)},${from + hour}.5`);
  const folder = folderOf(context, {
    'stations.csv': 'file,lat,lon,note\nsn-one,14.5,-17.25,"a, b"\nsn-two,15,-16,\nsn-old,13,-15,\nsn-absent,12,-14,\n',
    'sn-one.csv': ['time_utc,temp_c', ...rows(-2, 3), 'never,1'].join('\n'),
    'sn-two.csv.gz': gzipSync(
      ['time_utc,temp_c', ...rows(0, 1), ...rows(2, 4)]
        .reverse()
        .join('\n')
        .replace(/^(.*)\n([\s\S]*)\n(time_utc,temp_c)$/, '$3\n$1\n$2'),
    ),
    'sn-old.csv': ['time_utc,temp_c', ...rows(-500, -400)].join('\n'),
  });
  const options = replayOptions.parse({ file: folder, from: toRfc3339(noon), to: toRfc3339(noon + 6 * HOUR_MS) });
  const found = await replayPlaces(options);
  assert.deepEqual(
    found.map(({ id, latitude, longitude }) => [id, latitude, longitude]),
    [
      ['sn-one', 14.5, -17.25],
      ['sn-two', 15, -16],
    ],
  );
  assert.deepEqual(await replaySpan(options), {
    from: noon,
    to: noon + 6 * HOUR_MS,
    everyMs: HOUR_MS,
  });
  const source = await replaySource(options);
  const slot = await source.fetch(found, noon + 2 * HOUR_MS, contextAt(noon + 2 * HOUR_MS));
  assert.deepEqual(
    slot.readings.map(({ observation }) => [observation.placeId, observation.values.temperatureC]),
    [
      ['sn-one', 2.5],
      ['sn-two', 2.5],
    ],
  );
  const gap = await source.fetch(found, noon + HOUR_MS, contextAt(noon + 2 * HOUR_MS));
  assert.deepEqual(
    gap.readings.filter(({ observation }) => observation.slotAt !== null).map(({ observation }) => observation.placeId),
    ['sn-one'],
  );
  assert.equal((await openRecording(options)).badLines.count, 1);
});

test('places without coordinates are taken from the known ones; without those it says what to do', async (context) => {
  const folder = folderOf(context, { 'feed.csv': csvOf([['matam', 0, 20]]) });
  const options = replayOptions.parse({ file: join(folder, 'feed.csv') });
  assert.deepEqual(await replayPlaces(options, places), [places[1]]);
  await assert.rejects(replayPlaces(options), { code: 'HMT_POLL_REPLAY_FILE', message: /places\.file/ });
  const withCoordinates = folderOf(context, {
    'feed.ndjson':
      '{"placeId":"podor","placeName":"Podor","validAt":"2024-02-15T12:00:00Z","temperatureC":1,"latitude":16.65,"longitude":-14.9667}\n',
  });
  const [podor] = await replayPlaces(replayOptions.parse({ file: join(withCoordinates, 'feed.ndjson') }));
  assert.deepEqual([podor?.id, podor?.name, podor?.latitude], ['podor', 'Podor', 16.65]);
});

test('a long file in any order is read by the block, and gives what is in it, once', async (context) => {
  const count = 6000;
  const minutes = Array.from({ length: count }, (_, index) => ((index * 7919) % count) * 5);
  const rows = minutes.flatMap((minute) => [
    ['dakar', minute, minute % 40] as const,
    ['matam', minute, minute % 41] as const,
  ]);
  const [first] = rows;
  assert.ok(first);
  const folder = folderOf(context, { 'feed.csv': csvOf([...rows, [first[0], first[1], 39.9]]) });
  const recording = await openRecording(replayOptions.parse({ file: join(folder, 'feed.csv') }));
  assert.equal(recording.readingCount, 2 * count + 1);
  for (const from of [0, 1234, 29_000]) {
    const readings = await recording.readings(noon + from * MINUTE_MS, noon + (from + 600) * MINUTE_MS);
    assert.deepEqual(
      readings
        .filter(({ placeId }) => placeId === 'dakar')
        .map(({ validAt, values }) => [validAt, values.temperatureC]),
      Array.from({ length: count }, (_, index) => index * 5)
        .filter((minute) => minute >= from && minute < from + 600)
        .map((minute) => [noon + minute * MINUTE_MS, minute % 40]),
    );
  }
});

test('CSV cells survive quoting, commas and quotes', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', ',', '"', ' ', 'é') }), { minLength: 1 }), (cells) => {
      const line = cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
      assert.deepEqual(csvCells(line), cells);
    }),
  );
  assert.deepEqual(csvCells('a,,"b",'), ['a', '', 'b', '']);
});

test('no bytes in a file end the program', async (context) => {
  const folder = folderOf(context, {});
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom('', 'placeId,validAt,temperatureC\n', '{"placeId":'),
      async (bytes, head) => {
        const path = join(folder, 'hostile');
        writeFileSync(path, Buffer.concat([Buffer.from(head), bytes]));
        await assert.rejects(openRecording(replayOptions.parse({ file: path })), { code: 'HMT_POLL_REPLAY_FILE' });
      },
    ),
    { numRuns: 100 },
  );
});

const measured = fileURLToPath(new URL('../../../../shared/data/hourly/', import.meta.url));

test('a month of measured stations is replayed with every reading given once and every gap left open', {
  skip: existsSync(measured) ? false : 'the measured stations are not beside the checkout',
}, async () => {
  const options = replayOptions.parse({
    file: measured,
    from: '2013-03-01',
    to: '2013-04-01',
    only: ['us-dallas', 'us-minneapolis-owm', 'cn-shenyang'],
  });
  const [found, span, source, recording] = await Promise.all([
    replayPlaces(options),
    replaySpan(options),
    replaySource(options),
    openRecording(options),
  ]);
  assert.deepEqual([found.length, span.everyMs], [3, HOUR_MS]);
  const keys = new Set<string>();
  let gaps = 0;
  for (let slotAt = span.from - 1 + span.everyMs; slotAt < span.to; slotAt += span.everyMs) {
    const { readings } = await source.fetch(found, slotAt, contextAt(slotAt));
    for (const { observation } of readings) keys.add(`${observation.placeId} ${observation.validAt}`);
    gaps += found.length - readings.filter(({ observation }) => observation.slotAt !== null).length;
  }
  assert.equal(keys.size, recording.readingCount);
  assert.equal(gaps, 3 * 31 * 24 - recording.readingCount);
  assert.ok(gaps > 100);
});
