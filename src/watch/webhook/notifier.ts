import { createHmac } from 'node:crypto';
import { type Clock, SECOND_MS } from '../../core/time.ts';
import type { Notifier } from '../notifier.ts';
import { checkStatus, post } from '../post.ts';
import { webhookBodyOf } from './body.ts';
import type { WebhookOptions } from './config.ts';

/**
 * Posts alerts as JSON to one address; `null` where none is configured. Every try carries the same `Idempotency-Key`,
 * and the signature covers the body and the second it was made in, so that a copy cannot be sent again later.
 */
export function webhookNotifier({ url, secret, timeoutMs }: WebhookOptions, clock: Clock): Notifier | null {
  if (url === null) return null;
  return {
    channel: 'webhook',
    leastGapMs: 0,
    async deliver(envelope, signal) {
      const body = JSON.stringify(webhookBodyOf(envelope));
      const headers = {
        'idempotency-key': envelope.deliveryId,
        ...(secret === null
          ? {}
          : { 'harmattan-signature': signature(body, secret, Math.floor(clock.now() / SECOND_MS)) }),
      };
      checkStatus(
        await post({ url, headers, body, timeoutMs, name: 'The webhook', signal }),
        'The webhook',
        clock.now(),
      );
      return { reference: null };
    },
  };
}

/** `t=<seconds>,v1=<hex HMAC-SHA256 of "<seconds>.<body>">`. */
export function signature(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
