import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MINUTE_MS } from '../core/time.ts';
import { LOCALES } from '../text/locale.ts';
import { watchTexts } from '../text/watch-texts.ts';
import { messageOf } from './message.ts';
import { RULE_IDS, type RuleId } from './notification.ts';
import { lines, type Scenario } from './scenario.contract.ts';
import { during, FROM, kolda, minute, playTrouble, TROUBLES, threshold } from './troubles.contract.ts';

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
    silent(during({ quotas: { 'open-meteo/day': 1 } }));
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

  it('on the forecast say how likely it is, never more than it is, in the one line that everybody reads', () => {
    for (const [chance, fr, en] of [
      [0.8, '8 chances sur 10 en 24 h', '8 chances in 10 within 24 h'],
      [0.95, '9 chances sur 10 en 24 h', '9 chances in 10 within 24 h'],
    ] as const) {
      const [first] = playTrouble(kolda({ chances: { 0: chance } }, threshold({ on: 'forecast' }))).sent;
      assert.ok(first);
      const said = (locale: 'fr' | 'en') =>
        messageOf(first, { locale, timeZone: 'Africa/Dakar', publicUrl: 'http://127.0.0.1:4000' }).text;
      assert.ok(said('fr').includes(`(température >\u00a040,0\u00a0°C, ${fr}) : Kolda (1/13)`), said('fr'));
      assert.ok(said('en').includes(`(temperature >\u00a040.0°C, ${en}): Kolda (1/13)`), said('en'));
    }
  });

  it('are no longer said to be crossed by a value once all is well', () => {
    for (const rule of ['weather-reading', 'disk-low', 'stage-lag', 'quota-low'] as const) {
      const over = playTrouble(TROUBLES[rule]).sent.find(({ news }) => news === 'resolved');
      assert.ok(over);
      const { text, lines, fields } = messageOf(over, {
        locale: 'en',
        timeZone: 'Africa/Dakar',
        publicUrl: 'http://127.0.0.1:4000',
      });
      assert.doesNotMatch(JSON.stringify([text, lines, fields]), /41|\b4%|96%|60,000|12.min/, rule);
    }
  });
});
