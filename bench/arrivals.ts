import { seededRandom } from '../src/core/random.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../src/core/time.ts';
import type { Slot } from '../src/ledger/ledger.ts';
import type { Arrival, IngestBatch } from '../src/store/store.ts';

const random = seededRandom(1, 'bench');
export const tenth = (value: number) => Math.round(value * 10) / 10;

/** The reading of one place at one slot, with the quantities that a provider gives. */
export function arrival(placeId: string, slotAt: Instant, offset: number): Arrival {
  const warmth = 25 + 8 * Math.sin((slotAt / DAY_MS) * 2 * Math.PI) + random();
  return {
    observation: {
      placeId,
      validAt: slotAt,
      slotAt,
      receivedAt: slotAt + 20_000 + (offset % 977),
      source: 'open-meteo',
      kind: 'analysis',
      issuedAt: Math.floor(slotAt / (6 * HOUR_MS)) * 6 * HOUR_MS,
      values: {
        temperatureC: tenth(warmth),
        feelsLikeC: tenth(warmth + 1.7),
        dewPointC: tenth(warmth - 9.2),
        pressureHpa: tenth(1011 + 3 * random()),
        humidityPct: Math.round(40 + 50 * random()),
        cloudCoverPct: Math.round(100 * random()),
        visibilityM: 24_140,
        windSpeedMps: tenth(8 * random()),
        windFromDirectionDeg: Math.round(360 * random()),
        windGustMps: tenth(14 * random()),
        uvIndex: tenth(9 * random()),
        rain1hMm: 0,
        snow1hMm: 0,
      },
      condition: { id: 800, description: null, icon: null },
      sunriseAt: Math.floor(slotAt / DAY_MS) * DAY_MS + 25_200_000,
      sunsetAt: Math.floor(slotAt / DAY_MS) * DAY_MS + 68_400_000,
      flags: [],
    },
    partition: offset % 8,
    offset,
    item: 0,
  };
}

/** One delivery's worth for the store. */
export function batchOf(arrivals: readonly Arrival[], slots: readonly Slot[] = []): IngestBatch {
  const offset = arrivals.at(-1)?.offset ?? 0;
  return {
    journalId: 'bench',
    group: 'process',
    positions: [{ topic: 'observations', partition: 0, offset: offset + 1 }],
    arrivals,
    slots,
    quarantined: [],
    providerForecasts: [],
    at: arrivals.at(-1)?.observation.receivedAt ?? 0,
  };
}

/** The slot that an arrival fills, as the ledger leaves it. */
export function filled(one: Arrival, before: Slot | null): Slot {
  const { placeId, slotAt, receivedAt, validAt, source } = one.observation;
  return {
    placeId,
    slotAt: slotAt ?? validAt,
    state: 'arrived',
    reason: null,
    detail: null,
    arrivedAt: receivedAt,
    validAt,
    source,
    version: (before?.version ?? 0) + 1,
  };
}
