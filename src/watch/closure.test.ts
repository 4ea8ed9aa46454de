import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { calendarAt } from './closure.ts';
import { watchOptions } from './config.ts';
import { lines, play, START_AT } from './scenario.contract.ts';

/** 1 July 2026 is a Wednesday. */
const minute = (minutes: number): Instant => START_AT + minutes * MINUTE_MS;
const hour = (hours: number): Instant => START_AT + hours * HOUR_MS;
const optionsOf = (...closures: object[]) => watchOptions.parse({ closures });
const states = (closure: object, at: Instant, timeZone = 'Africa/Dakar') => {
  const { untilAt, lastAt } = calendarAt(optionsOf(closure), at, timeZone)('kolda');
  return [untilAt, lastAt].map((time) => (time === null ? null : (time - START_AT) / HOUR_MS));
};

describe('the calendar', () => {
  it('of hours holds every day, over midnight too, until the minute of its end', () => {
    const night = { from: '22:00', to: '06:00' };
    assert.deepEqual(states(night, hour(22) - 1), [null, 6]);
    assert.deepEqual(states(night, hour(22)), [30, 6]);
    assert.deepEqual(states(night, hour(29)), [30, 6]);
    assert.deepEqual(states(night, hour(30)), [null, 30]);
  });

  it('of weekdays and dates holds from midnight to midnight of the places’ clock', () => {
    assert.deepEqual(states({ weekdays: ['thu'] }, hour(30)), [48, -120]);
    assert.deepEqual(states({ days: ['2026-07-02'] }, hour(23)), [null, null]);
    assert.deepEqual(states({ days: ['2026-07-02'] }, hour(30)), [48, null]);
    assert.deepEqual(states({ weekdays: ['wed'] }, hour(23), 'Asia/Tokyo'), [null, 15]);
  });

  it('of one place says nothing of another', () => {
    const calendar = calendarAt(optionsOf({ places: ['matam'], weekdays: ['wed'] }), hour(1), 'UTC');
    assert.deepEqual([calendar('matam').untilAt, calendar('kolda').untilAt], [hour(24), null]);
  });

  it('needs a time, and both ends of it', () => {
    for (const closure of [{}, { places: ['kolda'] }, { from: '22:00' }, { weekdays: ['xyz'] }, { days: ['2026-7-1'] }])
      assert.equal(watchOptions.safeParse({ closures: [closure] }).success, false, JSON.stringify(closure));
  });
});

describe('a closure', () => {
  const closures = [{ places: ['kolda'], from: '02:00', to: '06:00' }];
  const stops = (from: number, to: number) => (placeId: string, slotAt: Instant) =>
    placeId !== 'kolda' || slotAt < minute(from) || slotAt >= minute(to);

  it('of a place that is silent for just that long is told of nothing', () => {
    const { sent, transitions, surprises } = play({ comes: stops(115, 365), options: { closures } });
    assert.deepEqual([lines(sent), transitions, surprises], [[], [], []]);
  });

  it('after which nothing comes is followed by lateness a period and a grace after its end', () => {
    const { sent, surprises } = play({ comes: stops(120, 500), options: { closures } });
    assert.deepEqual(lines(sent).slice(0, 2), ['381 firing place-late kolda', '390.5 firing place-missing kolda']);
    assert.match(lines(sent).at(-1) ?? '', /resolved place-missing kolda/);
    assert.deepEqual(surprises, []);
  });

  it('that begins while a place is missing neither ends nor renews the alert', () => {
    const { sent, surprises } = play({ comes: stops(30, 500), options: { closures, recoverMinutes: 1 } });
    assert.deepEqual(
      lines(sent).map((line) => line.replace(/^\S+ /, '')),
      [
        'firing place-late kolda',
        'firing place-missing kolda',
        'reminder place-missing kolda',
        'resolved place-missing kolda',
      ],
    );
    assert.ok((sent.at(-1)?.at ?? 0) > minute(500));
    assert.deepEqual(surprises, []);
  });

  it('of all places keeps a silent source from being told as resolved', () => {
    const all = [{ from: '02:00', to: '06:00' }];
    const silent = (_: string, slotAt: Instant) => slotAt < minute(60) || slotAt >= minute(500);
    const { sent, surprises } = play({ comes: silent, options: { closures: all, recoverMinutes: 3 } });
    const resolved = sent.filter(({ news }) => news === 'resolved');
    assert.deepEqual(
      [resolved.length, sent.every(({ rule }) => rule === 'source-missing')],
      [1, true],
      lines(sent).join(),
    );
    assert.ok((resolved[0]?.at ?? 0) > minute(500));
    assert.deepEqual(surprises, []);
  });

  it('over days of no work is looked at once a day as well', () => {
    const off = [{ weekdays: ['thu', 'fri'] }];
    const silent = (_: string, slotAt: Instant) => slotAt < START_AT + DAY_MS || slotAt >= START_AT + 3 * DAY_MS;
    const { sent, surprises } = play({ days: 4, comes: silent, options: { closures: off } });
    assert.deepEqual([lines(sent), surprises], [[], []]);
  });
});
