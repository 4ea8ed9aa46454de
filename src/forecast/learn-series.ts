import { HOUR_MS } from '../core/time.ts';
import type { Store, StoredObservation } from '../store/store.ts';
import type { ChangedSeries } from './changed-series.ts';
import type { ForecasterMemory, TemperatureReading } from './forecaster.ts';

/** Readings of one series handed to a memory at a time: bounds what is held, and how long HTTP waits, while history is learnt. */
const READINGS_AT_ONCE = 500;
/** More changed readings than this are read as one span. */
const SINGLE_READS = 8;
/** After lost entries of the feed, how far before a memory's newest reading late ones are looked for. */
const LATE_MS = 48 * HOUR_MS;

/**
 * Teaches a memory what changed in its series. A memory that knows nothing yet learns the series' past as far as it
 * matters, whatever the feed said. `latest` is the place's newest reading, which need not be asked for again; `turn` lets
 * others have their turn while much is learnt. Returns how many readings were handed over.
 */
export async function learnSeries(
  store: Store,
  series: ChangedSeries,
  memory: ForecasterMemory,
  contextMs: number,
  latest: StoredObservation | undefined,
  turn: () => Promise<void>,
): Promise<number> {
  const { placeId, source, validAt, sinceAt, missed, untilAt } = series;
  const { newestAt } = memory;
  const learner = new Learner(memory);
  if (newestAt !== null && sinceAt === null && !missed && validAt.size <= SINGLE_READS) {
    for (const at of [...validAt].sort((one, other) => one - other)) {
      const isLatest = latest?.validAt === at && latest.source === source;
      learner.take(isLatest ? latest : await store.observations.get({ placeId, validAt: at, source }));
    }
    return learner.finish();
  }
  const oldestAt = newestAt === null ? untilAt - contextMs : newestAt - (missed ? LATE_MS : contextMs);
  const from = newestAt === null || missed ? oldestAt : Math.max(firstChange(series), oldestAt);
  // A new memory goes straight on to the newest reading; entries that lie between then change nothing.
  const to = newestAt === null ? Number.MAX_SAFE_INTEGER : untilAt + 1;
  for await (const row of store.observations.stream({ placeId, from, to, which: 'all' }))
    if (row.source === source && learner.take(row)) {
      learner.learn();
      await turn();
    }
  return learner.finish();
}

function firstChange({ sinceAt, validAt, untilAt }: ChangedSeries): number {
  let firstAt = sinceAt ?? untilAt;
  for (const at of validAt) firstAt = Math.min(firstAt, at);
  return firstAt;
}

class Learner {
  readonly #memory: ForecasterMemory;
  #readings: TemperatureReading[] = [];
  #count = 0;

  constructor(memory: ForecasterMemory) {
    this.#memory = memory;
  }

  /** Whether it is time to learn what was taken. */
  take(row: StoredObservation | null): boolean {
    const reading = row && temperatureReading(row);
    if (reading) this.#readings.push(reading);
    return this.#readings.length >= READINGS_AT_ONCE;
  }

  learn(): void {
    this.#count += this.#readings.length;
    if (this.#readings.length > 0) this.#memory.observe(this.#readings);
    this.#readings = [];
  }

  /** Learns the rest; returns how many readings were learnt in all. */
  finish(): number {
    this.learn();
    return this.#count;
  }
}

/** What a row says about temperature; `null` where it says nothing or the checks doubt it. */
export function temperatureReading({ validAt, values, flags }: StoredObservation): TemperatureReading | null {
  const { temperatureC, dewPointC, pressureHpa, windSpeedMps } = values;
  if (temperatureC === null || flags.some(({ quantity }) => quantity === 'temperatureC')) return null;
  return { validAt, temperatureC, dewPointC, pressureHpa, windSpeedMps };
}
