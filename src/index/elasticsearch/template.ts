import { QUANTITIES, QUANTITY_NAMES } from '../../weather/quantity.ts';

const KEYWORD = { type: 'keyword', ignore_above: 1024 } as const;
const DATE = { type: 'date' } as const;
const LONG = { type: 'long' } as const;
const DOUBLE = { type: 'double' } as const;

type FieldTypes = Record<string, unknown>;

/**
 * The types of a document's fields. Quantities are doubles even where the original schema wants an integer: a foreign
 * sender may be more exact, and a document must not be refused for it.
 */
export function documentMappings(): {
  readonly properties: FieldTypes;
  readonly dynamic_templates: readonly unknown[];
} {
  const properties: FieldTypes = {
    '@timestamp': DATE,
    ecs: { properties: { version: KEYWORD } },
    event: {
      properties: {
        kind: KEYWORD,
        module: KEYWORD,
        dataset: KEYWORD,
        provider: KEYWORD,
        id: KEYWORD,
        hash: KEYWORD,
        created: DATE,
        ingested: DATE,
      },
    },
    observer: {
      properties: {
        name: KEYWORD,
        geo: { properties: { name: KEYWORD, location: { type: 'geo_point' }, timezone: KEYWORD } },
      },
    },
    placeId: KEYWORD,
    slotAt: DATE,
    lat: DOUBLE,
    lon: DOUBLE,
    timezone: KEYWORD,
    timezone_offset: LONG,
    region_name: KEYWORD,
    data_dt: LONG,
    data_sunrise: LONG,
    data_sunset: LONG,
    data_weather_id: LONG,
    data_weather_main: KEYWORD,
    data_weather_description: KEYWORD,
    data_weather_icon: KEYWORD,
    hmt_placeId: KEYWORD,
    hmt_source: KEYWORD,
    hmt_kind: KEYWORD,
    hmt_validAt: LONG,
    hmt_receivedAt: LONG,
    hmt_slotAt: LONG,
    hmt_issuedAt: LONG,
  };
  for (const name of QUANTITY_NAMES) {
    properties[QUANTITIES[name].wireField] = DOUBLE;
    if (QUANTITIES[name].wireInteger) properties[`hmt_${name}`] = DOUBLE;
  }
  return {
    dynamic_templates: [{ texts: { match_mapping_type: 'string', mapping: KEYWORD } }],
    properties,
  };
}

/** Above Elasticsearch's own `logs-*-*` template, whose priority is 100. */
const PRIORITY = 200;

/** The composable index template for the index, or for all of its periods with the index's name as their alias. */
export function indexTemplate(index: string, byPeriod: boolean): unknown {
  return {
    index_patterns: [byPeriod ? `${index}-*` : index],
    priority: PRIORITY,
    template: {
      settings: { index: { number_of_shards: 1, auto_expand_replicas: '0-1', refresh_interval: '5s' } },
      mappings: documentMappings(),
      ...(byPeriod ? { aliases: { [index]: {} } } : {}),
    },
    _meta: { managed_by: 'harmattan' },
  };
}
