import { z } from 'zod';
import { toRfc3339 } from '../core/time.ts';
import type { ProviderForecast } from '../weather/prediction.ts';
import { QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';
import type { JournalMessage } from './journal.ts';
import { EVENT_TYPES, eventHeaders } from './topics.ts';

/** The message of the `forecasts` topic: one provider forecast for one place, as issued. */
export const forecastRecord = z.object({
  placeId: z.string().min(1).max(64),
  source: z.string().min(1).max(64),
  model: z.string().max(200).nullable(),
  issuedAt: z.number().int(),
  receivedAt: z.number().int(),
  validAt: z.array(z.number().int()).max(1000),
  values: z.partialRecord(
    z.enum(QUANTITY_NAMES as [Quantity, ...Quantity[]]),
    z.array(z.number().nullable()).max(1000),
  ),
});

/** A provider forecast as a message: key = place. */
export function forecastMessage(forecast: ProviderForecast): JournalMessage {
  return {
    key: forecast.placeId,
    headers: eventHeaders({
      id: `${forecast.placeId}/${forecast.issuedAt}/${forecast.source}`,
      source: `/providers/${forecast.source}/places/${forecast.placeId}`,
      type: EVENT_TYPES.forecasts,
      time: toRfc3339(forecast.issuedAt),
    }),
    value: Buffer.from(JSON.stringify(forecast)),
  };
}
