import { z } from 'zod';
import { QUANTITIES, QUANTITY_NAMES } from '../weather/quantity.ts';

/**
 * The message of the journal's `observations` topic, made from the quantity table: what our producer sends and any other
 * may send. `journal/flat-record.ts` says what the fields mean; `process` judges what arrives, more patiently than this.
 */
const seconds = z.int().describe('Unix time, seconds.');
const millis = z.int().describe('Unix time, milliseconds.');

const measured = Object.fromEntries(
  QUANTITY_NAMES.flatMap((name) => {
    const { wireField, wireInteger, unit, cfName } = QUANTITIES[name];
    const value = wireInteger ? z.int() : z.number();
    const said = `${cfName ?? name}, unit ${unit}`;
    return [
      [wireField, value.optional().describe(`${said}.`)],
      ...(wireInteger
        ? [[`hmt_${name}`, z.number().optional().describe(`${said}, exact where the field beside it is rounded.`)]]
        : []),
    ];
  }),
) as Record<string, z.ZodOptional<z.ZodNumber>>;

export const flatRecordSchema = z.looseObject({
  lat: z.number().min(-90).max(90).optional(),
  lon: z.number().min(-180).max(180).optional(),
  timezone: z.string().optional(),
  timezone_offset: z.int().optional().describe('Seconds east of UTC.'),
  region_name: z.string().describe('Name of the place.'),
  data_dt: seconds,
  data_sunrise: seconds.optional(),
  data_sunset: seconds.optional(),
  ...measured,
  data_temp: z.number().describe('air_temperature, unit Cel.'),
  data_weather_id: z.int().optional().describe('OpenWeatherMap condition id.'),
  data_weather_main: z.string().optional(),
  data_weather_description: z.string().optional(),
  data_weather_icon: z.string().optional(),
  hmt_placeId: z.string().optional(),
  hmt_source: z.string().optional().describe('Absent: openweathermap.'),
  hmt_kind: z.enum(['observation', 'analysis']).optional(),
  hmt_validAt: millis.optional(),
  hmt_receivedAt: millis.optional(),
  hmt_slotAt: millis.optional(),
  hmt_issuedAt: millis.optional(),
  hmt_sunComputed: z.literal(1).optional().describe('Sunrise and sunset are computed; the provider gave none.'),
  hmt_stale: z.literal(1).optional().describe('An old reading given as the answer to the slot.'),
  hmt_backfill: z.literal(1).optional().describe('Asked for after its slot.'),
});

export const observationMessageSchema = z
  .union([z.array(flatRecordSchema), flatRecordSchema])
  .describe('An array of flat records of any length, or a single one. Ours hold one each.');
