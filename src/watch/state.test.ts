import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { INSTANCE_EVENTS, INSTANCE_STATES, type InstanceState, isActive, nextState } from './state.ts';

/** Written by hand from what each word means: rows are states, columns the events in the order of INSTANCE_EVENTS. */
const WANTED = `
              bad      bad-held good       good-held unknown    failed     flaps    calm-bad calm-good
  normal      pending  firing   normal     normal    no-data    error      flapping pending  normal
  pending     pending  firing   normal     normal    pending    pending    flapping pending  normal
  firing      firing   firing   recovering resolved  firing     firing     flapping firing   recovering
  recovering  firing   firing   recovering resolved  recovering recovering flapping firing   resolved
  resolved    pending  firing   normal     normal    no-data    error      flapping pending  normal
  flapping    flapping flapping flapping   flapping  flapping   flapping   flapping firing   resolved
  no-data     pending  firing   normal     normal    no-data    error      flapping pending  normal
  error       pending  firing   normal     normal    no-data    error      flapping pending  normal
`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

describe('the table of states (item 37)', () => {
  const [events = [], ...rows] = WANTED;

  it('is written for every state and every event', () => {
    assert.deepEqual(events, [...INSTANCE_EVENTS]);
    assert.deepEqual(rows.map(([state]) => state).sort(), [...INSTANCE_STATES].sort());
  });

  for (const [state = '', ...cells] of rows)
    for (const [column, event] of INSTANCE_EVENTS.entries())
      it(`${state} and ${event} give ${cells[column]}`, () => {
        assert.equal(nextState(state as InstanceState, event), cells[column]);
      });

  it('never takes vanishing or an error for recovery', () => {
    for (const state of INSTANCE_STATES.filter((one) => isActive(one) || one === 'flapping' || one === 'pending'))
      for (const event of ['unknown', 'failed'] as const) assert.equal(nextState(state, event), state);
  });
});
