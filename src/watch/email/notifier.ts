import type { Transporter } from 'nodemailer';
import { HarmattanError } from '../../core/errors.ts';
import type { Notifier } from '../notifier.ts';
import type { EmailOptions } from './config.ts';
import { mailOf } from './mail.ts';

/** E-mail over one SMTP server; `null` unless server, sender and a receiver are configured. */
export function emailNotifier(options: EmailOptions): Notifier | null {
  const { host, port, tls, user, password, from, to, timeoutMs } = options;
  if (host === null || from === null || to.length === 0) return null;
  const settings = {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  let transport: Promise<Transporter> | null = null;
  // Loaded with the first mail: a program that sends none does not pay for it.
  const transporter = () => {
    transport ??= import('nodemailer').then(({ createTransport }) => createTransport(settings));
    return transport;
  };
  return {
    channel: 'email',
    leastGapMs: 0,
    async deliver(envelope, signal) {
      const mail = mailOf(envelope, from, to);
      const calledOff = new Promise<never>((_resolve, reject) => {
        signal.addEventListener(
          'abort',
          () => reject(new HarmattanError('HMT_WATCH_UNREACHABLE', { detail: 'Called off.' })),
          { once: true },
        );
      });
      try {
        await Promise.race([(await transporter()).sendMail(mail), calledOff]);
      } catch (error) {
        throw error instanceof HarmattanError ? error : refusal(error);
      }
      return { reference: null };
    },
  };
}

/** The reply code decides: 4xx passes, 5xx does not; which of the two is to blame follows from the command it answers. */
function refusal(thrown: unknown): HarmattanError {
  const { code, responseCode, command } = thrown as { code?: string; responseCode?: number; command?: string };
  const detail = `The SMTP server ${responseCode === undefined ? `failed: ${code ?? 'unknown'}` : `answered ${responseCode}${command ? ` to ${command}` : ''}`}.`;
  if (code === 'EAUTH' || (responseCode !== undefined && responseCode >= 500 && command !== 'DATA'))
    return new HarmattanError('HMT_WATCH_CHANNEL_REFUSED', { detail });
  if (responseCode !== undefined && responseCode >= 500)
    return new HarmattanError('HMT_WATCH_MESSAGE_REFUSED', { detail });
  if (responseCode !== undefined) return new HarmattanError('HMT_WATCH_CHANNEL_FAILED', { detail });
  if (code === 'ETIMEDOUT') return new HarmattanError('HMT_WATCH_TIMEOUT', { detail });
  return new HarmattanError('HMT_WATCH_UNREACHABLE', { detail });
}
