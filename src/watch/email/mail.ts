import type { SendMailOptions } from 'nodemailer';
import type { Envelope } from '../notifier.ts';

/**
 * An alert as an e-mail. All news of one alert refer to one message id made of its key, so that readers' programs show
 * them as one thread; a message has the same id on every try, so that a second copy can be told.
 */
export function mailOf(
  { deliveryId, dedupeKey, message }: Envelope,
  from: string,
  to: readonly string[],
): SendMailOptions {
  const domain = from.replace(/^.*@/, '').replace(/>.*$/, '').trim();
  const root = messageId(dedupeKey, domain);
  return {
    from,
    to: [...to],
    subject: message.title,
    text: plainText(message),
    html: htmlText(message),
    messageId: messageId(deliveryId, domain),
    references: root,
    inReplyTo: root,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Harmattan-Dedup-Key': dedupeKey.replace(/[^\x20-\x7e]/g, '?') },
  };
}

/** Only letters that every mail program takes as they are. */
const messageId = (key: string, domain: string) => `<${key.replace(/[^A-Za-z0-9.-]/g, '.')}@${domain}>`;

function plainText({ text, lines, meaning, fields, context, links }: Envelope['message']): string {
  return [
    text,
    lines.join('\n'),
    meaning,
    fields.map(({ label, value }) => `${label} — ${value}`).join('\n'),
    links.map(({ label, url }) => `${label}\n${url}`).join('\n'),
    context,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);

function htmlText({ title, text, lines, meaning, fields, context, links }: Envelope['message']): string {
  const rows = fields.map(
    ({ label, value }) =>
      `<tr><th align="left" style="padding-right:12px">${escaped(label)}</th><td>${escaped(value)}</td></tr>`,
  );
  const ways = links.map(({ label, url }) => `<a href="${escaped(url)}">${escaped(label)}</a>`);
  return [
    '<!doctype html><html><body style="font-family:sans-serif;max-width:40em">',
    `<h2>${escaped(title)}</h2><p>${escaped(text)}</p>`,
    lines.length > 0 ? `<p>${lines.map(escaped).join('<br>')}</p>` : '',
    meaning === '' ? '' : `<p>${escaped(meaning)}</p>`,
    rows.length > 0 ? `<table>${rows.join('')}</table>` : '',
    ways.length > 0 ? `<p>${ways.join(' · ')}</p>` : '',
    `<p><small>${escaped(context)}</small></p></body></html>`,
  ].join('');
}
