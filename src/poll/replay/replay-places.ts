import type { Instant } from '../../core/time.ts';
import type { Place } from '../../weather/place.ts';
import type { ReplayOptions } from './config.ts';
import { unreadable } from './file-recording.ts';
import { openRecording } from './open-recording.ts';

/**
 * The places of a recording, where it says where they lie (stations.csv, or columns `latitude,longitude`). Without
 * coordinates: those of `known` whose ids it names.
 *
 * @throws HarmattanError HMT_POLL_REPLAY_FILE
 */
export async function replayPlaces(options: ReplayOptions, known: readonly Place[] = []): Promise<readonly Place[]> {
  const { places } = await openRecording(options);
  const byId = new Map(known.map((place) => [place.id, place]));
  const found = places.flatMap(({ id, name, latitude, longitude }): readonly Place[] => {
    const twin = byId.get(id);
    if (latitude === null || longitude === null) return twin ? [twin] : [];
    return [
      {
        id,
        name,
        names: { fr: name, en: name },
        latitude,
        longitude,
        elevationM: null,
        landscape: null,
        icao: null,
        timeZone: 'UTC',
      },
    ];
  });
  if (found.length === 0)
    throw unreadable(`${options.file} does not say where its places lie: name them in places.file.`);
  return found;
}

/** When a recording happens, and how often it has a reading: what the accelerated clock and the slots are set by. */
export interface ReplaySpan {
  /** The first slot: the clock stands there until everything that must see it runs. */
  readonly from: Instant;
  /** After the slot of the last reading. */
  readonly to: Instant;
  readonly everyMs: number;
}

/** @throws HarmattanError HMT_POLL_REPLAY_FILE */
export async function replaySpan(options: ReplayOptions): Promise<ReplaySpan> {
  const { span, everyMs } = await openRecording(options);
  const firstSlotAt = Math.ceil(span.from / everyMs) * everyMs;
  const to = Math.max(firstSlotAt + everyMs, Math.ceil(span.to / everyMs) * everyMs);
  return { from: firstSlotAt, to, everyMs };
}
