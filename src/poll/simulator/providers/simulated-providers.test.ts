import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import { alwaysFaults, FAULT_NAMES, FAULTS, type FaultName, faultSchedule, type ProviderId } from '../faults.ts';
import { askedProviders, KEY } from './asked-providers.ts';

const QUESTIONS: Readonly<Record<ProviderId, string>> = {
  'open-meteo':
    '/v1/forecast?latitude=14.7333,15.65&longitude=-17.5,-13.25&current=temperature_2m,visibility&hourly=temperature_2m&forecast_hours=3&timeformat=unixtime',
  openweathermap: '/data/2.5/weather?lat=14.7333&lon=-17.5&units=metric',
  metar: '/api/data/metar?ids=GOBD&format=json&hours=3',
};
const TIME_MACHINE = '/data/3.0/onecall/timemachine?lat=14.7333&lon=-17.5&units=metric&dt=1707998400';

type Answer = Awaited<ReturnType<ReturnType<typeof askedProviders>['ask']>>;

const faulted = async (name: FaultName, provider: ProviderId, question = QUESTIONS[provider]): Promise<Answer> =>
  askedProviders({ faults: alwaysFaults(name) }).ask(question);

/** What each fault does to an answer; those with more to say have tests of their own below. */
const EXPECTED: { readonly [name in FaultName]?: (answer: Answer, provider: ProviderId) => void } = {
  'missing-optional-fields': ({ text }, provider) => {
    const body = JSON.parse(text);
    if (provider === 'open-meteo') assert.equal(body[0].current.visibility, null);
    else if (provider === 'metar') assert.deepEqual([body[0].visib, body[0].dewp], [null, null]);
    else assert.deepEqual([body.visibility, body.wind.gust, body.rain], [undefined, undefined, undefined]);
  },
  'two-weather-entries': ({ text }) => {
    const { weather } = JSON.parse(text);
    assert.deepEqual([weather.length, weather[0].id, weather[1].id], [2, 800, 721]);
  },
  'rain-3h': ({ text }) => assert.deepEqual(Object.keys(JSON.parse(text).rain), ['3h']),
  'cod-string': ({ text }) => assert.equal(JSON.parse(text).cod, '200'),
  'unauthorised-bad-key': ({ status, text }) => assert.ok(status === 401 && text.includes('Invalid API key')),
  'unauthorised-not-subscribed': ({ status, text }) =>
    assert.ok(status === 401 && text.includes('separate subscription')),
  'unauthorised-key-required': ({ status, text }) => assert.ok(status === 401 && text.includes('API key required')),
  'forbidden-plan': ({ status, text }) => assert.ok(status === 403 && text.includes('Professional or Enterprise')),
  'not-found': ({ status, text }, provider) =>
    assert.deepEqual(
      [status, text],
      provider === 'open-meteo'
        ? [400, '{"error":true,"reason":"No data is available for this location"}']
        : [404, '{"cod":"404","message":"city not found"}'],
    ),
  'rate-limited': ({ status, headers }) => assert.deepEqual([status, headers['retry-after']], [429, undefined]),
  'rate-limited-late': ({ status }) => assert.equal(status, 429),
  'rate-limited-retry-after': ({ status, headers }) =>
    assert.ok(status === 429 && Number(headers['retry-after']) > 0 && Number(headers['retry-after']) <= 120),
  'server-error-html': ({ status, headers, text }) => {
    assert.ok([500, 502, 503, 504].includes(status));
    assert.equal(headers['content-type'], 'text/html');
    assert.match(text, new RegExp(`^<html>\r\n<head><title>${status} `));
  },
  'truncated-body': ({ status, text }, provider) => {
    assert.equal(status, 200);
    assert.throws(() => JSON.parse(text));
    if (provider === 'open-meteo') assert.match(text, /Unexpected error while streaming data: timeoutReached$/);
  },
  'html-200': ({ status, text }, provider) => {
    assert.equal(status, 200);
    assert.match(text, /^<!DOCTYPE html>/);
    assert.equal(text.includes(KEY), provider === 'openweathermap');
  },
  'clock-skew': ({ headers }) =>
    assert.equal(Date.parse(headers.date ?? ''), Date.UTC(2024, 1, 15, 14, 7, 20), 'two hours ahead'),
  'nulls-first': ({ text }) => {
    const [{ current, hourly }] = JSON.parse(text);
    assert.equal(current.temperature_2m, null);
    assert.deepEqual(
      hourly.temperature_2m.map((value: number | null) => value === null),
      [true, false, false],
    );
  },
  'polar-day': ({ text }) => assert.equal('sunrise' in JSON.parse(text).sys, false),
  'grid-cell-coordinates': ({ text }, provider) => {
    const body = JSON.parse(text);
    if (provider === 'open-meteo') assert.deepEqual([body[0].latitude, body[1].latitude], [15, 16]);
    else assert.deepEqual(body.coord, { lon: -17, lat: 15 });
  },
};

for (const [name, check] of Object.entries(EXPECTED) as [FaultName, NonNullable<(typeof EXPECTED)[FaultName]>][]) {
  for (const provider of FAULTS[name].providers) {
    if (provider === 'program') continue;
    test(`${name} of ${provider}: ${FAULTS[name].description}`, async () => {
      check(await faulted(name, provider), provider);
    });
  }
}

test('empty-data: a well-formed answer without a record', async () => {
  const nothing = await faulted('empty-data', 'metar');
  assert.deepEqual([nothing.status, nothing.text], [204, '']);
  assert.deepEqual(JSON.parse((await faulted('empty-data', 'openweathermap', TIME_MACHINE)).text).data, []);
  const [place] = JSON.parse((await faulted('empty-data', 'open-meteo')).text);
  assert.deepEqual(place.hourly, { time: [], temperature_2m: [] });
  assert.equal(place.current.temperature_2m, null);
});

test('stale-time: readings three hours old', async () => {
  const [report] = JSON.parse((await faulted('stale-time', 'metar')).text);
  assert.equal(report.obsTime, Date.UTC(2024, 1, 15, 9) / 1000);
  const { dt } = JSON.parse((await faulted('stale-time', 'openweathermap')).text);
  const now = Date.UTC(2024, 1, 15, 12, 7, 20) / 1000;
  assert.ok(dt <= now - 3 * 3600 && dt > now - 3 * 3600 - 600);
  const [place] = JSON.parse((await faulted('stale-time', 'open-meteo')).text);
  assert.equal(place.current.time, Date.UTC(2024, 1, 15, 9) / 1000);
});

test('dst-day: a zone whose clocks change, with the other offset', async () => {
  const body = JSON.parse((await faulted('dst-day', 'openweathermap', TIME_MACHINE)).text);
  assert.deepEqual([body.timezone, body.timezone_offset], ['Europe/Paris', 7200]);
  assert.equal(JSON.parse((await faulted('dst-day', 'open-meteo')).text)[0].utc_offset_seconds, 7200);
});

test('next-link-with-key: the key comes back in the answer', async () => {
  const { text } = await faulted(
    'next-link-with-key',
    'openweathermap',
    '/data/4.0/onecall/current?lat=14.7333&lon=-17.5',
  );
  assert.ok(new URL(JSON.parse(text).next).searchParams.get('appid') === KEY);
});

test('duplicate-round: the answer before, byte for byte', async () => {
  for (const provider of ['open-meteo', 'openweathermap'] as const) {
    const { ask, clock } = askedProviders({ faults: alwaysFaults('duplicate-round') });
    const first = await ask(QUESTIONS[provider]);
    await clock.advanceBy(HOUR_MS);
    assert.equal((await ask(QUESTIONS[provider])).text, first.text);
  }
});

test('outage: nothing answers, and no quota is used', async () => {
  const { ask, providers } = askedProviders({ faults: alwaysFaults('outage') });
  await assert.rejects(ask(QUESTIONS.openweathermap), { code: 'HMT_POLL_UNREACHABLE' });
  assert.deepEqual(providers.usage(), []);
  assert.equal(providers.met().outage, 1);
});

test('slow, stalled and reset answers end as a real transport reports them', async () => {
  const waiting = async (name: FaultName) => {
    const { ask, clock } = askedProviders({ faults: alwaysFaults(name) });
    const startAt = clock.now();
    let endAt = 0;
    const end = ask(QUESTIONS.openweathermap).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    void end.then(() => {
      endAt = clock.now();
    });
    await clock.advanceBy(MINUTE_MS);
    return [await end, endAt - startAt];
  };
  assert.deepEqual(await waiting('slow-first-byte'), ['HMT_POLL_TIMEOUT', 20 * SECOND_MS]);
  assert.deepEqual(await waiting('stalled-body'), ['HMT_POLL_TIMEOUT', 20 * SECOND_MS]);
  assert.deepEqual(await waiting('reset-mid-body'), ['HMT_POLL_UNREACHABLE', 0]);
});

test('a body longer than the caller takes is cut off', async () => {
  const { providers } = askedProviders();
  const url = `https://api.open-meteo.com${QUESTIONS['open-meteo']}`;
  await assert.rejects(providers.transport({ url, headers: {}, timeoutMs: 1000, maxBytes: 100 }), {
    code: 'HMT_POLL_BODY_TOO_LARGE',
  });
});

test('every fault of the registry has a test', () => {
  const others: readonly FaultName[] = [
    'empty-data',
    'stale-time',
    'dst-day',
    'next-link-with-key',
    'duplicate-round',
    'outage',
    'slow-first-byte',
    'stalled-body',
    'reset-mid-body',
  ];
  const ofProviders = FAULT_NAMES.filter((name) => !(FAULTS[name].providers as readonly string[]).includes('program'));
  assert.deepEqual([...Object.keys(EXPECTED), ...others].sort(), [...ofProviders].sort());
});

test('the same questions at the same instants get the same bytes, faults and all', async () => {
  const run = async () => {
    const { ask, clock } = askedProviders({ faults: faultSchedule(3, FAULT_NAMES) });
    const answers: string[] = [];
    for (let round = 0; round < 200; round++) {
      for (const question of Object.values(QUESTIONS)) {
        const answer = ask(question).then(
          ({ status, text }) => `${status} ${text}`,
          (error: { code: string }) => error.code,
        );
        await clock.advanceBy(MINUTE_MS);
        answers.push(await answer);
      }
      await clock.advanceBy(13 * MINUTE_MS);
    }
    return answers;
  };
  const [one, other] = [await run(), await run()];
  assert.deepEqual(one, other);
  assert.ok(new Set(one.map((answer) => answer.slice(0, 4))).size > 3);
});
