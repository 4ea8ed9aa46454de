import { createHash } from 'node:crypto';
import { type Instant, toRfc3339 } from '../core/time.ts';
import { type FlatRecord, flatRecord } from '../journal/flat-record.ts';
import type { Observation } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import type { IndexDocument } from './search-index.ts';

/** Version of the Elastic Common Schema that the field names follow. */
export const ECS_VERSION = '8.11.0';

/**
 * One reading as a document: ECS fields, `placeId` and `slotAt`, and the original system's flat names with its values.
 * `@timestamp` is the instant that the values describe, `event.created` when they reached us, `event.ingested` when they
 * are indexed. Panels about arrivals count by `event.created`. An absent value is an absent field.
 */
export function documentOf(observation: Observation, place: Place, ingestedAt: Instant): IndexDocument {
  const { placeId, validAt, slotAt, receivedAt, source, kind } = observation;
  const id = `${placeId}/${validAt}/${source}`;
  const record = flatRecord(observation, place);
  const hash = hashOf(record);
  const fields = {
    '@timestamp': toRfc3339(validAt),
    ecs: { version: ECS_VERSION },
    event: {
      kind: 'metric',
      module: 'harmattan',
      dataset: `harmattan.${kind}`,
      provider: source,
      id,
      hash,
      created: toRfc3339(receivedAt),
      ingested: toRfc3339(ingestedAt),
    },
    observer: {
      name: placeId,
      geo: { name: place.name, location: { lat: place.latitude, lon: place.longitude }, timezone: place.timeZone },
    },
    placeId,
    ...(slotAt === null ? {} : { slotAt: toRfc3339(slotAt) }),
    ...record,
  };
  return { id, hash, receivedAt, validAt, json: JSON.stringify(fields) };
}

function hashOf({ hmt_receivedAt: _, hmt_slotAt: __, ...measured }: FlatRecord): string {
  return createHash('sha256').update(JSON.stringify(measured)).digest('base64url').slice(0, 22);
}
