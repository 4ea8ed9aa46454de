import { z } from 'zod';
import { forecastOptions } from '../forecast/config.ts';
import { indexOptions } from '../index/config.ts';
import { elasticsearchOptions } from '../index/elasticsearch/config.ts';
import { journalOptions } from '../journal/config.ts';
import { kafkaOptions } from '../journal/kafka/config.ts';
import { pollOptions } from '../poll/config.ts';
import { metarOptions } from '../poll/metar/config.ts';
import { openMeteoOptions } from '../poll/open-meteo/config.ts';
import { openWeatherMapOptions } from '../poll/openweathermap/config.ts';
import { replayOptions } from '../poll/replay/config.ts';
import { simulatorOptions } from '../poll/simulator/config.ts';
import { processOptions } from '../process/config.ts';
import { httpOptions } from '../serve/config.ts';
import { storeOptions } from '../store/config.ts';
import { mongodbOptions } from '../store/mongodb/config.ts';
import { watchOptions } from '../watch/config.ts';
import { emailOptions } from '../watch/email/config.ts';
import { heartbeatOptions } from '../watch/heartbeat/config.ts';
import { slackOptions } from '../watch/slack/config.ts';
import { webhookOptions } from '../watch/webhook/config.ts';

/** The sources that `source` may name, in the order of the reference page. `none`: nobody polls, foreign producers send. */
export const SOURCE_IDS = ['open-meteo', 'openweathermap', 'metar', 'simulator', 'replay', 'none'] as const;

export type SourceId = (typeof SOURCE_IDS)[number];

const sourceId = z.enum(SOURCE_IDS);

/**
 * The whole configuration: one schema per part, kept beside the part. The same schema validates the file, the
 * environment and the flags, and makes the example file and the reference page.
 */
export const configSchema = z.strictObject({
  data: z
    .string()
    .min(1)
    .default('data')
    .describe('The folder that holds everything. Relative to the configuration file, or to the project without one.'),
  source: z
    .union([sourceId, z.array(sourceId).min(1)])
    .default('open-meteo')
    .describe(
      'Who is asked for readings: one source, or a list in order of preference. "none": nobody is asked, messages come from elsewhere.',
    ),
  places: z
    .strictObject({
      file: z
        .string()
        .nullable()
        .default(null)
        .describe('A JSON array of {name, latitude, longitude}. Without one: the 13 places of Senegal.'),
    })
    .prefault({}),
  expect: z
    .strictObject({
      everyMinutes: z
        .number()
        .int()
        .min(1)
        .max(1440)
        .nullable()
        .default(null)
        .describe(
          'How often somebody else is expected to send a reading of every place, where we do not poll ourselves. Messages then fill the slot they fall in.',
        ),
    })
    .prefault({}),
  poll: pollOptions.prefault({}),
  openMeteo: openMeteoOptions.prefault({}),
  openweathermap: openWeatherMapOptions.prefault({}),
  metar: metarOptions.prefault({}),
  simulator: simulatorOptions.prefault({}),
  replay: replayOptions.prefault({}),
  journal: journalOptions.prefault({}),
  kafka: kafkaOptions.prefault({}),
  process: processOptions.prefault({}),
  store: storeOptions.prefault({}),
  mongodb: mongodbOptions.prefault({}),
  forecast: forecastOptions.prefault({}),
  watch: watchOptions.prefault({}),
  slack: slackOptions.prefault({}),
  webhook: webhookOptions.prefault({}),
  email: emailOptions.prefault({}),
  heartbeat: heartbeatOptions.prefault({}),
  index: indexOptions.prefault({}),
  elasticsearch: elasticsearchOptions.prefault({}),
  http: httpOptions.prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('The least important line that is still written.'),
      format: z
        .enum(['auto', 'lines', 'json'])
        .default('auto')
        .describe(
          '"lines" for people, "json" (ECS fields) for machines; "auto" is lines at a terminal and json elsewhere.',
        ),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/** The configured sources in order of preference; empty when nobody is asked. */
export function sourcePreference(config: Config): readonly Exclude<SourceId, 'none'>[] {
  const listed = Array.isArray(config.source) ? config.source : [config.source];
  return listed.filter((id): id is Exclude<SourceId, 'none'> => id !== 'none');
}
