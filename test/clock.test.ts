import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { simulatedProgram } from '../src/app/simulated.ts';
import { silentMeter } from '../src/core/meter.ts';
import { seededRandom } from '../src/core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, type ManualClock, MINUTE_MS, manualClock } from '../src/core/time.ts';
import { noFaults } from '../src/poll/simulator/faults.ts';
import { simulatedProviders } from '../src/poll/simulator/providers/simulated-providers.ts';
import type { SimulatedProgram } from '../src/simulate/program.ts';
import { loadPlaces, type Place } from '../src/weather/place.ts';
import { temporaryFolder } from './program.ts';

const home = fileURLToPath(new URL('..', import.meta.url));
const senegal = loadPlaces(join(home, 'regions', 'senegal.json')).slice(0, 3);
const STEP_MS = 15 * MINUTE_MS;

/** The whole program on a manual clock that begins at `startAt`. */
async function startedAt(
  t: TestContext,
  startAt: Instant,
  places: readonly Place[] = senegal,
): Promise<{ readonly program: SimulatedProgram; readonly clock: ManualClock; calls(): number }> {
  const folder = temporaryFolder(t, 'clock');
  mkdirSync(folder, { recursive: true });
  const clock = manualClock(startAt);
  const keys = { openweathermap: [], openMeteo: [] };
  const providers = simulatedProviders({ seed: 3, places, clock, faults: noFaults, keys });
  const program = await simulatedProgram(
    places,
    home,
  )({
    folder,
    clock,
    random: seededRandom(3, 'program'),
    transport: providers.transport,
    meter: silentMeter,
    writeLog: () => {},
    configuration: { source: 'open-meteo' },
  });
  t.after(async () => {
    const stopped = program.stop();
    await clock.settle();
    await stopped;
    await program.close();
  });
  return { program, clock, calls: providers.calls };
}

/** Moves in steps as a running machine does. */
async function liveUntil(clock: ManualClock, at: Instant): Promise<void> {
  while (clock.now() < at) await clock.advanceTo(Math.min(at, clock.now() + MINUTE_MS));
}

/** Every slot of `[from, to)` with its place, by state. */
async function statesOf({ store }: SimulatedProgram, from: Instant, to: Instant, places: readonly Place[] = senegal) {
  const states = await store.slots.count(from, to);
  const counted = Object.values(states).reduce((sum, count) => sum + count, 0);
  assert.equal(counted, ((to - from) / STEP_MS) * places.length, 'a slot is silent or doubled');
  return states;
}

test('a clock that is set back by an hour loses nothing, doubles nothing and asks for no finished slot again', async (t) => {
  const from = Date.UTC(2026, 6, 22, 6);
  const { program, clock, calls } = await startedAt(t, from);
  await liveUntil(clock, from + 3 * HOUR_MS);
  const before = calls();
  clock.set(from + 2 * HOUR_MS);
  await liveUntil(clock, from + 3 * HOUR_MS - MINUTE_MS);
  assert.equal(calls(), before, 'finished slots were asked for again');
  await liveUntil(clock, from + 5 * HOUR_MS);
  const states = await statesOf(program, from, from + 5 * HOUR_MS);
  assert.equal(states.arrived, 20 * senegal.length, JSON.stringify(states));
  const { ok, unread } = await program.verify();
  assert.ok(ok && unread === 0);
});

test('a clock that is set forward by an hour leaves its slots told, and filled by the look-back', async (t) => {
  const from = Date.UTC(2026, 6, 22, 6);
  const { program, clock } = await startedAt(t, from);
  await liveUntil(clock, from + 2 * HOUR_MS);
  clock.set(from + 3 * HOUR_MS);
  await liveUntil(clock, from + 6 * HOUR_MS);
  const states = await statesOf(program, from, from + 6 * HOUR_MS);
  assert.equal(states.pending + states.missing, 0, JSON.stringify(states));
  assert.ok(states.backfilled >= 3 * senegal.length, JSON.stringify(states));
  const { ok, unread } = await program.verify();
  assert.ok(ok && unread === 0);
});

const paris: Place = {
  id: 'paris',
  name: 'Paris',
  names: { fr: 'Paris', en: 'Paris' },
  latitude: 48.85,
  longitude: 2.35,
  elevationM: 35,
  landscape: null,
  icao: null,
  timeZone: 'Europe/Paris',
};

for (const [what, day] of [
  ['the day on which clocks go forward', Date.UTC(2026, 2, 29)],
  ['the day on which clocks go back', Date.UTC(2026, 9, 25)],
  ['a leap day', Date.UTC(2028, 1, 29)],
] as const)
  test(`${what} has 96 slots in UTC, each with its reading and forecasts an hour apart`, async (t) => {
    const { program, clock } = await startedAt(t, day, [paris]);
    await liveUntil(clock, day + DAY_MS);
    const states = await statesOf(program, day, day + DAY_MS, [paris]);
    assert.equal(states.arrived, 96, JSON.stringify(states));
    const newest = await program.store.predictions.newest('paris');
    assert.ok(newest, 'no forecast was issued');
    for (const [lead, at] of newest.validAt.entries())
      if (lead > 0) assert.equal(at - (newest.validAt[lead - 1] ?? 0), HOUR_MS);
    const { ok, unread } = await program.verify();
    assert.ok(ok && unread === 0);
  });
