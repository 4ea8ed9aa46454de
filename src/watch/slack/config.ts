import { z } from 'zod';
import { channelOptions } from '../channel-options.ts';

/** Options of the Slack channel (`slack` in the configuration). */
export const slackOptions = z.strictObject({
  webhookUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .meta({ secret: true })
    .describe('An incoming webhook. Each news of an alert is a message of its own.'),
  botToken: z
    .string()
    .trim()
    .min(8)
    .nullable()
    .default(null)
    .meta({ secret: true })
    .describe(
      'A bot token with chat:write, instead of the webhook: the first message is edited as the alert goes on, its history is a thread. With channels:history a message whose fate is unknown is looked up and not sent twice.',
    ),
  channel: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .nullable()
    .default(null)
    .describe('With the bot token: the id or name of the Slack channel.'),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://slack.com/api')
    .describe('Where the Web API is.'),
  format: z
    .enum(['blocks', 'original'])
    .default('blocks')
    .describe(
      '"blocks": title, places, cause, buttons. "original": the lines of the first version ("Valeur", "Conditions rencontrées", "Timestamp"), for whoever parses them.',
    ),
  timeoutMs: z.number().int().min(1000).max(120_000).default(15_000).describe('Bound on one call, in milliseconds.'),
  ...channelOptions,
});

export type SlackOptions = z.infer<typeof slackOptions>;
