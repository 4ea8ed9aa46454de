import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import { lines, type Played, play, START_AT } from './scenario.contract.ts';
import type { PlaceSignal, Signals } from './signals.ts';

const minute = (minutes: number): Instant => START_AT + minutes * MINUTE_MS;
const between = (from: number, to: number) => (at: Instant) => at >= minute(from) && at < minute(to);

/** Nothing of Kolda can be evaluated in these minutes: what its reading says is no reading at all. */
const unreadable = (isBad: (at: Instant) => boolean) => (at: Instant, places: Signals['places']) =>
  isBad(at) ? { places: { ...places, kolda: { ...places.kolda, flags: null as never } as PlaceSignal } } : {};

const statesOf = ({ transitions }: Played, key: string) =>
  transitions
    .filter(({ rule, scope }) => `${rule}/${scope}` === key)
    .map(({ at, to }) => `${(at - START_AT) / MINUTE_MS} ${to}`);

describe('a rule that cannot be evaluated', () => {
  it('is in the state error for its place, is told as such once, and is over once', () => {
    const played = play({ also: unreadable(between(120, 300)) });
    assert.deepEqual(lines(played.sent), [
      '121 firing evaluation-failed kolda',
      '305 resolved evaluation-failed kolda',
    ]);
    assert.deepEqual(statesOf(played, 'value-range/kolda'), ['120 error', '300 normal']);
    assert.equal(played.sent[0]?.cause?.code, 'HMT_WATCH_RULE_FAILED');
    assert.match(played.sent[0]?.labels.rule ?? '', /value-range, .*record-partial/);
    assert.deepEqual([played.state.incidents, played.surprises], [{}, []]);
  });

  it('leaves the other rules of its place, and the other places, to be evaluated', () => {
    const { sent } = play({
      also: unreadable(between(120, 600)),
      comes: (placeId, slotAt) => !['kolda', 'matam'].includes(placeId) || slotAt < minute(180),
    });
    assert.equal(lines(sent)[1], '186 firing place-late kolda+matam');
  });

  it('keeps what fires firing, and what began to be bad as it was', () => {
    const bad = between(120, 400);
    const played = play({
      also: (at, places) => {
        const kolda = { ...places.kolda, ...(bad(at) ? { flags: ['frozen:temperatureC'] } : {}) } as PlaceSignal;
        const failed = between(200, 300)(at) ? { flags: null as never } : {};
        return { places: { ...places, kolda: { ...kolda, ...failed } } };
      },
    });
    const frozen = statesOf(played, 'value-frozen/kolda@temperatureC');
    assert.deepEqual(frozen, ['120 pending', '120.5 firing', '400 recovering', '420 resolved', '420.5 normal']);
    const ended = lines(played.sent).filter((line) => line.includes('resolved value-frozen'));
    assert.deepEqual(ended, ['420 resolved value-frozen kolda']);
  });

  it('because its part of the signals could not be read speaks of all that part is about, and of nothing else', () => {
    const stages = {
      process: { lagMessages: 0, lagMs: 0, running: true },
      poll: { lagMessages: null, lagMs: null, running: true },
    };
    const isBad = between(120, 300);
    const played = play({
      also: (at) => ({ stages, ...(isBad(at) ? { failed: { stages: 'HMT_JOURNAL_UNAVAILABLE' } } : {}) }),
      comes: (placeId, slotAt) => placeId !== 'kolda' || slotAt < minute(600),
    });
    assert.deepEqual(lines(played.sent).slice(0, 3), [
      '121 firing evaluation-failed',
      '305 resolved evaluation-failed',
      '606 firing place-late kolda',
    ]);
    for (const key of ['stage-lag/process', 'watch-gone/poll'])
      assert.deepEqual(statesOf(played, key), ['120 error', '300 normal'], key);
    assert.deepEqual(statesOf(played, 'disk-low/disk'), []);
  });

  it('is told of nobody where the operator switched it off', () => {
    const rules = Object.fromEntries(
      [
        'value-range',
        'value-frozen',
        'value-jump',
        'record-partial',
        'model-old',
        'forecast-missing',
        'forecast-coverage',
      ].map((rule) => [rule, { enabled: false }]),
    );
    assert.deepEqual(lines(play({ also: unreadable(between(120, 300)), options: { rules } }).sent), []);
  });
});
