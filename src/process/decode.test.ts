import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '../core/time.ts';
import { observationMessage } from '../journal/flat-record.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { Observation } from '../weather/observation.ts';
import { loadPlaces, type Place } from '../weather/place.ts';
import { noValues, QUANTITIES, QUANTITY_NAMES } from '../weather/quantity.ts';
import { observationDecoder } from './decode.ts';

const places = loadPlaces(new URL('../../regions/senegal.json', import.meta.url).pathname);
const [place] = places as readonly [Place, ...Place[]];
const appendedAt = Date.UTC(2026, 6, 22, 12, 45, 3);
const slotAt = Date.UTC(2026, 6, 22, 12, 45);

const options = { places, futureToleranceMs: HOUR_MS, maxDepth: 16, quarantineBytes: 4096 };
const decode = observationDecoder(options);

function recordOf(value: Uint8Array | string, offset = 7): JournalRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return { topic: 'observations', partition: 2, offset, key: null, headers: {}, value: bytes, appendedAt };
}

const decodeText = (text: string) => decode(recordOf(text));
const decodeItem = (fields: Record<string, unknown>) => decodeText(JSON.stringify([fields]));

/** One flat record as the original system's producer sends it. */
function originalItem(name: string, validAt: number): Record<string, string | number> {
  const at = validAt / 1000;
  return {
    lat: 14.7333,
    lon: -17.5,
    timezone: 'Africa/Dakar',
    timezone_offset: 0,
    region_name: name,
    data_dt: at,
    data_sunrise: at - 20_000,
    data_sunset: at + 20_000,
    data_temp: 30.17,
    data_feels_like: 36.2,
    data_pressure: 1012,
    data_humidity: 74,
    data_dew_point: 25.02,
    data_uvi: 10.4,
    data_clouds: 40,
    data_visibility: 10_000,
    data_wind_speed: 4.12,
    data_wind_deg: 270,
    data_wind_gust: 5.9,
    data_weather_id: 802,
    data_weather_main: 'Clouds',
    data_weather_description: 'partiellement nuageux',
    data_weather_icon: '03d',
  };
}

const good = originalItem('Dakar', slotAt);

/** The only reading of a decoded record. */
function only(decoded: ReturnType<typeof decode>): Observation {
  assert.deepEqual(decoded.quarantined, []);
  assert.equal(decoded.readings.length, 1);
  const [reading] = decoded.readings;
  assert.ok(reading);
  return reading.arrival.observation;
}

/** The only quarantine code of a record without readings. */
function refusal(decoded: ReturnType<typeof decode>): string {
  assert.equal(decoded.readings.length, 0);
  assert.equal(decoded.quarantined.length, 1);
  return decoded.quarantined[0]?.code ?? '';
}

describe('quantities', () => {
  const withoutWeather = { region_name: 'Dakar', data_dt: slotAt / 1000, data_temp: 20 };

  it('are read from the field that the table of quantities names, the exact value where there are two', () => {
    for (const name of QUANTITY_NAMES) {
      const { wireField, wireInteger, min } = QUANTITIES[name];
      const least = Math.ceil(min);
      const alone = only(decodeItem({ ...withoutWeather, [wireField]: least }));
      assert.deepEqual(alone.values, { ...noValues(), temperatureC: 20, [name]: least }, name);
      const exact = least + 0.25;
      const both = only(decodeItem({ ...withoutWeather, [wireField]: least, [`hmt_${name}`]: exact }));
      assert.equal(both.values[name], wireInteger ? exact : least, name);
    }
  });
});

describe('messages of the original producer', () => {
  it('gives 26 readings for its message of 13 places at two instants', () => {
    const items = places.flatMap(({ name }) => [originalItem(name, slotAt), originalItem(name, slotAt - 660_000)]);
    const { readings, quarantined } = decodeText(JSON.stringify(items));
    assert.equal(quarantined.length, 0);
    assert.equal(readings.length, 26);
    const keys = new Set(readings.map(({ arrival: { observation: o } }) => `${o.placeId} ${o.validAt} ${o.source}`));
    assert.equal(keys.size, 26);
    assert.deepEqual(
      readings.map(({ arrival }) => arrival.item),
      items.map((_, index) => index),
    );
  });

  it('reads what it says, and nothing that it does not say', () => {
    const observation = only(decodeItem(good));
    assert.deepEqual(observation, {
      placeId: 'dakar',
      validAt: slotAt,
      slotAt: null,
      receivedAt: appendedAt,
      source: 'openweathermap',
      kind: 'analysis',
      issuedAt: null,
      values: {
        temperatureC: 30.17,
        feelsLikeC: 36.2,
        dewPointC: 25.02,
        pressureHpa: 1012,
        humidityPct: 74,
        cloudCoverPct: 40,
        visibilityM: 10_000,
        windSpeedMps: 4.12,
        windFromDirectionDeg: 270,
        windGustMps: 5.9,
        uvIndex: 10.4,
        rain1hMm: null,
        snow1hMm: null,
      },
      condition: { id: 802, description: 'partiellement nuageux', icon: '03d' },
      sunriseAt: slotAt - 20_000_000,
      sunsetAt: slotAt + 20_000_000,
      flags: [],
    });
  });

  it('fills the slot that its time falls in where arrivals are expected', () => {
    const expecting = observationDecoder({ ...options, slotOf: (at) => Math.floor(at / 900_000) * 900_000 });
    const record = recordOf(JSON.stringify([originalItem('Dakar', slotAt + 240_000)]));
    assert.equal(only(expecting(record)).slotAt, slotAt);
  });

  it('takes one object for an array of one', () => {
    assert.equal(only(decodeText(JSON.stringify(good))).values.temperatureC, 30.17);
  });
});

describe('messages of our own', () => {
  const observation: Observation = {
    placeId: place.id,
    validAt: slotAt - 123,
    slotAt,
    receivedAt: slotAt + 1500,
    source: 'open-meteo',
    kind: 'analysis',
    issuedAt: slotAt - 3 * HOUR_MS,
    values: { ...noValues(), temperatureC: 29.95, pressureHpa: 1012.7, humidityPct: 71.5, rain1hMm: 0 },
    condition: { id: 801, description: null, icon: '02d' },
    sunriseAt: slotAt - 6 * HOUR_MS,
    sunsetAt: null,
    flags: [],
  };
  const message = observationMessage(observation, place, { stale: true, backfill: true });

  it('come back exactly as they were sent', () => {
    const decoded = decode({ ...recordOf(message.value), key: message.key, headers: message.headers });
    assert.deepEqual(only(decoded), observation);
    assert.equal(decoded.readings[0]?.stale, true);
    assert.equal(decoded.readings[0]?.backfill, true);
  });

  it('give the original’s page a sunrise and a sunset where the provider gave none, and ours reads none', () => {
    const told = { ...observation, sunriseAt: null };
    const sent = observationMessage(told, place, { stale: false, backfill: false });
    const [item] = JSON.parse(Buffer.from(sent.value).toString());
    assert.ok(item.data_sunrise * 1000 < slotAt && slotAt < item.data_sunset * 1000);
    assert.deepEqual(only(decode(recordOf(sent.value))), told);
  });

  it('count by the original name where somebody rewrote it', () => {
    const [item] = JSON.parse(Buffer.from(message.value).toString());
    assert.equal(only(decodeItem({ ...item, data_pressure: 1020 })).values.pressureHpa, 1020);
    const rewritten = { ...item, data_dt: item.data_dt - 3600 };
    assert.equal(only(decodeItem(rewritten)).validAt, (item.data_dt - 3600) * 1000);
  });

  it('never let a receive time from the future win over all later arrivals', () => {
    const [item] = JSON.parse(Buffer.from(message.value).toString());
    const later = { ...item, hmt_receivedAt: appendedAt + 2 * HOUR_MS };
    assert.equal(only(decodeItem(later)).receivedAt, appendedAt);
  });
});

describe('bytes that are no weather', () => {
  const cases: readonly [string, string | Uint8Array, string][] = [
    ['nothing', '', 'HMT_PROCESS_NOT_JSON'],
    ['words', 'hello', 'HMT_PROCESS_NOT_JSON'],
    ['a NaN', JSON.stringify([good]).replace('30.17', 'NaN'), 'HMT_PROCESS_NOT_JSON'],
    ['an Infinity', JSON.stringify([good]).replace('30.17', 'Infinity'), 'HMT_PROCESS_NOT_JSON'],
    ['a number too large for any', JSON.stringify([good]).replace('30.17', '1e999'), 'HMT_PROCESS_TEMPERATURE_INVALID'],
    ['bytes that are not UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d]), 'HMT_PROCESS_NOT_JSON'],
    ['half a message', JSON.stringify([good]).slice(0, 200), 'HMT_PROCESS_NOT_JSON'],
    ['an empty array', '[]', 'HMT_PROCESS_SHAPE'],
    ['a scalar', '42', 'HMT_PROCESS_SHAPE'],
    ['null', 'null', 'HMT_PROCESS_SHAPE'],
    ['an array in an array', '[[]]', 'HMT_PROCESS_SHAPE'],
    ['a nest', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'HMT_PROCESS_TOO_DEEP'],
    [
      'a nest behind a good item',
      `[${JSON.stringify(good)},{"a":${'['.repeat(20)}${']'.repeat(20)}}]`,
      'HMT_PROCESS_TOO_DEEP',
    ],
    ['ten megabytes of brackets', '['.repeat(10_000_000), 'HMT_PROCESS_TOO_DEEP'],
  ];
  for (const [what, bytes, code] of cases)
    it(`quarantines ${what}`, () => assert.equal(refusal(decode(recordOf(bytes))), code));

  it('tolerates a byte order mark, Windows line ends and brackets inside texts', () => {
    const text = JSON.stringify([{ ...good, note: '[[[[[[[[[[[[[[[[[[[[["\\{{{{{{{{{' }], null, 2).replaceAll(
      '\n',
      '\r\n',
    );
    assert.equal(only(decodeText(`\uFEFF${text}`)).placeId, 'dakar');
  });

  it('keeps the bytes as they came, and cuts them at the limit', () => {
    const [entry] = decode(recordOf('x'.repeat(5000))).quarantined;
    assert.equal(entry?.value.byteLength, 4096);
    assert.equal(entry?.valueBytes, 5000);
    assert.equal(entry?.id, 'observations/2/7/0');
    assert.equal(entry?.receivedAt, appendedAt);
  });

  it('gives one entry, not millions, for a record of rubbish, and still takes the good items in it', () => {
    const { readings, quarantined } = decodeText(`[${'1,'.repeat(100_000)}${JSON.stringify(good)}]`);
    assert.equal(readings.length, 1);
    assert.equal(quarantined.length, 1);
    assert.equal(quarantined[0]?.valueBytes, 200_000 + JSON.stringify(good).length + 2);
  });
});

describe('items that cannot be used', () => {
  const bad = (change: Record<string, unknown>) => refusal(decodeItem({ ...good, ...change }));

  it('quarantines a temperature of the wrong type, absent or impossible', () => {
    for (const data_temp of ['30.1', null, undefined, true, {}, 65.1, -95.1, 303.2])
      assert.equal(bad({ data_temp }), 'HMT_PROCESS_TEMPERATURE_INVALID', String(data_temp));
  });

  it('quarantines a time of the wrong type, before 1979 or in the future', () => {
    const year9999 = Date.UTC(9999, 0, 1) / 1000;
    const tooEarly = Date.UTC(1978, 11, 31, 23, 59, 59) / 1000;
    const tooLate = (appendedAt + HOUR_MS + 1000) / 1000;
    for (const data_dt of ['1690000000', '2026-07-22', null, undefined, -1, year9999, tooEarly, tooLate, slotAt, 1e300])
      assert.equal(bad({ data_dt }), 'HMT_PROCESS_TIME_INVALID', String(data_dt));
    assert.equal(only(decodeItem({ ...good, data_dt: (appendedAt + HOUR_MS) / 1000 })).validAt, appendedAt + HOUR_MS);
    assert.equal(only(decodeItem({ ...good, data_dt: 283_996_800 })).validAt, 283_996_800_000);
    assert.equal(only(decodeItem({ ...good, data_dt: slotAt / 1000 + 0.25 })).validAt, slotAt + 250);
  });

  it('quarantines a place that is not configured, and does not take a neighbour for it', () => {
    assert.equal(bad({ region_name: 'Atlantis' }), 'HMT_PROCESS_PLACE_UNKNOWN');
    assert.equal(bad({ region_name: 7 }), 'HMT_PROCESS_PLACE_UNKNOWN');
    assert.equal(bad({ hmt_placeId: '__proto__' }), 'HMT_PROCESS_PLACE_UNKNOWN');
  });

  it('quarantines a slot that cannot be, and a source that is no name', () => {
    for (const hmt_slotAt of ['x', slotAt + 1, Date.UTC(9999, 0, 1), -MINUTE_MS])
      assert.equal(bad({ hmt_slotAt }), 'HMT_PROCESS_TIME_INVALID', String(hmt_slotAt));
    for (const hmt_source of [7, '', 'a b', 'x'.repeat(65), '<script>'])
      assert.equal(bad({ hmt_source }), 'HMT_PROCESS_SHAPE', String(hmt_source));
  });

  it('quarantines one bad item and takes the rest of its array', () => {
    const items = [good, { ...good, data_temp: 'warm' }, originalItem('Thies', slotAt)];
    const { readings, quarantined } = decodeText(JSON.stringify(items));
    assert.deepEqual(
      readings.map(({ arrival }) => [arrival.observation.placeId, arrival.item]),
      [
        ['dakar', 0],
        ['thies', 2],
      ],
    );
    assert.equal(quarantined.length, 1);
    const [entry] = quarantined;
    assert.equal(entry?.id, 'observations/2/7/1');
    assert.equal(entry?.placeId, 'dakar');
    assert.equal(entry?.source, 'openweathermap');
    assert.deepEqual(JSON.parse(Buffer.from(entry?.value ?? []).toString()), items[1]);
  });

  it('tells the ledger which slot a bad answer was for', () => {
    const [entry] = decodeItem({ ...good, data_temp: 99, hmt_slotAt: slotAt }).quarantined;
    assert.equal(entry?.slotAt, slotAt);
  });
});

describe('values that cannot be', () => {
  it('takes an impossible quantity out, flags it and keeps what came', () => {
    const { values, flags } = only(decodeItem({ ...good, data_humidity: 500, data_wind_speed: -1 }));
    assert.equal(values.humidityPct, null);
    assert.equal(values.windSpeedMps, null);
    assert.deepEqual(flags, [
      { quantity: 'humidityPct', reason: 'out-of-range', original: 500 },
      { quantity: 'windSpeedMps', reason: 'out-of-range', original: -1 },
    ]);
  });

  it('takes a quantity of the wrong type for absent', () => {
    const { values, flags } = only(decodeItem({ ...good, data_humidity: '74', data_uvi: [1], data_clouds: null }));
    assert.deepEqual([values.humidityPct, values.uvIndex, values.cloudCoverPct], [null, null, null]);
    assert.deepEqual(flags, []);
  });

  it('is not moved by keys that mean something to JavaScript, nor by keys given twice', () => {
    const text = JSON.stringify(good).replace(
      '{',
      '{"__proto__":{"data_temp":1},"constructor":1,"toString":2,"data_temp":5,',
    );
    assert.equal(only(decodeText(text)).values.temperatureC, 30.17);
    assert.equal(({} as Record<string, unknown>).data_temp, undefined);
  });

  it('takes no sun of another week and no condition outside the table of groups', () => {
    const { sunriseAt, sunsetAt, condition } = only(
      decodeItem({ ...good, data_sunrise: 0, data_sunset: 'late', data_weather_id: 9 }),
    );
    assert.deepEqual([sunriseAt, sunsetAt, condition], [null, null, null]);
  });
});

describe('whatever comes', () => {
  /** Every record leaves a trace, and what it leaves is sound. */
  function check(bytes: Uint8Array): void {
    const { readings, quarantined } = decode(recordOf(bytes));
    assert.ok(readings.length + quarantined.length > 0);
    const ids = new Set(quarantined.map(({ id }) => id));
    assert.equal(ids.size, quarantined.length);
    for (const { arrival } of readings) {
      const { observation } = arrival;
      assert.ok(places.some(({ id }) => id === observation.placeId));
      assert.ok(Number.isSafeInteger(observation.validAt) && observation.validAt <= appendedAt + HOUR_MS);
      assert.ok(observation.values.temperatureC !== null && Math.abs(observation.values.temperatureC) <= 95);
      for (const value of Object.values(observation.values)) assert.ok(value === null || Number.isFinite(value));
    }
  }

  it('never throws on arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check), { numRuns: 500 });
  });

  it('never throws on arbitrary JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => check(Buffer.from(text))),
      { numRuns: 500 },
    );
  });

  it('never throws on a real message with bytes changed, cut or doubled', () => {
    const real = Buffer.from(JSON.stringify([good, originalItem('Thies', slotAt)]));
    const mutation = fc.tuple(fc.nat(real.length - 1), fc.nat(255), fc.constantFrom('set', 'cut', 'double'));
    const mutated = fc.array(mutation, { minLength: 1, maxLength: 5 }).map((steps) =>
      steps.reduce((bytes, [at, byte, kind]) => {
        if (kind === 'cut') return bytes.subarray(0, at);
        if (kind === 'double') return Buffer.concat([bytes.subarray(0, at), bytes]);
        const changed = Buffer.from(bytes);
        if (at < changed.length) changed[at] = byte;
        return changed;
      }, real),
    );
    fc.assert(fc.property(mutated, check), { numRuns: 1000 });
  });

  it('never throws on a real item with any field of any type', () => {
    const odd = fc.oneof(fc.double(), fc.string(), fc.constantFrom(null, true, 1e308, -0, [], {}, '1e3'), fc.integer());
    const fields = fc.constantFrom(
      ...Object.keys(good),
      'hmt_placeId',
      'hmt_slotAt',
      'hmt_validAt',
      'hmt_source',
      'hmt_kind',
    );
    fc.assert(
      fc.property(fc.dictionary(fields, odd), (change) => check(Buffer.from(JSON.stringify([{ ...good, ...change }])))),
      { numRuns: 1000 },
    );
  });
});
