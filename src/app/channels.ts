import type { Config } from '../config/config.ts';
import type { Context } from '../core/context.ts';
import { type Clock, MINUTE_MS } from '../core/time.ts';
import { timeZoneOf } from '../text/format.ts';
import { emailNotifier } from '../watch/email/notifier.ts';
import { messageOf } from '../watch/message.ts';
import type { Notification } from '../watch/notification.ts';
import type { Channel, Notifier } from '../watch/notifier.ts';
import { type Outbox, outbox } from '../watch/outbox.ts';
import type { ChannelTerms } from '../watch/outbox-row.ts';
import { slackNotifier } from '../watch/slack/notifier.ts';
import { webhookNotifier } from '../watch/webhook/notifier.ts';
import type { Workplace } from './workplace.ts';

/** The channels that are configured, with what each wants to hear. */
export function configuredNotifiers({ slack, webhook, email }: Config, clock: Clock): readonly Notifier[] {
  return [slackNotifier(slack, clock), webhookNotifier(webhook, clock), emailNotifier(email)].filter(
    (one) => one !== null,
  );
}

/** The terms of every configured channel: whoever decides to send makes one row per channel by them. */
export function channelTerms(config: Config, clock: Clock): readonly ChannelTerms[] {
  return configuredNotifiers(config, clock).map(({ channel }) => {
    const { minSeverity, delayMinutes } = config[channel];
    return { channel, minSeverity, delayMs: delayMinutes * MINUTE_MS };
  });
}

/** The outbox of a folder with its configured channels. */
export function outboxOf(workplace: Workplace, context: Context, lookEveryMs: number | null): Outbox {
  const { config, store, clock } = workplace;
  const timeZone = timeZoneOf(workplace.places);
  const publicUrl = publicUrlOf(config);
  return outbox<Notification>({
    store,
    notifiers: configuredNotifiers(config, clock),
    context,
    word: (notification, channel: Channel) =>
      messageOf(notification, { locale: config[channel].language, timeZone, publicUrl }),
    lookEveryMs,
  });
}

/** Where people reach the server, without a slash at its end. */
export function publicUrlOf({ http: { publicUrl, host, port } }: Config): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return publicUrl?.replace(/\/+$/, '') ?? `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
