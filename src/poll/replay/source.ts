import { DAY_MS, type Instant } from '../../core/time.ts';
import type { Place } from '../../weather/place.ts';
import { QUANTITY_NAMES } from '../../weather/quantity.ts';
import type { FetchResult, Reading, Source } from '../source.ts';
import type { ReplayOptions } from './config.ts';
import { openRecording } from './open-recording.ts';
import type { RecordedReading, Recording } from './recording.ts';

/**
 * A recorded feed as a source: each slot gets the readings that the recording has for it, at their own times and no
 * earlier than the clock allows. The newest reading of a slot answers it; older ones of the same slot come along without
 * a slot. A slot without a reading stays without one: gaps are replayed too. Looks back over the whole recording.
 *
 * @throws HarmattanError HMT_POLL_REPLAY_FILE
 */
export async function replaySource(options: ReplayOptions): Promise<Source> {
  const recording = await openRecording(options);
  const { everyMs } = recording;
  let lastSlotAt: Instant | null = null;
  let told = false;
  return {
    id: 'replay',
    capabilities: {
      kind: 'observation',
      quantities: QUANTITY_NAMES,
      placesPerCall: 100_000,
      costOf: () => 0,
      backfillCostOf: () => 0,
      quota: [],
      credential: '-',
      lookBackMs: 100 * 366 * DAY_MS,
      backfillSpanMs: Math.max(7 * DAY_MS, everyMs),
      publishedEveryMs: everyMs,
      ownTimes: true,
      attribution: { text: 'Recorded readings, replayed.', url: '', licence: 'as recorded' },
    },
    async fetch(places, slotAt, { clock, logger }) {
      if (!told) {
        told = true;
        for (const { file, line, reason } of recording.badLines.first)
          logger.warn('A line of the recording cannot be used.', { file, line, reason });
        if (recording.badLines.count > 0)
          logger.warn('Some lines of the recording are left out.', { lines: recording.badLines.count });
      }
      // Where slots are further apart than readings, those in between come along with the next slot.
      const before = lastSlotAt !== null && lastSlotAt < slotAt ? lastSlotAt : slotAt - everyMs;
      lastSlotAt = slotAt;
      const after = Math.max(Math.min(before, slotAt - everyMs), slotAt - DAY_MS);
      return answer(recording, places, [slotAt], after, clock.now());
    },
    async backfill(places, slots, { clock }) {
      const first = slots[0];
      if (first === undefined) return { readings: [], forecasts: [], failures: [] };
      return answer(recording, places, slots, first - everyMs, clock.now());
    },
    async probe() {
      const { badLines, readingCount, places } = recording;
      const [first] = badLines.first;
      return [
        {
          ok: true,
          finding: `The recording holds ${readingCount} readings of ${places.length} places.`,
          code: null,
          cure: null,
        },
        ...(first
          ? [
              {
                ok: false,
                finding: `${badLines.count} lines cannot be used; the first is ${first.file}, line ${first.line}: ${first.reason}.`,
                code: 'HMT_POLL_REPLAY_FILE',
                cure: 'Correct or remove them; the rest is replayed.',
              },
            ]
          : []),
      ];
    },
  };
}

/** Readings of `(after, last slot]`, each with the slot that it is the newest reading of. */
async function answer(
  recording: Recording,
  places: readonly Place[],
  slots: readonly Instant[],
  after: Instant,
  now: Instant,
): Promise<FetchResult> {
  const { everyMs } = recording;
  const lastSlotAt = slots.at(-1) ?? after;
  const asked = new Set(places.map((place) => place.id));
  const found = await recording.readings(after + 1, Math.min(lastSlotAt, now) + 1);
  const newestOf = new Map<string, RecordedReading>();
  const slotOf = (validAt: Instant) => {
    const index = slots.findIndex((slotAt) => slotAt >= validAt);
    const slotAt = slots[index];
    return slotAt !== undefined && validAt > slotAt - everyMs ? slotAt : null;
  };
  const rows = found.filter(({ placeId }) => asked.has(placeId));
  const slotAts = rows.map(({ validAt }) => slotOf(validAt));
  rows.forEach((row, index) => {
    const slotAt = slotAts[index];
    if (slotAt !== null) newestOf.set(`${row.placeId} ${slotAt}`, row);
  });
  const readings = rows.map((row, index): Reading => {
    const slotAt = slotAts[index] ?? null;
    const answers = slotAt !== null && newestOf.get(`${row.placeId} ${slotAt}`) === row;
    return {
      observation: { ...row, slotAt: answers ? slotAt : null, receivedAt: now, source: 'replay', flags: [] },
      stale: false,
    };
  });
  return { readings, forecasts: [], failures: [] };
}
