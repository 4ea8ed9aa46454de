import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { Notification } from './notification.ts';
import { EVERY_MS, lines, type Played, play, START_AT } from './scenario.contract.ts';
import { matchesKey, type Silence } from './silence.ts';

const minute = (minutes: number): Instant => START_AT + minutes * MINUTE_MS;
/** Troubles happen in the first sixteen hours of the day, so that all of it can be over by its end. */
const HOURS = 16;
const WATCHED = ['kolda', 'matam', 'podor'] as const;

const stretch = fc
  .tuple(fc.integer({ min: 0, max: 4 * HOURS - 1 }), fc.integer({ min: 1, max: 24 }))
  .map(([slot, slots]) => ({ from: minute(15 * slot), to: minute(15 * Math.min(4 * HOURS, slot + slots)) }));

const silence = fc.record({
  placeIds: fc.constantFrom(['kolda'], ['matam', 'podor'], []),
  rules: fc.constantFrom([], ['place-late'] as const, ['place-missing', 'source-missing'] as const),
  at: stretch,
  endedAfter: fc.option(fc.integer({ min: 1, max: 200 })),
});

const world = fc.record({
  silent: fc.array(fc.record({ place: fc.constantFrom(...WATCHED, 'all'), at: stretch }), { maxLength: 6 }),
  flaps: fc.option(fc.record({ place: fc.constantFrom(...WATCHED), at: stretch })),
  silences: fc.array(silence, { maxLength: 3 }),
  acknowledged: fc.array(fc.integer({ min: 60, max: 60 * HOURS }), { maxLength: 3 }),
  quietHours: fc.option(fc.constantFrom({ from: '03:00', to: '05:00' }, { from: '22:00', to: '06:00' })),
  forMinutes: fc.constantFrom(null, 0, 20),
  recoverMinutes: fc.constantFrom(null, 0, 5),
});
type World = typeof world extends fc.Arbitrary<infer One> ? One : never;

const silencesOf = (made: World['silences']): readonly Silence[] =>
  made.map(({ placeIds, rules, at, endedAfter }, index) => ({
    id: `s${index}`,
    rules,
    placeIds,
    startsAt: at.from,
    endsAt: at.to,
    author: 'ops',
    reason: 'works',
    createdAt: at.from,
    endedAt: endedAfter === null ? null : Math.min(at.to, at.from + endedAfter * MINUTE_MS),
  }));

function live({ silent, flaps, silences, acknowledged, quietHours, forMinutes, recoverMinutes }: World): Played {
  const within = (at: { from: Instant; to: Instant }, slotAt: Instant) => slotAt >= at.from && slotAt < at.to;
  const rules = forMinutes === null ? {} : { 'place-late': { forMinutes }, 'place-missing': { forMinutes } };
  return play({
    comes: (placeId, slotAt) =>
      !silent.some(({ place, at }) => (place === 'all' || place === placeId) && within(at, slotAt)) &&
      !(flaps?.place === placeId && within(flaps.at, slotAt) && (slotAt / EVERY_MS) % 2 === 0),
    options: { rules, quietHours, recoverMinutes },
    silences: silencesOf(silences),
    acknowledged: (at, sent) =>
      acknowledged.some((one) => at >= minute(one)) ? sent.slice(-1).map(({ alertId }) => alertId) : [],
  });
}

const isOver = ({ news }: Notification) => news === 'resolved' || news === 'stable';
const about = ({ news }: Notification) => news !== 'ending';
const isCalm = ({ silences }: World) => silences.length === 0;

it('whatever comes, stops, flaps, is silenced, acknowledged or quiet: each alert begins once, ends once, and nothing is said where nothing may be', () => {
  fc.assert(
    fc.property(world, (made) => {
      const { sent, state, surprises } = live(made);
      const said = lines(sent).join('\n');
      const silences = silencesOf(made.silences);
      assert.deepEqual(surprises, [], said);
      const incidents = Map.groupBy(sent.filter(about), ({ incidentId }) => incidentId);
      for (const told of incidents.values()) {
        assert.ok(['firing', 'unstable'].includes(told[0]?.news ?? ''), `it begins with what is wrong\n${said}`);
        const open = new Set<string>();
        for (const one of told)
          for (const { id } of one.places)
            if (!isOver(one)) open.add(id);
            else assert.ok(open.delete(id), `${id} is told as over without being told of\n${said}`);
        assert.ok(isOver(told.at(-1) as Notification), `it is never told as over\n${said}`);
        assert.equal(new Set(told.map(({ id }) => id)).size, told.length, `two messages are the same\n${said}`);
      }
      assert.deepEqual(state.incidents, {}, `something is left open\n${said}`);
      for (const one of sent.filter(about))
        for (const mute of silences) {
          const endsAt = mute.endedAt ?? mute.endsAt;
          if (one.at < mute.startsAt || one.at >= endsAt || one.places.length === 0) continue;
          const named = one.places.map(({ id }) => matchesKey(mute, `${one.rule}/${id}`));
          if (mute.rules.length === 0) assert.ok(!named.includes(true), `silenced, and told\n${said}`);
        }
      if (made.quietHours?.from === '03:00')
        assert.ok(
          !sent.some(
            ({ at, severity, news }) =>
              at >= minute(180) && at < minute(300) && severity !== 'critical' && news !== 'ending',
          ),
          `told in quiet hours\n${said}`,
        );
      if (isCalm(made) && made.silent.some(({ place, at }) => place === 'all' && at.to - at.from >= 60 * MINUTE_MS))
        assert.ok(
          sent.some(({ severity }) => severity === 'critical'),
          `a silent source went unsaid\n${said}`,
        );
    }),
    { numRuns: 40, seed: 2026 },
  );
});
