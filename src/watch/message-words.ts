import { type Instant, MINUTE_MS } from '../core/time.ts';
import { type Format, formatOf } from '../text/format.ts';
import type { Locale } from '../text/locale.ts';
import { type WatchTextId, watchTexts } from '../text/watch-texts.ts';
import { QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';
import type { ChannelMessage } from './channel-message.ts';
import type { NotedPlace, Notification, RuleId } from './notification.ts';

/** Names in a message before "and 8 more". */
const MOST_NAMES = 5;
const MOST_LINES = 13;
const STAGES = ['poll', 'journal', 'process', 'index', 'forecast'];
const SIDES = { above: '>\u00a0', below: '<\u00a0' } as const;

/** The parts of a message, in one language: what it is about, a line for each place, facts with their names. */
export class MessageWords {
  readonly format: Format;
  readonly #of: Notification;
  readonly #locale: Locale;
  readonly #text: ReturnType<typeof watchTexts>['text'];

  constructor(notification: Notification, locale: Locale, timeZone: string) {
    this.format = formatOf(locale, timeZone);
    this.#of = notification;
    this.#locale = locale;
    this.#text = watchTexts(locale).text;
  }

  /** The clock where it is of the message's own day, else with its date. */
  moment(instant: Instant): string {
    const isToday = this.format.date(instant) === this.format.date(this.#of.at);
    return isToday ? this.format.clock(instant) : this.format.stamp(instant);
  }

  /** What is wrong; of a threshold also which one. */
  name(): string {
    const { rule, labels } = this.#of;
    if (rule === null) return this.#text('watch.everything');
    const name = this.#text(`watch.rule.${rule}`);
    const limit = this.#limit();
    if (!this.#of.limit?.side || limit === null) return name;
    const what = `${this.#quantities(labels.quantity ?? '')} ${limit}`;
    const chances = this.#of.places.flatMap(({ chance }) => chance ?? []);
    const likely = chances.length === 0 ? [] : [this.#chance(Math.max(...chances), chances.length)];
    return `${name} (${[what, ...likely].join(', ')})`;
  }

  /** In tenths, and never more than is so. */
  #chance(chance: number, places: number): string {
    const tenths = Math.max(1, Math.floor(10 * chance + 1e-9));
    return this.#text('watch.chance', { places, tenths, hours: this.#of.limit?.withinHours ?? 24 });
  }

  /** `Kolda, Matam (2/13)`; for an alert about the program itself what it is about. */
  where(): string {
    const { places, placeCount, placeTotal } = this.#of;
    if (placeCount === 0) return this.#whereElse();
    const names = places.slice(0, MOST_NAMES).map((place) => place.names[this.#locale]);
    const left = placeCount - names.length;
    const more = left > 0 ? ` ${this.#text('watch.more', { count: left })}` : '';
    return this.#text('watch.places', {
      names: `${names.join(', ')}${more}`,
      count: this.format.number(placeCount),
      total: this.format.number(placeTotal),
    });
  }

  #whereElse(): string {
    const { rule, labels, value, count } = this.#of;
    const { source, channel, stage, window } = labels;
    const shown = value === undefined ? null : this.#measured(value);
    if (rule === 'disk-low' && shown !== null) return this.#text('watch.where.disk', { free: shown });
    if (rule === 'source-missing' && source !== undefined)
      return this.#text('watch.where.source', { source, count: count ?? 0 });
    if (rule === 'quota-low' && source !== undefined && shown !== null)
      return this.#text('watch.where.quota', { source, used: shown, window: window ?? 'day' });
    const about = [
      source,
      channel,
      stage === undefined ? undefined : this.#stages(stage),
      labels.rule === undefined ? undefined : this.#rules(labels.rule),
    ];
    return about.filter((one) => one !== undefined).join(', ') || this.#text('watch.everything');
  }

  lines(): readonly string[] {
    return this.#of.places.slice(0, MOST_LINES).map((place) => this.#line(place));
  }

  #line({ names, lastValidAt, value, chance }: NotedPlace): string {
    const { at, rule } = this.#of;
    const place = names[this.#locale];
    if (chance !== undefined) return this.#text('watch.line.chance', { place, chance: this.#chance(chance, 1) });
    if (lastValidAt === null) return this.#text('watch.line.never', { place });
    const last = this.moment(lastValidAt);
    if (value !== undefined)
      return this.#text(rule === 'forecast-coverage' ? 'watch.line.coverage' : 'watch.line.value', {
        place,
        last,
        value: this.#measured(value),
      });
    if (at - lastValidAt < MINUTE_MS) return this.#text('watch.line.now', { place, last });
    return this.#text('watch.line.last', { place, last, ago: this.format.ago(at - lastValidAt) });
  }

  fields(): ChannelMessage['fields'] {
    const { rule, expected, labels, limit, count, lagMs, endsAt } = this.#of;
    const minutes = (ms: number) => `${this.format.number(ms / MINUTE_MS)}\u00a0min`;
    const values: readonly [WatchTextId, string | null | undefined][] = [
      [
        'watch.field.expected',
        expected &&
          this.#text('watch.field.expected.value', {
            every: minutes(expected.everyMs),
            grace: minutes(expected.graceMs),
          }),
      ],
      ['watch.field.stage', labels.stage === undefined ? null : this.#stages(labels.stage)],
      ['watch.field.source', labels.source],
      ['watch.field.channel', labels.channel],
      ['watch.field.quantity', labels.quantity === undefined ? null : this.#quantities(labels.quantity)],
      ['watch.field.rule', labels.rule === undefined ? null : this.#rules(labels.rule)],
      [rule === 'forecast-coverage' ? 'watch.field.expected' : 'watch.field.limit', limit && this.#limit()],
      ['watch.field.lag', lagMs === undefined || lagMs < MINUTE_MS ? null : this.format.duration(lagMs)],
      ...COUNTED.map((one): [WatchTextId, string | null] => [
        `watch.count.${one}`,
        rule === one && count !== null && endsAt === null ? this.format.number(count) : null,
      ]),
      ['watch.field.cause', this.#cause()],
    ];
    return values.flatMap(([id, value]) => (value ? [{ label: this.#text(id), value }] : []));
  }

  #measured(value: number): string {
    const unit = this.#of.limit?.unit ?? this.#of.unit;
    return unit === undefined ? this.format.number(value, 1) : this.format.quantity(value, unit);
  }

  #limit(): string | null {
    const { limit } = this.#of;
    if (limit === null) return null;
    return `${limit.side === undefined ? '' : SIDES[limit.side]}${this.#measured(limit.value)}`;
  }

  /** The cause in words where there are any, and its code for whoever looks it up. */
  #cause(): string | null {
    const { cause } = this.#of;
    if (cause === null) return null;
    const id = `watch.cause.${cause.code}` as WatchTextId;
    const words = this.#text(id);
    const known = words === id ? cause.detail : words;
    return known === null ? cause.code : `${known} (${cause.code})`;
  }

  #quantities(label: string): string {
    return namesOf(label, (one) =>
      (QUANTITY_NAMES as readonly string[]).includes(one) ? this.#text(`watch.quantity.${one as Quantity}`) : one,
    );
  }

  #rules(label: string): string {
    return namesOf(label, (one) => this.#text(`watch.rule.${one as RuleId}`));
  }

  #stages(label: string): string {
    return namesOf(label, (one) => (STAGES.includes(one) ? this.#text(`watch.stage.${one}` as WatchTextId) : one));
  }
}

/** Rules whose count says how bad it is. */
const COUNTED = ['stage-lag', 'quarantine-growth'] as const;

/** What a label's names are to people, where they are not names already. */
const namesOf = (label: string, nameOf: (one: string) => string): string => label.split(', ').map(nameOf).join(', ');
