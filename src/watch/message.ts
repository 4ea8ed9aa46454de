import { HOUR_MS, type Instant, MINUTE_MS, toRfc3339 } from '../core/time.ts';
import { type Format, formatOf } from '../text/format.ts';
import type { Locale } from '../text/locale.ts';
import { severityWord, type WatchTextId, watchTexts } from '../text/watch-texts.ts';
import { QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';
import type { ChannelMessage, MessageFacts, MessageLink } from './channel-message.ts';
import type { NotedPlace, Notification, RuleId } from './notification.ts';

export interface Wording {
  readonly locale: Locale;
  readonly timeZone: string;
  /** Where links lead, without a slash at its end. */
  readonly publicUrl: string;
}

/** Names in a message before "and 8 more". */
const MOST_NAMES = 5;
const MOST_LINES = 13;
/** The period that a link shows begins this long before the alert. */
const LEAD_MS = HOUR_MS;

/** A notification in words. The same notification always gives the same message. */
export function messageOf(notification: Notification, wording: Wording): ChannelMessage {
  const { locale, timeZone } = wording;
  const { news, rule, severity, startsAt, endsAt, at, alertId, placeCount, placeTotal } = notification;
  const { text } = watchTexts(locale);
  const format = formatOf(locale, timeZone);
  const moment = (instant: Instant) =>
    format.date(instant) === format.date(at) ? format.clock(instant) : format.stamp(instant);
  const where = placesOf(notification, locale, format);
  const subject =
    placeCount > 0 ? text('watch.regions', { count: placeCount, total: format.number(placeTotal) }) : where;
  const values = {
    mark: MARKS[news === 'firing' || news === 'reminder' ? severity : news],
    name: rule === null ? text('watch.everything') : text(`watch.rule.${rule}`),
    where,
    subject,
    alerts: text('watch.alerts', { count: notification.count ?? 0 }),
    severity: severityWord(locale, severity),
    since: rule === null ? format.stamp(at) : moment(startsAt),
    until: moment(endsAt ?? at),
    duration: format.duration((endsAt ?? at) - startsAt),
  };
  return {
    news,
    facts: factsOf(notification),
    text: text(`watch.text.${news}`, values),
    title: text(`watch.title.${news}`, { name: values.name, subject }),
    lines: notification.places.slice(0, MOST_LINES).map((place) => lineOf(place, notification, locale, format, moment)),
    fields: fieldsOf(notification, locale, format),
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

/** `Kolda, Matam (2/13)`; for an alert about the program itself what it is about. */
function placesOf({ places, placeCount, placeTotal, labels }: Notification, locale: Locale, format: Format): string {
  const { text } = watchTexts(locale);
  if (placeCount === 0) {
    const about = [
      labels.source,
      labels.channel,
      labels.stage === undefined ? undefined : stageNames(labels.stage, locale),
      labels.rule === undefined ? undefined : ruleNames(labels.rule, locale),
    ];
    return about.filter((one) => one !== undefined).join(', ') || text('watch.everything');
  }
  const names = places.slice(0, MOST_NAMES).map((place) => place.names[locale]);
  const left = placeCount - names.length;
  const more = left > 0 ? [text('watch.more', { count: left })] : [];
  return text('watch.places', {
    names: more.length > 0 ? `${names.join(', ')} ${more[0]}` : names.join(', '),
    count: format.number(placeCount),
    total: format.number(placeTotal),
  });
}

/** What a label's names are to people, where they are not names already. */
const namesOf = (label: string, nameOf: (one: string) => string): string => label.split(', ').map(nameOf).join(', ');

const quantityNames = (label: string, locale: Locale): string =>
  namesOf(label, (one) =>
    (QUANTITY_NAMES as readonly string[]).includes(one)
      ? watchTexts(locale).text(`watch.quantity.${one as Quantity}`)
      : one,
  );

const ruleNames = (label: string, locale: Locale): string =>
  namesOf(label, (one) => watchTexts(locale).text(`watch.rule.${one as RuleId}`));

const STAGES = ['poll', 'journal', 'process', 'index', 'forecast'];
const stageNames = (label: string, locale: Locale): string =>
  namesOf(label, (one) => (STAGES.includes(one) ? watchTexts(locale).text(`watch.stage.${one}` as WatchTextId) : one));

function lineOf(
  { names, lastValidAt, value }: NotedPlace,
  { at, limit }: Notification,
  locale: Locale,
  format: Format,
  moment: (at: Instant) => string,
): string {
  const { text } = watchTexts(locale);
  const place = names[locale];
  if (lastValidAt === null) return text('watch.line.never', { place });
  const last = moment(lastValidAt);
  if (value !== undefined)
    return text('watch.line.value', {
      place,
      last,
      value: limit ? format.quantity(value, limit.unit) : format.number(value, 1),
    });
  return text('watch.line.last', { place, last, ago: format.ago(at - lastValidAt) });
}

function fieldsOf(
  { expected, labels, limit, count, cause }: Notification,
  locale: Locale,
  format: Format,
): ChannelMessage['fields'] {
  const { text } = watchTexts(locale);
  const minutes = (ms: number) => `${format.number(ms / MINUTE_MS)}\u00a0min`;
  const values: readonly [WatchTextId, string | null | undefined][] = [
    [
      'watch.field.expected',
      expected &&
        text('watch.field.expected.value', { every: minutes(expected.everyMs), grace: minutes(expected.graceMs) }),
    ],
    ['watch.field.stage', labels.stage === undefined ? null : stageNames(labels.stage, locale)],
    ['watch.field.source', labels.source],
    ['watch.field.channel', labels.channel],
    ['watch.field.quantity', labels.quantity === undefined ? null : quantityNames(labels.quantity, locale)],
    ['watch.field.rule', labels.rule === undefined ? null : ruleNames(labels.rule, locale)],
    ['watch.field.limit', limit && format.quantity(limit.value, limit.unit)],
    ['watch.field.count', count === null ? null : format.number(count)],
    ['watch.field.cause', cause && (cause.detail === null ? cause.code : `${cause.detail} (${cause.code})`)],
  ];
  return values.flatMap(([id, value]) => (value ? [{ label: text(id), value }] : []));
}

/** Ranges are absolute: the link shows the same tomorrow. */
function linksOf(
  { news, rule, startsAt, endsAt, at, places, alertId }: Notification,
  { locale, publicUrl }: Wording,
): readonly MessageLink[] {
  if (rule === null) return [];
  const { text } = watchTexts(locale);
  const range = { from: toRfc3339(startsAt - LEAD_MS), to: toRfc3339((endsAt ?? at) + MINUTE_MS) };
  const [only] = places;
  const place: Record<string, string> = only && places.length === 1 ? { place: only.id } : {};
  const page = (path: string, query: Readonly<Record<string, string>>) =>
    `${publicUrl}/${locale}/exploitation${path}?${new URLSearchParams(query)}`;
  const ways: readonly (readonly [MessageLink['id'], string])[] = [
    ['period', page('', range)],
    ['logs', page('/journaux', { ...range, ...place })],
    ['silence', page('/alertes', { silence: alertId, hours: '2' })],
    ['runbook', `${publicUrl}/runbooks/${rule}`],
  ];
  const offered = news === 'resolved' ? ways.filter(([id]) => id !== 'silence') : ways;
  return offered.map(([id, url]) => ({ id, label: text(`watch.link.${id}`), url }));
}
