import { seededRandom } from '../src/core/random.ts';
import { HOUR_MS, MINUTE_MS } from '../src/core/time.ts';
import { flatRecord } from '../src/journal/flat-record.ts';
import type { Journal, JournalMessage } from '../src/journal/journal.ts';
import { loadPlaces, type Place } from '../src/weather/place.ts';

const STEP_MS = 15 * MINUTE_MS;
const FIRST_AT = Date.UTC(2000, 0, 1);
const APPENDED_AT_ONCE = 1000;

const senegal = loadPlaces(new URL('../regions/senegal.json', import.meta.url).pathname);
/** The thirteen of Senegal, and as many like them as are wanted. */
export const feedPlaces = (count: number): readonly Place[] =>
  Array.from({ length: count }, (_, index) => {
    const like = senegal[index % senegal.length] as Place;
    return index < senegal.length ? like : { ...like, id: `${like.id}-${index}`, name: `${like.name} ${index}` };
  });

const random = seededRandom(1, 'bench');
const tenth = (value: number) => Math.round(value * 10) / 10;

/** The message of one place and slot: 24 fields of the original and ours, some of them with a decimal. */
export function messageAt(places: readonly Place[], index: number): JournalMessage {
  const place = places[index % places.length] as Place;
  const slotAt = FIRST_AT + Math.floor(index / places.length) * STEP_MS;
  const warmth = 25 + 6 * Math.sin((slotAt / (24 * HOUR_MS)) * 2 * Math.PI) + random();
  const record = flatRecord(
    {
      placeId: place.id,
      validAt: slotAt,
      slotAt,
      receivedAt: slotAt + 20_000,
      source: 'open-meteo',
      kind: 'analysis',
      issuedAt: null,
      values: {
        temperatureC: tenth(warmth),
        feelsLikeC: tenth(warmth + 2),
        dewPointC: tenth(warmth - 9),
        pressureHpa: Math.round(1011 + 3 * random()),
        humidityPct: Math.round(40 + 50 * random()),
        cloudCoverPct: Math.round(100 * random()),
        visibilityM: 24_140,
        windSpeedMps: tenth(8 * random()),
        windFromDirectionDeg: Math.round(360 * random()),
        windGustMps: tenth(14 * random()),
        uvIndex: tenth(9 * random()),
        rain1hMm: 0,
        snow1hMm: null,
      },
      condition: { id: 802, description: null, icon: '03d' },
      sunriseAt: null,
      sunsetAt: null,
      flags: [],
    },
    place,
  );
  return { key: place.id, headers: {}, value: Buffer.from(JSON.stringify([record])) };
}

/** Appends `count` messages of the feed, beginning with the one numbered `from`. */
export async function appendFeed(
  journal: Journal,
  places: readonly Place[],
  from: number,
  count: number,
): Promise<void> {
  for (let index = from; index < from + count; index += APPENDED_AT_ONCE) {
    const messages = Array.from({ length: APPENDED_AT_ONCE }, (_, item) => messageAt(places, index + item));
    await journal.append('observations', messages);
  }
}
