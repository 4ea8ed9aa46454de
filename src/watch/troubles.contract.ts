import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { RuleId } from './notification.ts';
import { play, type Scenario, START_AT } from './scenario.contract.ts';
import type { PlaceSignal, Signals } from './signals.ts';

/** A trouble for each rule, for three hours of a day on which all else is well: for tests. */

export const minute = (minutes: number): Instant => START_AT + minutes * MINUTE_MS;
/** Every trouble lasts for these minutes. */
export const FROM = 120;
const TO = 300;
const isBad = (at: Instant) => at >= minute(FROM) && at < minute(TO);

export const during = (bad: Partial<Signals>): Scenario => ({ also: (at) => (isBad(at) ? bad : {}) });
export const kolda = (bad: Partial<PlaceSignal>, more: Scenario = {}): Scenario => ({
  ...more,
  also: (at, places) => (isBad(at) ? { places: { ...places, kolda: { ...places.kolda, ...bad } as PlaceSignal } } : {}),
});
export const threshold = (differs: object) => ({
  options: { thresholds: [{ place: 'kolda', quantity: 'temperatureC', above: 40, ...differs }] },
});

/** What makes each rule fire. `store-error` is the stage's own: it speaks where no rule can be evaluated. */
export const TROUBLES: Readonly<Record<Exclude<RuleId, 'store-error'>, Scenario>> = {
  'place-late': {
    options: { rules: { 'place-missing': { enabled: false } } },
    comes: (placeId, slotAt) => placeId !== 'kolda' || !isBad(slotAt),
  },
  'place-missing': kolda(
    { cause: 'HMT_POLL_RATE_LIMITED' },
    { comes: (placeId, slotAt) => placeId !== 'kolda' || !isBad(slotAt) },
  ),
  'place-never': kolda({ lastValidAt: null, issuedAt: null }),
  'source-missing': { comes: (_, slotAt) => !isBad(slotAt) },
  'record-partial': kolda({ lacking: ['pressureHpa'] }),
  'value-range': kolda({ flags: ['out-of-range:temperatureC'], values: { temperatureC: 81.5 } }),
  'value-frozen': kolda({ flags: ['frozen:temperatureC'] }),
  'value-jump': kolda({ flags: ['jump:pressureHpa'] }),
  'weather-reading': kolda({ values: { temperatureC: 41 } }, threshold({})),
  'weather-forecast': kolda({ chances: { 0: 0.8 } }, threshold({ on: 'forecast' })),
  'stage-lag': during({ stages: { process: { lagMessages: 60_000, lagMs: 12 * MINUTE_MS, running: true } } }),
  'quarantine-growth': during({ quarantinedLastHour: 51 }),
  'quota-low': during({ quotas: { 'open-meteo/day': 1.04 } }),
  'forecast-missing': kolda({ issuedAt: START_AT - 60 * MINUTE_MS }),
  'forecast-coverage': kolda({ coverage80: 0.69 }),
  'model-old': kolda({ stale: true }),
  'key-refused': during({ sources: { 'open-meteo': { lastErrorCode: 'HMT_POLL_KEY_REFUSED' } } }),
  'disk-low': during({ diskFreeShare: 0.04 }),
  'channel-failing': during({
    channels: { slack: minute(FROM) },
    channelErrors: { slack: 'HMT_WATCH_CHANNEL_REFUSED' },
  }),
  'evaluation-failed': kolda({ flags: null as never }),
  'watch-gone': during({ stages: { process: { lagMessages: 0, lagMs: 0, running: false } } }),
};
/** Signals that are always there, so that their being well again is seen. */
const ALWAYS: Partial<Signals> = { quotas: { 'open-meteo/day': 0.2 }, diskFreeShare: 0.5, channels: { slack: null } };

export const playTrouble = (scenario: Scenario) =>
  play({ ...scenario, days: 3, also: (at, places) => ({ ...ALWAYS, ...scenario.also?.(at, places) }) });
