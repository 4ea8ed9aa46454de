import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MINUTE_MS } from '../core/time.ts';
import { MISSING_REASONS, SLOT_STATES, type Slot, type SlotEvent, type SlotState } from './ledger.ts';
import { applySlotEvent, type SlotEventClass, type SlotStateOrNone, TRANSITIONS } from './transition.ts';

const SLOT_AT = Date.UTC(2024, 1, 29, 12);
const KEY = { placeId: 'dakar', slotAt: SLOT_AT };
const GRACE_MS = 5 * MINUTE_MS;
const reading = { kind: 'reading', fresh: true, backfill: false, validAt: SLOT_AT, source: 'open-meteo' } as const;

const EVENTS: Readonly<Record<SlotEventClass, SlotEvent>> = {
  opened: { kind: 'opened', at: SLOT_AT },
  fresh: { ...reading, at: SLOT_AT + GRACE_MS },
  late: { ...reading, at: SLOT_AT + GRACE_MS + 1 },
  backfill: { ...reading, at: SLOT_AT + 60 * MINUTE_MS, backfill: true },
  stale: { ...reading, at: SLOT_AT + MINUTE_MS, fresh: false },
  quarantined: { kind: 'quarantined', at: SLOT_AT + MINUTE_MS, detail: 'HMT_POLL_UNDECODABLE' },
  'given-up': { kind: 'given-up', at: SLOT_AT + 14 * MINUTE_MS, reason: 'no-answer', detail: 'HMT_POLL_TIMEOUT' },
};

function slotIn(state: SlotState): Slot {
  return {
    ...KEY,
    state,
    reason: null,
    detail: null,
    arrivedAt: null,
    validAt: null,
    source: null,
    version: 7,
  };
}

/** The whole table, written out by hand: `=` where nothing changes. */
const EXPECTED: Readonly<Record<SlotStateOrNone, string>> = {
  //            opened  fresh   late backfill   stale quarantined given-up
  none: '       pending arrived late backfilled stale quarantined missing',
  pending: '    =       arrived late backfilled stale quarantined missing',
  missing: '    =       arrived late backfilled stale quarantined =',
  quarantined: '=       arrived late backfilled stale =           =',
  stale: '      =       arrived late backfilled =     =           =',
  arrived: '    =       =       =    =          =     =           =',
  late: '       =       =       =    =          =     =           =',
  backfilled: ' =       =       =    =          =     =           =',
};

const CLASSES = Object.keys(EVENTS) as SlotEventClass[];

for (const from of ['none', ...SLOT_STATES] as const) {
  const cells = EXPECTED[from].trim().split(/\s+/);
  for (const [column, eventClass] of CLASSES.entries()) {
    const expected = cells[column];
    test(`a slot in state ${from} ${expected === '=' ? 'ignores' : `becomes ${expected} on`} ${eventClass}`, () => {
      const before = from === 'none' ? null : slotIn(from);
      const after = applySlotEvent(before, KEY, EVENTS[eventClass], GRACE_MS);
      if (expected === '=') {
        assert.equal(after, before);
        assert.equal(TRANSITIONS[from][eventClass], null);
        return;
      }
      assert.equal(after.state, expected);
      assert.equal(after.version, before === null ? 1 : 8);
      assert.equal(TRANSITIONS[from][eventClass], expected);
    });
  }
}

test('a filled slot carries its reading, and no reason of an earlier failure', () => {
  const missing = applySlotEvent(null, KEY, EVENTS['given-up'], GRACE_MS);
  assert.deepEqual([missing.reason, missing.detail], ['no-answer', 'HMT_POLL_TIMEOUT']);
  const filled = applySlotEvent(missing, KEY, EVENTS.backfill, GRACE_MS);
  assert.deepEqual(filled, {
    ...KEY,
    state: 'backfilled',
    reason: null,
    detail: null,
    arrivedAt: EVENTS.backfill.at,
    validAt: SLOT_AT,
    source: 'open-meteo',
    version: 2,
  });
});

test('a quarantined slot says why', () => {
  assert.equal(applySlotEvent(null, KEY, EVENTS.quarantined).reason, 'HMT_POLL_UNDECODABLE');
});

const anyEvent: fc.Arbitrary<SlotEvent> = fc.oneof(
  fc.record({ kind: fc.constant('opened' as const), at: fc.integer({ min: SLOT_AT, max: SLOT_AT + 3_600_000 }) }),
  fc.record({
    kind: fc.constant('reading' as const),
    at: fc.integer({ min: SLOT_AT, max: SLOT_AT + 3_600_000 }),
    fresh: fc.boolean(),
    backfill: fc.boolean(),
    validAt: fc.constant(SLOT_AT),
    source: fc.constantFrom('a', 'b'),
  }),
  fc.record({
    kind: fc.constant('quarantined' as const),
    at: fc.constant(SLOT_AT),
    detail: fc.constant('HMT_POLL_UNDECODABLE'),
  }),
  fc.record({
    kind: fc.constant('given-up' as const),
    at: fc.constant(SLOT_AT),
    reason: fc.constantFrom(...MISSING_REASONS),
    detail: fc.constant(null),
  }),
);

const replay = (events: readonly SlotEvent[], from: Slot | null = null) =>
  events.reduce<Slot | null>((slot, event) => applySlotEvent(slot, KEY, event, GRACE_MS), from);

test('a replay of the same events gives the same slot, and a second pass over them changes nothing', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
      const once = replay(events);
      assert.deepEqual(replay(events), once);
      assert.equal(replay(events, once), once);
    }),
  );
});

test('readings in order give the same state wherever failures and quarantine of other topics fall between them', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 8 }), (events) => {
      const readings = events.filter((event) => event.kind === 'reading');
      const others = events.filter((event) => event.kind !== 'reading');
      const one = replay([...readings, ...others]);
      const other = replay([...others, ...readings]);
      assert.equal(one?.state, other?.state);
      assert.equal(one?.arrivedAt, other?.arrivedAt);
    }),
  );
});
