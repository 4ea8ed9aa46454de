import { HOUR_MS, MINUTE_MS, toRfc3339 } from '../core/time.ts';
import type { Locale } from '../text/locale.ts';
import { severityWord, watchTexts } from '../text/watch-texts.ts';
import type { ChannelMessage, MessageFacts, MessageLink } from './channel-message.ts';
import { MessageWords } from './message-words.ts';
import type { Notification } from './notification.ts';

export interface Wording {
  readonly locale: Locale;
  readonly timeZone: string;
  /** Where links lead, without a slash at its end. */
  readonly publicUrl: string;
}

/** The period that a link shows begins this long before the alert. */
const LEAD_MS = HOUR_MS;

/** A notification in words. The same notification always gives the same message. */
export function messageOf(notification: Notification, wording: Wording): ChannelMessage {
  const { locale, timeZone } = wording;
  const { news, rule, severity, startsAt, endsAt, at, alertId, placeCount, placeTotal } = notification;
  const { text } = watchTexts(locale);
  const words = new MessageWords(notification, locale, timeZone);
  const { format } = words;
  const where = words.where();
  const subject =
    placeCount > 0 ? text('watch.regions', { count: placeCount, total: format.number(placeTotal) }) : where;
  const values = {
    mark: MARKS[news === 'firing' || news === 'reminder' ? severity : news],
    name: words.name(),
    where,
    subject,
    alerts: text('watch.alerts', { count: notification.count ?? 0 }),
    severity: severityWord(locale, severity),
    since: rule === null ? format.stamp(at) : words.moment(startsAt),
    until: words.moment(endsAt ?? at),
    duration: format.duration((endsAt ?? at) - startsAt),
  };
  return {
    news,
    facts: factsOf(notification),
    text: text(`watch.text.${news}`, values),
    title: text(`watch.title.${news}`, { name: values.name, subject }),
    lines: words.lines(),
    meaning: rule === null || OVER.includes(news) ? '' : text(`watch.meaning.${rule}`),
    fields: words.fields(),
    context: text('watch.context', {
      alert: alertId,
      rule: rule ?? news,
      at: format.stamp(at),
      zone: timeZone.replace(/^.*\//, ''),
    }),
    links: linksOf(notification, wording),
    original: text('watch.original', {
      value: format.number(notification.count ?? placeCount),
      name: values.name,
      where,
      since: values.since,
      at: toRfc3339(at),
    }),
  };
}

/** News after which nothing is wrong any more. */
const OVER: readonly Notification['news'][] = ['resolved', 'stable'];

const MARKS = {
  critical: '🔴',
  warning: '🟠',
  notice: '🔵',
  resolved: '🟢',
  unstable: '🟡',
  stable: '🟢',
  ending: '🔔',
  alive: '🟢',
  test: '🔵',
} as const;

function factsOf({
  alertId,
  rule,
  news,
  severity,
  startsAt,
  endsAt,
  at,
  places,
  labels,
  cause,
}: Notification): MessageFacts {
  return {
    alertId,
    rule: rule ?? news,
    severity,
    status: STATUS[news],
    startsAt,
    endsAt,
    sentAt: at,
    places: places.map(({ id }) => id),
    labels: { ...labels, ...(cause === null ? {} : { cause: cause.code }) },
  };
}

const STATUS = {
  firing: 'firing',
  reminder: 'firing',
  unstable: 'firing',
  stable: 'info',
  resolved: 'resolved',
  ending: 'info',
  alive: 'info',
  test: 'info',
} as const;

/** Ranges are absolute: the link shows the same tomorrow. */
function linksOf(
  { news, rule, startsAt, endsAt, at, places, alertId }: Notification,
  { locale, publicUrl }: Wording,
): readonly MessageLink[] {
  if (rule === null) return [];
  const { text } = watchTexts(locale);
  const range = { from: toRfc3339(startsAt - LEAD_MS), to: toRfc3339((endsAt ?? at) + MINUTE_MS) };
  const only = places.length === 1 ? places[0] : undefined;
  const place: Record<string, string> = only ? { place: only.id } : {};
  const address = (path: string, query: Readonly<Record<string, string>>) =>
    `${publicUrl}/${locale}${path}?${new URLSearchParams(query)}`;
  const page = (path: string, query: Readonly<Record<string, string>>) => address(`/exploitation${path}`, query);
  // The history of one region goes by days, both included.
  const days = { de: range.from.slice(0, 10), a: range.to.slice(0, 10) };
  const ways: readonly (readonly [MessageLink['id'], string])[] = [
    ['period', only ? address(`/r/${only.id}/historique`, days) : page('', range)],
    ['logs', page('/journaux', { ...range, ...place })],
    ['silence', page('/alertes', { silence: alertId, hours: '2' })],
    ['runbook', `${publicUrl}/runbooks/${rule}`],
  ];
  const offered = OVER.includes(news) ? ways.filter(([id]) => id !== 'silence') : ways;
  return offered.map(([id, url]) => ({ id, label: text(`watch.link.${id}`), url }));
}
