import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../core/log.ts';
import { silentMeter } from '../../core/meter.ts';
import { seededRandom } from '../../core/random.ts';
import { scrubber } from '../../core/scrub.ts';
import { HOUR_MS, type Instant, MINUTE_MS, manualClock } from '../../core/time.ts';
import type { SourceContext } from '../source.ts';
import { metadataFolder, modelRuns } from './model-run.ts';

const START_AT = Date.parse('2026-07-22T10:00:00Z');

/** A server whose newest run is what `newest` says at the time of asking. */
function server(newest: (now: Instant) => { runAt: Instant; availableAt: Instant } | null) {
  const clock = manualClock(START_AT);
  let reads = 0;
  const context: SourceContext = {
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    meter: silentMeter,
    signal: new AbortController().signal,
    transport: async () => {
      reads++;
      const run = newest(clock.now());
      const body = run && {
        last_run_initialisation_time: run.runAt / 1000,
        last_run_availability_time: run.availableAt / 1000,
        update_interval_seconds: 21_600,
      };
      return { status: body ? 200 : 503, headers: {}, body: Buffer.from(JSON.stringify(body)) };
    },
  };
  const runs = modelRuns((folder) => `https://example.org/data/${folder}/static/meta.json`, {}, scrubber([]));
  return { clock, reads: () => reads, newest: () => runs.newest('icon_global', context) };
}

test('a run is read once, and again when the next one is due and settled', async () => {
  const run = { runAt: START_AT - 4 * HOUR_MS, availableAt: START_AT - HOUR_MS };
  const { clock, reads, newest } = server((now) =>
    now < START_AT + 5 * HOUR_MS ? run : { runAt: run.runAt + 6 * HOUR_MS, availableAt: run.availableAt + 6 * HOUR_MS },
  );
  for (let minute = 0; minute < 5 * 60 + 10; minute += 5) {
    assert.equal((await newest())?.initialisedAt, run.runAt);
    clock.set(clock.now() + 5 * MINUTE_MS);
  }
  assert.equal(reads(), 1);
  assert.equal((await newest())?.initialisedAt, run.runAt + 6 * HOUR_MS);
  assert.equal(reads(), 2);
});

test('a run that has only just appeared is not claimed until all servers have it', async () => {
  const old = { runAt: START_AT - 16 * HOUR_MS, availableAt: START_AT - 13 * HOUR_MS };
  const fresh = { runAt: START_AT - 4 * HOUR_MS, availableAt: START_AT + 29 * MINUTE_MS };
  const { clock, newest } = server((now) => (now < fresh.availableAt ? old : fresh));
  assert.equal((await newest())?.initialisedAt, old.runAt);
  clock.set(START_AT + 30 * MINUTE_MS);
  assert.equal((await newest())?.initialisedAt, old.runAt);
  clock.set(START_AT + 39 * MINUTE_MS);
  assert.equal((await newest())?.initialisedAt, fresh.runAt);
});

test('an overdue run is looked for every ten minutes, not at every call', async () => {
  const { clock, reads, newest } = server(() => ({
    runAt: START_AT - 90 * HOUR_MS,
    availableAt: START_AT - 80 * HOUR_MS,
  }));
  for (let minute = 0; minute < 60; minute++) {
    await newest();
    clock.set(clock.now() + MINUTE_MS);
  }
  assert.equal(reads(), 6);
});

test('what was known stays while the file cannot be read', async () => {
  const run = { runAt: START_AT - 9 * HOUR_MS, availableAt: START_AT - 7 * HOUR_MS };
  const { clock, newest } = server((now) => (now === START_AT ? run : null));
  await newest();
  clock.set(START_AT + HOUR_MS);
  assert.equal((await newest())?.initialisedAt, run.runAt);
});

test('a clock set back does not keep an old run for ever', async () => {
  const { clock, reads, newest } = server(() => ({ runAt: START_AT - 4 * HOUR_MS, availableAt: START_AT - HOUR_MS }));
  await newest();
  clock.set(START_AT - 24 * HOUR_MS);
  await newest();
  assert.equal(reads(), 2);
});

test('a blend has no run, and models have their folders', () => {
  for (const blend of ['best_match', 'icon_seamless', 'gfs_mix']) assert.equal(metadataFolder(blend), null);
  assert.equal(metadataFolder('icon_global'), 'dwd_icon');
  assert.equal(metadataFolder('ecmwf_ifs025'), 'ecmwf_ifs025');
});
