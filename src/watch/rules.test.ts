import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import { LOCALES } from '../text/locale.ts';
import { watchTexts } from '../text/watch-texts.ts';
import { messageOf } from './message.ts';
import { RULE_IDS, type RuleId } from './notification.ts';
import { lines, play, type Scenario, START_AT } from './scenario.contract.ts';
import type { PlaceSignal, Signals } from './signals.ts';

const minute = (minutes: number): Instant => START_AT + minutes * MINUTE_MS;
/** Every trouble lasts for these minutes. */
const [FROM, TO] = [120, 300];
const isBad = (at: Instant) => at >= minute(FROM) && at < minute(TO);

const during = (bad: Partial<Signals>): Scenario => ({ also: (at) => (isBad(at) ? bad : {}) });
const kolda = (bad: Partial<PlaceSignal>, more: Scenario = {}): Scenario => ({
  ...more,
  also: (at, places) => (isBad(at) ? { places: { ...places, kolda: { ...places.kolda, ...bad } as PlaceSignal } } : {}),
});
const threshold = (differs: object) => ({
  options: { thresholds: [{ place: 'kolda', quantity: 'temperatureC', above: 40, ...differs }] },
});

/** What makes each rule fire. `store-error` is the stage's own: it speaks where no rule can be evaluated. */
const TROUBLES: Readonly<Record<Exclude<RuleId, 'store-error'>, Scenario>> = {
  'place-late': {
    options: { rules: { 'place-missing': { enabled: false } } },
    comes: (placeId, slotAt) => placeId !== 'kolda' || !isBad(slotAt),
  },
  'place-missing': { comes: (placeId, slotAt) => placeId !== 'kolda' || !isBad(slotAt) },
  'place-never': kolda({ lastValidAt: null, issuedAt: null }),
  'source-missing': { comes: (_, slotAt) => !isBad(slotAt) },
  'record-partial': kolda({ lacking: ['pressureHpa'] }),
  'value-range': kolda({ flags: ['out-of-range:temperatureC'] }),
  'value-frozen': kolda({ flags: ['frozen:temperatureC'] }),
  'value-jump': kolda({ flags: ['jump:pressureHpa'] }),
  'weather-reading': kolda({ values: { temperatureC: 41 } }, threshold({})),
  'weather-forecast': kolda({ chances: { 0: 0.8 } }, threshold({ on: 'forecast' })),
  'stage-lag': during({ stages: { process: { lagMessages: 60_000, lagMs: 0, running: true } } }),
  'quarantine-growth': during({ quarantinedLastHour: 51 }),
  'quota-low': during({ quotas: { 'open-meteo/day': 0.96 } }),
  'forecast-missing': kolda({ issuedAt: START_AT - 60 * MINUTE_MS }),
  'forecast-coverage': kolda({ coverage80: 0.69 }),
  'model-old': kolda({ stale: true }),
  'key-refused': during({ sources: { 'open-meteo': { lastErrorCode: 'HMT_POLL_KEY_REFUSED' } } }),
  'disk-low': during({ diskFreeShare: 0.04 }),
  'channel-failing': during({ channels: { slack: minute(FROM) } }),
  'evaluation-failed': kolda({ flags: null as never }),
  'watch-gone': during({ stages: { process: { lagMessages: 0, lagMs: 0, running: false } } }),
};
/** Signals that are always there, so that their being well again is seen. */
const ALWAYS: Partial<Signals> = { quotas: { 'open-meteo/day': 0.2 }, diskFreeShare: 0.5, channels: { slack: null } };

const playTrouble = (scenario: Scenario) =>
  play({ ...scenario, days: 3, also: (at, places) => ({ ...ALWAYS, ...scenario.also?.(at, places) }) });

describe('each rule', () => {
  for (const [rule, scenario] of Object.entries(TROUBLES))
    it(`${rule} fires, says why in both languages, and is over once`, () => {
      const { sent, state, surprises } = playTrouble(scenario);
      const own = sent.filter((one) => one.rule === rule);
      assert.deepEqual(
        [own.length, sent.filter(({ news }) => news === 'resolved').length],
        [sent.length - (rule === 'place-missing' ? 1 : 0), 1],
        lines(sent).join('\n'),
      );
      assert.equal(sent[0]?.news, 'firing');
      assert.ok((sent[0]?.at ?? 0) >= minute(FROM) && (sent[0]?.at ?? 0) <= minute(FROM + 36), lines(sent).join('\n'));
      assert.deepEqual([state.incidents, surprises], [{}, []]);
      for (const locale of LOCALES) {
        const { text } = watchTexts(locale);
        const [first] = own;
        assert.ok(first);
        const said = messageOf(first, { locale, timeZone: 'Africa/Dakar', publicUrl: 'http://127.0.0.1:4000' });
        assert.ok(said.text.includes(text(`watch.rule.${rule as RuleId}`)), said.text);
      }
    });

  it('watch-gone is one alert for a process that ran several stages, told within a minute of being found', () => {
    const stage = { lagMessages: 0, lagMs: 0, running: false };
    const { sent } = playTrouble(during({ stages: { poll: stage, process: stage, forecast: stage } }));
    assert.deepEqual(
      sent.filter(({ news }) => news === 'firing').map(({ at, rule, labels }) => [at - minute(FROM), rule, labels]),
      [[MINUTE_MS, 'watch-gone', { stage: 'poll, process, forecast' }]],
    );
    const [first] = sent;
    assert.ok(first);
    const said = messageOf(first, { locale: 'en', timeZone: 'Africa/Dakar', publicUrl: 'http://127.0.0.1:4000' });
    assert.match(said.text, /Stage stopped: poll, process, forecast since 02:00 — critical/);
  });

  it('is tried here or is the stage’s own', () => {
    assert.deepEqual([...Object.keys(TROUBLES), 'store-error'].sort(), [...RULE_IDS].sort());
  });

  it('is not evaluated where the operator switched it off', () => {
    for (const [rule, scenario] of Object.entries(TROUBLES)) {
      const rules = { ...(scenario.options?.rules as object), [rule]: { enabled: false } };
      const { sent } = playTrouble({ ...scenario, options: { ...scenario.options, rules } });
      assert.ok(!sent.some((one) => one.rule === rule), rule);
    }
  });

  it('has the severity that the operator gave it', () => {
    const { sent } = playTrouble({
      ...TROUBLES['place-missing'],
      options: { rules: { 'place-missing': { severity: 'critical' } } },
    });
    assert.deepEqual(sent.map(({ rule, severity }) => `${rule} ${severity}`).slice(0, 3), [
      'place-late warning',
      'place-missing critical',
      'place-missing critical',
    ]);
  });
});

describe('limits of the rules', () => {
  const silent = (scenario: Scenario) => assert.deepEqual(lines(playTrouble(scenario).sent), []);

  it('are where the guide says they are', () => {
    silent(kolda({ coverage80: 0.7 }));
    silent(kolda({ coverage80: 0.9 }));
    silent(kolda({ coverage80: null }));
    silent(during({ quarantinedLastHour: 50 }));
    silent(during({ quotas: { 'open-meteo/day': 0.94 } }));
    silent(during({ diskFreeShare: 0.05 }));
    silent(during({ stages: { process: { lagMessages: 50_000, lagMs: 10 * MINUTE_MS, running: null } } }));
    silent(during({ sources: { 'open-meteo': { lastErrorCode: 'HMT_POLL_TIMEOUT' } } }));
  });

  it('of refusals are what no waiting cures: keys, subscriptions and certificates', () => {
    for (const code of ['HMT_POLL_NOT_SUBSCRIBED', 'HMT_POLL_FORBIDDEN', 'HMT_POLL_TLS']) {
      const { sent } = playTrouble(during({ sources: { 'open-meteo': { lastErrorCode: code } } }));
      assert.match(lines(sent)[0] ?? '', /firing key-refused/);
      assert.equal(sent[0]?.cause?.code, code);
    }
  });

  it('of weather are nobody’s until somebody sets them', () => {
    silent(kolda({ values: { temperatureC: 55 }, chances: { 0: 0.95 } }));
    silent(kolda({ values: { temperatureC: 40 } }, threshold({})));
    silent(kolda({ chances: { 0: 0.75 } }, threshold({ on: 'forecast' })));
    silent(kolda({ values: { temperatureC: 55 } }, threshold({ place: 'dakar' })));
  });

  it('of weather hold for heat, wind, dust and rain, below as well as above, and for every place', () => {
    for (const [quantity, limit, value] of [
      ['windSpeedMps', { above: 15 }, 16],
      ['visibilityM', { below: 1000 }, 900],
      ['rain1hMm', { above: 20 }, 25],
      ['temperatureC', { below: 10 }, 9],
    ] as const) {
      const { sent } = playTrouble(
        kolda({ values: { [quantity]: value } }, { options: { thresholds: [{ quantity, ...limit }] } }),
      );
      assert.match(lines(sent)[0] ?? '', /firing weather-reading kolda/, quantity);
    }
  });

  it('of weather are worded as the operator’s own', () => {
    for (const locale of LOCALES)
      for (const rule of ['weather-reading', 'weather-forecast'] as const) {
        const [first] = playTrouble(TROUBLES[rule]).sent;
        assert.ok(first);
        const said = messageOf(first, { locale, timeZone: 'Africa/Dakar', publicUrl: 'http://127.0.0.1:4000' });
        assert.match(said.title, locale === 'fr' ? /Votre seuil/ : /Your weather threshold/);
        assert.doesNotMatch(JSON.stringify(said), /vigilance|warning from|official/i);
        assert.ok(JSON.stringify(said).includes('40'), 'it says the limit');
      }
  });
});
