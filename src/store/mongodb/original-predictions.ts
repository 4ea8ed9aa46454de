import { HOUR_MS, type Instant } from '../../core/time.ts';
import { stampOf } from '../../weather/original-weather.ts';
import type { Place } from '../../weather/place.ts';
import type { Prediction } from '../../weather/prediction.ts';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { instantIdOf } from './natural-key.ts';
import { finite } from './readings.ts';

/** How many hours the original's pages show. */
const HOURS_SHOWN = 3;

/** The original's collection `predictions`: of each region the three hours after its newest forecast, oldest first. */
export interface OriginalPredictions {
  /** Shows a place's newest issue in the stead of the hours that are shown. Returns the hours that are shown then. */
  show(prediction: Prediction, shown: readonly Instant[]): Promise<readonly Instant[]>;
}

export function originalPredictions(
  database: MongoDatabase,
  { predictions }: Pick<Collections, 'predictions'>,
  placeOf: (placeId: string) => Place | null,
): OriginalPredictions {
  return {
    show: async ({ placeId, issuedAt, validAt, meanC }, shown) => {
      const region = placeOf(placeId)?.name ?? placeId;
      const hours = validAt
        .map((at, lead) => [at, finite(meanC[lead] ?? null)] as const)
        .filter(([at]) => at > issuedAt && at % HOUR_MS === 0)
        .slice(0, HOURS_SHOWN);
      // One that is shown already keeps its place and the later ones come behind it: the order in which they lie is that of time.
      for (const [at, temperature] of hours) {
        const row = { timestamp: stampOf(at), temperature, region };
        await database.upsert(() => predictions.replaceOne({ _id: instantIdOf(placeId, at) }, row, { upsert: true }));
      }
      const now = hours.map(([at]) => at);
      for (const at of shown)
        if (!now.includes(at)) await database.run(() => predictions.deleteOne({ _id: instantIdOf(placeId, at) }));
      return now;
    },
  };
}
