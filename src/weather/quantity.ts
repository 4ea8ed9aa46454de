/**
 * The one table of what the program measures. A value never travels without its unit: the unit is in the name, and
 * conversion happens only in `poll/*`/decode.ts on the way in and in `serve` and `web` on the way out.
 */

export interface QuantityRow {
  /** CF standard name; `null` where CF has none. */
  readonly cfName: string | null;
  /** The unit the program computes in (UCUM). */
  readonly unit: string;
  /** A value outside [min, max] is physically impossible: it becomes `null` with a flag. */
  readonly min: number;
  readonly max: number;
  /** Decimals worth showing. */
  readonly decimals: number;
  /** The flat field of the original system's message that holds it (`../journal/flat-record.ts`). */
  readonly wireField: string;
  /** The original schema reads this field as an integer. */
  readonly wireInteger: boolean;
  /** The field of the original's `weather` documents; `null` where the original kept none. */
  readonly originalField: string | null;
}

/**
 * Limits are the world records with room for a bad year, not a climate: WMO's archive has −89.2 and 56.7 °C, 870 and
 * 1,084.8 hPa at sea level, a gust of 113.2 m/s, 305 mm of rain in an hour.
 */
export const QUANTITIES = {
  temperatureC: {
    cfName: 'air_temperature',
    unit: 'Cel',
    min: -95,
    max: 65,
    decimals: 1,
    wireField: 'data_temp',
    wireInteger: false,
    originalField: 'temp',
  },
  feelsLikeC: {
    cfName: 'apparent_temperature',
    unit: 'Cel',
    min: -120,
    max: 90,
    decimals: 1,
    wireField: 'data_feels_like',
    wireInteger: false,
    originalField: 'feels_like',
  },
  dewPointC: {
    cfName: 'dew_point_temperature',
    unit: 'Cel',
    min: -110,
    max: 45,
    decimals: 1,
    wireField: 'data_dew_point',
    wireInteger: false,
    originalField: 'dew_point',
  },
  pressureHpa: {
    cfName: 'air_pressure_at_mean_sea_level',
    unit: 'hPa',
    min: 850,
    max: 1100,
    decimals: 0,
    wireField: 'data_pressure',
    wireInteger: true,
    originalField: 'pressure',
  },
  humidityPct: {
    cfName: 'relative_humidity',
    unit: '%',
    min: 0,
    max: 105,
    decimals: 0,
    wireField: 'data_humidity',
    wireInteger: true,
    originalField: 'humidity',
  },
  cloudCoverPct: {
    cfName: 'cloud_area_fraction',
    unit: '%',
    min: 0,
    max: 100,
    decimals: 0,
    wireField: 'data_clouds',
    wireInteger: true,
    originalField: null,
  },
  visibilityM: {
    cfName: 'visibility_in_air',
    unit: 'm',
    min: 0,
    max: 200_000,
    decimals: 0,
    wireField: 'data_visibility',
    wireInteger: true,
    originalField: 'visibility',
  },
  windSpeedMps: {
    cfName: 'wind_speed',
    unit: 'm/s',
    min: 0,
    max: 110,
    decimals: 1,
    wireField: 'data_wind_speed',
    wireInteger: false,
    originalField: 'wind_speed',
  },
  windFromDirectionDeg: {
    cfName: 'wind_from_direction',
    unit: 'deg',
    min: 0,
    max: 360,
    decimals: 0,
    wireField: 'data_wind_deg',
    wireInteger: true,
    originalField: 'wind_deg',
  },
  windGustMps: {
    cfName: 'wind_speed_of_gust',
    unit: 'm/s',
    min: 0,
    max: 140,
    decimals: 1,
    wireField: 'data_wind_gust',
    wireInteger: false,
    originalField: 'wind_gust',
  },
  uvIndex: {
    cfName: 'ultraviolet_index',
    unit: '1',
    min: 0,
    max: 50,
    decimals: 1,
    wireField: 'data_uvi',
    wireInteger: false,
    originalField: 'uvi',
  },
  rain1hMm: {
    cfName: 'rainfall_amount',
    unit: 'mm',
    min: 0,
    max: 500,
    decimals: 1,
    wireField: 'data_rain_1h',
    wireInteger: false,
    originalField: null,
  },
  snow1hMm: {
    cfName: 'snowfall_amount',
    unit: 'mm',
    min: 0,
    max: 300,
    decimals: 1,
    wireField: 'data_snow_1h',
    wireInteger: false,
    originalField: null,
  },
} as const satisfies Record<string, QuantityRow>;

export type Quantity = keyof typeof QUANTITIES;

/** Every quantity, in the order of the table: the order of columns, exports and pages. */
export const QUANTITY_NAMES = Object.keys(QUANTITIES) as readonly Quantity[];

/** One number per quantity; `null` where it was not measured, never 0. */
export type QuantityValues = Record<Quantity, number | null>;

/** All quantities absent; a fresh object at each call. */
export function noValues(): QuantityValues {
  // Written out so that every values object has one hidden class: decoding is the hot path.
  return {
    temperatureC: null,
    feelsLikeC: null,
    dewPointC: null,
    pressureHpa: null,
    humidityPct: null,
    cloudCoverPct: null,
    visibilityM: null,
    windSpeedMps: null,
    windFromDirectionDeg: null,
    windGustMps: null,
    uvIndex: null,
    rain1hMm: null,
    snow1hMm: null,
  };
}
