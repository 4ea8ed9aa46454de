import { DAY_MS, type Instant } from '../../core/time.ts';
import type { Place } from '../../weather/place.ts';
import { QUANTITY_NAMES } from '../../weather/quantity.ts';
import type { FetchResult, Reading, Source } from '../source.ts';
import type { ReplayOptions } from './config.ts';
import { openRecording } from './open-recording.ts';
import type { RecordedReading, Recording } from './recording.ts';
import { firstAtOrAfter } from './recording.ts';

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
  const givenUntil = new Map<string, Instant>();
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
      const afterOf = (place: Place) =>
        Math.max(Math.min(givenUntil.get(place.id) ?? slotAt, slotAt - everyMs), slotAt - DAY_MS);
      const result = await answer(recording, places, [slotAt], afterOf, clock.now());
      for (const { observation } of result.readings)
        givenUntil.set(observation.placeId, Math.max(givenUntil.get(observation.placeId) ?? 0, observation.validAt));
      return result;
    },
    async backfill(places, slots, { clock }) {
      const first = slots[0];
      if (first === undefined) return { readings: [], forecasts: [], failures: [] };
      return answer(recording, places, slots, () => first - everyMs, clock.now());
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

/**
 * For each slot the newest reading of `(slot − step, slot]`; slots closer together than readings share one. Where
 * readings are closer together than slots, those in between come along without a slot, but only beside one that answers.
 */
async function answer(
  recording: Recording,
  places: readonly Place[],
  slots: readonly Instant[],
  afterOf: (place: Place) => Instant,
  now: Instant,
): Promise<FetchResult> {
  const after = new Map(places.map((place) => [place.id, afterOf(place)]));
  const lastSlotAt = slots.at(-1);
  if (lastSlotAt === undefined || after.size === 0) return { readings: [], forecasts: [], failures: [] };
  const rowsOf = new Map<string, RecordedReading[]>();
  for (const row of await recording.readings(Math.min(...after.values()) + 1, Math.min(lastSlotAt, now) + 1)) {
    if (row.validAt <= (after.get(row.placeId) ?? Number.POSITIVE_INFINITY)) continue;
    const rows = rowsOf.get(row.placeId);
    if (rows) rows.push(row);
    else rowsOf.set(row.placeId, [row]);
  }
  const readings = [...rowsOf.values()].flatMap((rows) => ofPlace(rows, slots, recording.everyMs, now));
  return { readings, forecasts: [], failures: [] };
}

function ofPlace(
  rows: readonly RecordedReading[],
  slots: readonly Instant[],
  everyMs: number,
  now: Instant,
): readonly Reading[] {
  const times = rows.map(({ validAt }) => validAt);
  const given = new Set<RecordedReading>();
  const reading = (row: RecordedReading, slotAt: Instant | null): Reading => ({
    observation: { ...row, slotAt, receivedAt: now, source: 'replay', flags: [] },
    stale: false,
  });
  const answers = slots.flatMap((slotAt) => {
    const row = rows[firstAtOrAfter(times, slotAt + 1) - 1];
    if (row === undefined || row.validAt <= slotAt - everyMs || slotAt > now) return [];
    given.add(row);
    return [reading(row, slotAt)];
  });
  if (answers.length === 0) return [];
  return [...rows.filter((row) => !given.has(row)).map((row) => reading(row, null)), ...answers];
}
