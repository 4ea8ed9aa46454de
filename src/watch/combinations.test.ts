import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import type { Notification } from './notification.ts';
import { EVERY_MS, lines, play, START_AT } from './scenario.contract.ts';
import type { Silence } from './silence.ts';

const minute = (minutes: number): Instant => START_AT + minutes * MINUTE_MS;
const FAULT = { from: 120, to: 720 } as const;

const DELAYS = { 'no delay': 0, 'the rule’s own delay': null, 'half an hour of delay': 30 } as const;
const FEEDS = { stops: () => false, 'comes every second time': (slotAt: Instant) => (slotAt / EVERY_MS) % 2 === 0 };
const SILENCES = {
  'no silence': null,
  'a silence over all of it': [60, 1000],
  'a silence over its beginning': [60, 300],
  'a silence within it': [300, 500],
  'a silence over its end': [500, 1000],
} as const;
/** Whether the source as a whole stops for two hours in the middle of it. */
const INHIBITIONS = { alone: false, 'under a silent source': true } as const;
const QUIET = { 'by day': null, 'with quiet hours': { from: '03:00', to: '05:00' } } as const;

const isOver = ({ news }: Notification) => news === 'resolved' || news === 'stable';
const rulesOf = (minutes: number | null) =>
  minutes === null
    ? {}
    : Object.fromEntries(['place-late', 'place-missing'].map((rule) => [rule, { forMinutes: minutes }]));

/** What must hold of everything that was sent, whatever the combination. */
function check(sent: readonly Notification[], silence: readonly [number, number] | null): void {
  const incidents = new Map<string, Notification[]>();
  for (const one of sent) {
    if (one.news === 'ending') continue;
    incidents.set(one.incidentId, [...(incidents.get(one.incidentId) ?? []), one]);
  }
  for (const told of incidents.values()) {
    assert.ok(['firing', 'unstable'].includes(told[0]?.news ?? ''), 'it begins with what is wrong');
    assert.equal(told.filter(isOver).length, 1, 'it is over once');
    assert.ok(isOver(told.at(-1) as Notification), 'and nothing is said after that');
    const unstable = told.filter(({ news }) => news === 'unstable').map(({ at }) => at);
    for (const [index, at] of unstable.entries())
      assert.ok(at - (unstable[index - 1] ?? 0) > HOUR_MS, 'unstable is said once an hour at most');
    assert.equal(new Set(told.map(({ id }) => id)).size, told.length, 'each message is another');
  }
  const ofKolda = sent.filter(({ rule, news }) => rule?.startsWith('place-') && news !== 'ending');
  if (silence)
    for (const { at } of ofKolda)
      assert.ok(
        at < minute(silence[0]) || at >= minute(silence[1]),
        `silenced, and told at ${(at - START_AT) / MINUTE_MS}`,
      );
}

describe('every combination of delay, flapping, silence, inhibition and quiet hours (item 37)', () => {
  for (const [delay, minutes] of Object.entries(DELAYS))
    for (const [feed, comes] of Object.entries(FEEDS))
      for (const [silenced, silence] of Object.entries(SILENCES))
        for (const [inhibited, sourceStops] of Object.entries(INHIBITIONS))
          for (const [hours, quietHours] of Object.entries(QUIET))
            it(`${delay}, a feed that ${feed}, ${silenced}, ${inhibited}, ${hours}`, () => {
              const stopped = (slotAt: Instant) => sourceStops && slotAt >= minute(360) && slotAt < minute(480);
              const silences: Silence[] =
                silence === null
                  ? []
                  : [
                      {
                        id: 's1',
                        rules: [],
                        placeIds: ['kolda'],
                        startsAt: minute(silence[0]),
                        endsAt: minute(silence[1]),
                        author: 'ops',
                        reason: 'works',
                        createdAt: START_AT,
                        endedAt: null,
                      },
                    ];
              const { sent, surprises, state } = play({
                comes: (placeId, slotAt) =>
                  !stopped(slotAt) &&
                  (placeId !== 'kolda' || slotAt < minute(FAULT.from) || slotAt >= minute(FAULT.to) || comes(slotAt)),
                options: { rules: rulesOf(minutes), quietHours },
                silences,
              });
              const said = lines(sent).join('\n');
              assert.deepEqual(surprises, [], said);
              check(sent, silence as [number, number] | null);
              const places = sent.filter(({ rule, news }) => rule?.startsWith('place-') && news !== 'ending');
              // With a silence over all of it nothing is said; otherwise it never goes unsaid, whatever the delay.
              assert.equal(places.length > 0, silenced !== 'a silence over all of it', said);
              assert.ok(places.length <= 9, `at most nine messages in ten hours:\n${said}`);
              assert.equal(
                sent.some(({ rule }) => rule === 'source-missing'),
                sourceStops,
                said,
              );
              assert.deepEqual(state.incidents, {}, said);
            });
});
