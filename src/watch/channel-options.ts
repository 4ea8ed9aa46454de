import { z } from 'zod';
import { LOCALES } from '../text/locale.ts';

/** What can be chosen for every channel. */
export const channelOptions = {
  language: z.enum(LOCALES).default('fr').describe('The language of its messages.'),
  minSeverity: z
    .enum(['notice', 'warning', 'critical'])
    .default('warning')
    .describe(
      'The least severity that is sent. Test messages, the daily "still here" and news of what was sent always are.',
    ),
  delayMinutes: z
    .number()
    .int()
    .min(0)
    .max(1440)
    .default(0)
    .describe(
      'How long an alert must last before this channel hears of it, minutes. One that is over by then is not sent.',
    ),
} as const;
