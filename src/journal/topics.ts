/**
 * The journal's topics. `observations` carries readings and nothing else, so that the original system's consumer can
 * read it; forecasts and the outcomes of polls travel beside it.
 */
export type Topic = 'observations' | 'forecasts' | 'polls';

export const TOPICS: readonly Topic[] = ['observations', 'forecasts', 'polls'];

/** CloudEvents 1.0 attributes, carried as `ce_*` headers (Kafka protocol binding, binary content mode). */
export interface EventAttributes {
  /** Unique within `source`: place/validAt/source/hash of the values, so that a correction is not taken for a duplicate. */
  readonly id: string;
  /** URI-reference of the producer: `/providers/<source>/places/<placeId>`. */
  readonly source: string;
  /** `com.harmattan.observation`, `com.harmattan.forecast`, `com.harmattan.poll`. */
  readonly type: string;
  /** RFC 3339 instant of the occurrence. */
  readonly time: string;
}

export const EVENT_TYPES: Readonly<Record<Topic, string>> = {
  observations: 'com.harmattan.observation',
  forecasts: 'com.harmattan.forecast',
  polls: 'com.harmattan.poll',
};

/** The headers of one event. */
export function eventHeaders(attributes: EventAttributes): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: attributes.id,
    ce_source: attributes.source,
    ce_type: attributes.type,
    ce_time: attributes.time,
    'content-type': 'application/json',
  };
}
