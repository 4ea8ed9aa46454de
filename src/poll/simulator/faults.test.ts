import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '../../core/time.ts';
import { FAULT_NAMES, FAULTS, type FaultName, type FaultParty, faultSchedule, parseFaults } from './faults.ts';

test('faults are named by all, none or a list', () => {
  assert.deepEqual(parseFaults('all'), FAULT_NAMES);
  assert.deepEqual(parseFaults('none'), []);
  assert.deepEqual(parseFaults(''), []);
  assert.deepEqual(parseFaults('outage, html-200'), parseFaults('html-200,outage'));
  assert.throws(() => parseFaults('html-200,html-2000'), {
    code: 'HMT_CLI_USAGE',
    message: /"html-2000" is not a fault/,
  });
  assert.throws(() => parseFaults('toString'), { code: 'HMT_CLI_USAGE' });
});

test('every fault is met within a month of slots, and none most of the time', () => {
  const schedule = faultSchedule(7, FAULT_NAMES);
  const startAt = Date.UTC(2024, 1, 15);
  for (const name of FAULT_NAMES) {
    for (const provider of FAULTS[name].providers) {
      let met = 0;
      for (let at = startAt; at < startAt + 30 * DAY_MS; at += 5 * MINUTE_MS)
        if (schedule.active(name, provider, at, 'a place')) met += 1;
      assert.ok(met > 0, `${name} of ${provider}`);
      assert.ok(met < 8640 * 0.25, `${name} of ${provider} ${met} times`);
    }
  }
});

test('equal seeds meet equal faults, other seeds others, and a fault that is not named never', () => {
  const times = Array.from({ length: 2000 }, (_, index) => Date.UTC(2024, 1, 15) + index * 15 * MINUTE_MS);
  const seen = (seed: number, names: readonly FaultName[], provider: FaultParty) => {
    const schedule = faultSchedule(seed, names);
    return times.map((at) => schedule.active('server-error-html', provider, at, 'x')).join('');
  };
  assert.equal(seen(1, FAULT_NAMES, 'open-meteo'), seen(1, ['server-error-html'], 'open-meteo'));
  assert.notEqual(seen(1, FAULT_NAMES, 'open-meteo'), seen(2, FAULT_NAMES, 'open-meteo'));
  assert.notEqual(seen(1, FAULT_NAMES, 'open-meteo'), seen(1, FAULT_NAMES, 'openweathermap'));
  assert.ok(!seen(1, ['outage'], 'open-meteo').includes('true'));
});
