import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { watchOptions } from './config.ts';
import { findAll } from './rule.ts';
import { EVERY_MS, lines, PLACES, play, START_AT, signalsOf, WELL } from './scenario.contract.ts';
import { type Silence, silenceOf } from './silence.ts';

const minute = (minutes: number): Instant => START_AT + minutes * MINUTE_MS;
/** Kolda's feed stops for `[from, to)` minutes. */
const koldaStops = (from: number, to: number) => ({
  comes: (placeId: string, slotAt: Instant) => placeId !== 'kolda' || slotAt < minute(from) || slotAt >= minute(to),
});
const silence = (from: number, to: number, differs: Partial<Silence> = {}): Silence => ({
  id: 's1',
  rules: [],
  placeIds: ['kolda'],
  startsAt: minute(from),
  endsAt: minute(to),
  author: 'ops',
  reason: 'a new station',
  createdAt: START_AT,
  endedAt: null,
  ...differs,
});

describe('the watch over arrivals', () => {
  it('sends nothing in 30 clean days with jitter (item 29)', () => {
    for (const seed of [1, 2]) {
      const { sent, transitions, surprises } = play({ days: 30, seed });
      assert.deepEqual([lines(sent), transitions.length, surprises.length], [[], 0, 0]);
    }
  });

  it('says one thing when all places stop, and one when they are back (item 30)', () => {
    const { sent } = play({ comes: (_, slotAt) => slotAt < minute(120) || slotAt >= minute(180) });
    assert.deepEqual(lines(sent), [
      '126 firing source-missing',
      '186 reminder source-missing',
      '200.5 resolved source-missing',
    ]);
    const [first, , last] = sent;
    assert.deepEqual([first?.severity, first?.labels.source, first?.count], ['critical', 'open-meteo', 13]);
    assert.equal(last?.startsAt, minute(120));
    assert.ok(last?.endsAt && last.endsAt > minute(180) && last.endsAt < minute(183));
  });

  it('says of one place that it is late within 90 s of its grace, missing, every 4 h, and once that it is back (item 31)', () => {
    const { sent, state, surprises } = play(koldaStops(120, 780));
    assert.deepEqual(lines(sent), [
      '126 firing place-late kolda',
      '135.5 firing place-missing kolda',
      '375.5 reminder place-missing kolda',
      '615.5 reminder place-missing kolda',
      '800.5 resolved place-missing kolda',
    ]);
    assert.ok((sent[0]?.at ?? 0) - minute(125) <= 90_000);
    assert.equal(new Set(sent.map(({ incidentId }) => incidentId)).size, 1);
    assert.equal(new Set(sent.map(({ dedupeKey }) => dedupeKey)).size, 1);
    assert.deepEqual([state.incidents, surprises], [{}, []]);
  });

  it('finds a place late at 5 minutes and missing at 15, at the evaluation of that instant (item 24)', () => {
    const options = watchOptions.parse({});
    const places = Object.fromEntries(PLACES.map(({ id }) => [id, { ...WELL, lastValidAt: minute(120) }]));
    const cut = signalsOf({ places: { ...places, kolda: { ...WELL, lastValidAt: minute(105) } } });
    const found = (at: Instant) =>
      findAll(cut, at, options, 'UTC').findings.map(({ rule, placeId }) => `${rule} ${placeId}`);
    assert.deepEqual(found(minute(125) - 1), []);
    assert.deepEqual(found(minute(125)), ['place-late kolda']);
    assert.deepEqual(found(minute(135) - 1), ['place-late kolda']);
    assert.deepEqual(found(minute(135)), ['place-missing kolda', 'place-late kolda']);
    assert.equal(findAll(cut, minute(124), options, 'UTC').nextAt, minute(125));
    assert.equal(findAll(cut, minute(126), options, 'UTC').nextAt, minute(135));
  });

  it('calls a feed that comes every second time unstable once, and stable once (item 32)', () => {
    const { sent, surprises } = play({
      comes: (placeId, slotAt) => placeId !== 'kolda' || (slotAt / EVERY_MS) % 2 === 0 || slotAt > minute(600),
    });
    assert.deepEqual(lines(sent), [
      '21 firing place-late kolda',
      '30.5 firing place-missing kolda',
      '61.5 unstable place-missing kolda',
      '661.5 stable place-missing kolda',
    ]);
    assert.deepEqual(surprises, []);
  });

  it('hears of another place while one is unstable', () => {
    const { sent } = play({
      comes: (placeId, slotAt) => {
        if (placeId === 'matam') return slotAt < minute(240) || slotAt >= minute(600);
        return placeId !== 'kolda' || (slotAt / EVERY_MS) % 2 === 0 || slotAt > minute(900);
      },
    });
    assert.deepEqual(
      lines(sent).filter((line) => line.includes('matam')),
      [
        '245.5 firing place-missing matam',
        '485.5 reminder place-missing matam',
        '961.5 stable place-missing matam+kolda',
      ],
    );
    assert.equal(lines(sent).filter((line) => line.includes(' unstable ')).length, 1);
  });

  it('watches a slower or quieter place by its own terms', () => {
    const options = { places: { kolda: { everyMinutes: 60 }, matam: { ignore: ['place-late', 'place-missing'] } } };
    const hourly = (placeId: string, slotAt: Instant) =>
      placeId === 'kolda' ? slotAt % HOUR_MS === 0 : placeId !== 'matam';
    assert.deepEqual(lines(play({ comes: hourly, options }).sent), []);
  });

  it('tells a place by its own severity and in its own time', () => {
    const own = { 'place-late': { forMinutes: 30 }, 'place-missing': { severity: 'critical' } };
    const two = (placeId: string, slotAt: Instant) =>
      !['kolda', 'matam'].includes(placeId) || slotAt < minute(120) || slotAt >= minute(240);
    const { sent } = play({ comes: two, options: { places: { kolda: { rules: own } } } });
    assert.deepEqual(
      sent.map(({ severity, places }) => `${severity} ${places.map(({ id }) => id).join('+')}`).slice(0, 2),
      ['warning matam', 'critical kolda+matam'],
    );
    assert.equal(lines(sent)[1], '135.5 firing place-missing kolda+matam');
  });

  it('puts places of one trouble into one alert', () => {
    const two = (placeId: string, slotAt: Instant) =>
      !['kolda', 'matam'].includes(placeId) || slotAt < minute(120) || slotAt >= minute(400);
    assert.deepEqual(lines(play({ comes: two }).sent), [
      '126 firing place-late kolda+matam',
      '135.5 firing place-missing kolda+matam',
      '375.5 reminder place-missing kolda+matam',
      '427 resolved place-missing kolda+matam',
    ]);
  });

  it('does not take a place that vanished from the signals for one that is back', () => {
    const { sent, state } = play({
      ...koldaStops(120, 900),
      also: (at, places) => {
        const { kolda: _, ...others } = places;
        return at > minute(200) ? { places: others } : {};
      },
    });
    assert.ok(!lines(sent).some((line) => line.includes('resolved')));
    assert.equal(state.instances['place-missing/kolda']?.state, 'firing');
  });
});

describe('silences (item 34)', () => {
  it('keep all of it quiet when they last longer than the trouble', () => {
    assert.deepEqual(lines(play({ ...koldaStops(120, 240), silences: [silence(60, 300)] }).sent), []);
  });

  it('warn 10 minutes before their end, and what is still so is said at the end', () => {
    assert.deepEqual(lines(play({ ...koldaStops(120, 600), silences: [silence(60, 300)] }).sent).slice(0, 2), [
      '290 ending place-missing kolda',
      '300 firing place-missing kolda',
    ]);
    assert.deepEqual(lines(play({ ...koldaStops(120, 900), silences: [silence(180, 400)] }).sent).slice(2, 5), [
      '390 ending place-missing kolda',
      '400 reminder place-missing kolda',
      '640 reminder place-missing kolda',
    ]);
  });

  it('leave the recovery of what was told to their end, once', () => {
    assert.deepEqual(lines(play({ ...koldaStops(120, 300), silences: [silence(180, 400)] }).sent), [
      '126 firing place-late kolda',
      '135.5 firing place-missing kolda',
      '400 resolved place-missing kolda',
    ]);
  });

  it('that somebody ends early are over then', () => {
    const ended = silence(60, 900, { endedAt: minute(200) });
    assert.equal(lines(play({ ...koldaStops(120, 600), silences: [ended] }).sent)[0], '200 firing place-missing kolda');
  });

  it('of one place hide neither another’s trouble nor its end', () => {
    const { sent } = play({
      comes: (placeId, slotAt) => {
        if (placeId === 'matam') return slotAt < minute(180) || slotAt >= minute(300);
        return placeId !== 'kolda' || slotAt < minute(120) || slotAt >= minute(800);
      },
      silences: [silence(60, 700)],
    });
    assert.deepEqual(lines(sent).slice(0, 4), [
      '185.5 firing place-late matam',
      '195.5 firing place-missing matam',
      '320.5 resolved place-missing matam',
      '690 ending place-missing kolda',
    ]);
    assert.equal(lines(sent)[4], '700 firing place-missing kolda');
  });

  it('of one of two places that were told leave the other’s end to be told', () => {
    const { sent } = play({
      comes: (placeId, slotAt) => {
        if (placeId === 'matam') return slotAt < minute(120) || slotAt >= minute(300);
        return placeId !== 'kolda' || slotAt < minute(120) || slotAt >= minute(500);
      },
      silences: [silence(180, 700)],
    });
    assert.deepEqual(lines(sent), [
      '126 firing place-late kolda+matam',
      '135.5 firing place-missing kolda+matam',
      '321 resolved place-missing matam',
      '700 resolved place-missing kolda',
    ]);
  });

  it('of one rule do not speak of a rule that is worse, nor call it over', () => {
    const { sent } = play({ ...koldaStops(120, 600), silences: [silence(128, 400, { rules: ['place-missing'] })] });
    assert.ok(
      !lines(sent).some((line) => line.includes('resolved') && Number.parseFloat(line) < 600),
      lines(sent).join(),
    );
  });

  it('need an end, an author and a reason, and places and rules that exist', () => {
    const good = { endsAt: minute(60), author: ' ops ', reason: 'a new station', placeIds: ['kolda'] };
    const make = (differs: object) => silenceOf({ ...good, ...differs }, 's1', START_AT, ['kolda']);
    assert.equal(make({}).author, 'ops');
    for (const [field, differs] of [
      ['endsAt', { endsAt: START_AT }],
      ['endsAt', { endsAt: Number.NaN }],
      ['endsAt', { endsAt: START_AT + 91 * 24 * HOUR_MS }],
      ['endsAt', { startsAt: minute(90) }],
      ['author', { author: ' ' }],
      ['reason', { reason: '' }],
      ['reason', { reason: 'x'.repeat(501) }],
      ['placeIds', { placeIds: ['nowhere'] }],
      ['rules', { rules: ['no-rule'] }],
    ] as const)
      assert.throws(() => make(differs), { code: 'HMT_WATCH_SILENCE_INVALID', field });
  });
});

describe('what people hear of it', () => {
  const NIGHT = { quietHours: { from: '01:00', to: '06:00' } };

  it('waits for the end of quiet hours when it is a warning, and not when it is critical', () => {
    assert.deepEqual(lines(play({ ...koldaStops(120, 900), options: NIGHT }).sent).slice(0, 2), [
      '360 firing place-missing kolda',
      '600 reminder place-missing kolda',
    ]);
    assert.deepEqual(lines(play({ ...koldaStops(120, 200), options: NIGHT }).sent), []);
    const all = (_: string, slotAt: Instant) => slotAt < minute(120) || slotAt >= minute(180);
    assert.equal(lines(play({ comes: all, options: NIGHT }).sent)[0], '126 firing source-missing');
  });

  it('is reminded of no more once somebody acknowledged it, but of its end', () => {
    const acknowledged = (at: Instant, sent: readonly { readonly alertId: string }[]) =>
      at > minute(200) ? sent.map(({ alertId }) => alertId) : [];
    assert.deepEqual(lines(play({ ...koldaStops(120, 900), acknowledged }).sent), [
      '126 firing place-late kolda',
      '135.5 firing place-missing kolda',
      '920.5 resolved place-missing kolda',
    ]);
  });

  it('hears again of an acknowledged alert that got worse, and is reminded of that', () => {
    const acknowledged = (at: Instant, sent: readonly { readonly alertId: string }[]) =>
      at === minute(130) ? sent.map(({ alertId }) => alertId) : [];
    assert.deepEqual(lines(play({ ...koldaStops(120, 400), acknowledged }).sent), [
      '126 firing place-late kolda',
      '135.5 firing place-missing kolda',
      '375.5 reminder place-missing kolda',
      '425.5 resolved place-missing kolda',
    ]);
  });

  it('is told each morning that somebody is still watching, which is no alert', () => {
    const { sent, state } = play({ days: 3, options: { aliveAt: '08:00' } });
    assert.deepEqual(lines(sent), ['1920 alive null 13 places', '3360 alive null 13 places']);
    assert.deepEqual([sent[0]?.placeCount, sent[0]?.count, state.incidents], [13, 0, {}]);
  });
});
