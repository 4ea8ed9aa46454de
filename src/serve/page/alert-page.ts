import { HOUR_MS, type Instant } from '../../core/time.ts';
import { type Format, formatOf } from '../../text/format.ts';
import { severityWord, type WatchTextId, watchTexts } from '../../text/watch-texts.ts';
import type { Alert, AlertsDryRun, ChannelReport, MeanTimes, Silence } from '../../watch/alert-desk.ts';
import type { Place } from '../../weather/place.ts';
import { alertReply } from '../alert-reply.ts';
import type { PageLanguage } from '../page-contract.ts';
import { STYLE } from './assets/style.ts';
import { type Html, html, trusted } from './html.ts';
import { topBar } from './top-bar.ts';

export const ALERT_PAGE = '/exploitation/alertes';

/** Everything that the page of alerts shows, at one instant. */
export interface AlertPageModel {
  /** Name of the token that the reader is logged in with; `null`: each form asks for one. */
  readonly who: string | null;
  readonly active: readonly Alert[];
  readonly ended: readonly Alert[];
  readonly meanTimes: MeanTimes;
  readonly silences: readonly Silence[];
  readonly channels: readonly ChannelReport[];
  /** What the address asks to silence; `alert` is `null` when it is over. */
  readonly silencing: {
    readonly id: string;
    readonly hours: number;
    readonly alert: Alert | null;
    /** What of that which is wrong now the silence would keep quiet. */
    readonly matches: readonly string[];
  } | null;
  /** What was just done, or why it was not. */
  readonly outcome:
    | { readonly done: Done; readonly until: Instant | null }
    | { readonly refused: string }
    | { readonly tested: string; readonly state: string; readonly code: string | null }
    | null;
  /** What the rules in force would have told in a stretch of the past; `null` where nobody asked. */
  readonly dryRun: AlertsDryRun | null;
  /** The page's instant. */
  readonly now: Instant;
}

/** What a form can ask for beside what is told in a word. */
export const ACTIONS = ['silence', 'end', 'acknowledge', 'login', 'logout', 'test', 'dry-run'] as const;
type Action = (typeof ACTIONS)[number];

export const DONE = ['silence', 'end', 'acknowledge', 'login', 'logout'] as const;
export type Done = (typeof DONE)[number];

/** Lines of a dry run that are shown. */
const MOST_TOLD = 500;

export interface AlertPageSetting {
  readonly language: PageLanguage;
  readonly timeZone: string;
  readonly places: readonly Place[];
}

/** The page of alerts as one document, without any script: forms carry the token that each write needs. */
export function alertPage(model: AlertPageModel, setting: AlertPageSetting): string {
  return new AlertPage(model, setting).document().text;
}

class AlertPage {
  readonly #model: AlertPageModel;
  readonly #setting: AlertPageSetting;
  readonly #format: Format;

  constructor(model: AlertPageModel, setting: AlertPageSetting) {
    this.#model = model;
    this.#setting = setting;
    this.#format = formatOf(setting.language, setting.timeZone);
  }

  document(): Html {
    const { language } = this.#setting;
    return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${this.#text('watch.page.title')}</title>
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<style>${trusted(STYLE)}</style>
</head>
<body>
${topBar(language, ALERT_PAGE)}
<main id="main">
<h1>${this.#text('watch.page.heading')}</h1>
${this.#outcome()}
${this.#silencing()}
${this.#active()}
${this.#silences()}
${this.#channels()}
${this.#ended()}
${this.#dryRun()}
${this.#session()}
</main>
</body>
</html>`;
  }

  #text(id: WatchTextId, values?: Parameters<ReturnType<typeof watchTexts>['text']>[1]): string {
    return watchTexts(this.#setting.language).text(id, values);
  }

  #outcome(): Html | null {
    const { outcome } = this.#model;
    if (outcome === null) return null;
    if ('refused' in outcome) return html`<p class="note" role="alert" lang="en">${outcome.refused}</p>`;
    if ('tested' in outcome) {
      const { tested: channel, code } = outcome;
      const id = outcome.state === 'delivered' ? 'watch.page.test.delivered' : 'watch.page.test.failed';
      return html`<p class="note" role="status">${this.#text(id, { channel, code: code ?? '–' })}</p>`;
    }
    const until = outcome.until === null ? '' : this.#format.stamp(outcome.until);
    return html`<p class="note" role="status">${this.#text(`watch.page.done.${outcome.done}`, { until })}</p>`;
  }

  #silencing(): Html | null {
    const { silencing } = this.#model;
    if (silencing === null) return null;
    const { id, hours, alert, matches } = silencing;
    if (alert === null)
      return html`<section class="panel"><h2>${this.#text('watch.page.silence')}</h2><p>${this.#text('watch.page.silence.gone', { alert: id })}</p></section>`;
    const named = matches.map((key) => this.#keyName(key)).join(', ') || '–';
    return html`<section class="panel" aria-labelledby="silence-title"><h2 id="silence-title">${this.#text('watch.page.silence.of', { name: this.#nameOf(alert) })}</h2><p>${this.#text('watch.page.silence.matches', { matches: named })}</p>${this.#form(
      'silence',
      id,
      this.#text('watch.page.silence'),
      html`<p><label>${this.#text('watch.page.hours')} <input name="hours" type="number" min="0.25" max="2160" step="0.25" value="${hours}" required></label></p><p><label>${this.#text('watch.page.reason')} <input name="reason" maxlength="500" required></label></p>`,
    )}<h3>${this.#text('watch.page.acknowledge')}</h3><p>${this.#text('watch.page.acknowledge.what')}</p>${this.#form('acknowledge', id, this.#text('watch.page.acknowledge'), null)}</section>`;
  }

  /** One form per thing that can be done. */
  #form(action: Action, id: string, label: string, fields: Html | null): Html {
    return html`<form method="post" action="/${this.#setting.language}${ALERT_PAGE}"><input type="hidden" name="action" value="${action}"><input type="hidden" name="id" value="${id}">${fields}${this.#token(action)}<p><button>${label}</button></p></form>`;
  }

  /** Nobody types it twice: who is logged in is not asked. */
  #token(action: Action): Html | null {
    if (action === 'logout' || (this.#model.who !== null && action !== 'login')) return null;
    return html`<p><label>${this.#text('watch.page.token')} <input name="token" type="password" autocomplete="current-password" required></label></p>`;
  }

  #dryRun(): Html {
    const { dryRun, now } = this.#model;
    const stamp = (at: Instant) => new Date(at).toISOString().slice(0, 16);
    const field = (name: 'from' | 'to', at: Instant) =>
      html`<p><label>${this.#text(`watch.page.dry.${name}`)} <input name="${name}" type="datetime-local" value="${stamp(at)}" required></label></p>`;
    // Where nothing was kept, nothing says what stretch was looked at.
    const { from, to } = dryRun?.signalsFrom ? dryRun : { from: now - 24 * HOUR_MS, to: now };
    const fields = html`${field('from', from)}${field('to', to)}`;
    return html`<section class="panel" aria-labelledby="dry-title"><h2 id="dry-title">${this.#text('watch.page.dry')}</h2><p>${this.#text('watch.page.dry.what')}</p>${this.#form('dry-run', '-', this.#text('watch.page.dry.begin'), fields)}${dryRun === null ? null : this.#wouldHaveTold(dryRun)}</section>`;
  }

  #wouldHaveTold({ alerts, sent, original, signalsFrom }: AlertsDryRun): Html {
    if (signalsFrom === null) return html`<p role="status">${this.#text('watch.page.dry.nothing')}</p>`;
    const count = original.reduce((sum, { messages }) => sum + messages, 0);
    const line = ({ at, rule, state, places }: AlertsDryRun['alerts'][number]) =>
      html`<tr><td>${this.#format.stamp(at)}</td><td>${this.#text(`watch.page.news.${state}`)}</td><td>${this.#text(`watch.rule.${rule}` as WatchTextId)}</td><td>${places.map((id) => this.#placeName(id)).join(', ')}</td></tr>`;
    const heads = (['at', 'news', 'rule', 'about'] as const).map(
      (name) => html`<th scope="col">${this.#text(`watch.page.dry.${name}`)}</th>`,
    );
    const summary = this.#text('watch.page.dry.result', { count: alerts.length, sent: sent.length, original: count });
    return html`<p role="status">${summary}</p>${
      alerts.length === 0
        ? null
        : html`<div class="wide" role="group" tabindex="0" aria-labelledby="dry-title"><table><thead><tr>${heads}</tr></thead><tbody>${alerts.slice(0, MOST_TOLD).map(line)}</tbody></table></div>`
    }`;
  }

  #session(): Html {
    const { who } = this.#model;
    const title = this.#text('watch.page.session');
    return html`<section class="panel" aria-labelledby="session-title"><h2 id="session-title">${title}</h2>${
      who === null
        ? html`<p>${this.#text('watch.page.session.what')}</p>${this.#form('login', '-', this.#text('watch.page.session.begin'), null)}`
        : html`<p>${this.#text('watch.page.session.who', { who })}</p>${this.#form('logout', '-', this.#text('watch.page.session.end'), null)}`
    }</section>`;
  }

  #active(): Html {
    const { active } = this.#model;
    const address = (alert: Alert) =>
      `/${this.#setting.language}${ALERT_PAGE}?${new URLSearchParams({ silence: alert.alertId, hours: '2' })}`;
    return html`<section class="panel" aria-labelledby="active-title"><h2 id="active-title">${this.#text('watch.page.active')}</h2>${
      active.length === 0
        ? html`<p>${this.#text('watch.page.active.none')}</p>`
        : html`<ul>${active.map(
            (alert) =>
              html`<li>${this.#alert(alert)} <a href="${address(alert)}">${this.#text('watch.page.silence')}</a></li>`,
          )}</ul>`
    }</section>`;
  }

  #alert(alert: Alert): Html {
    const { rule, severity, startsAt, alertId, acknowledged } = alert;
    const { state } = alertReply(alert);
    const standing = this.#text(`watch.page.state.${state}`, { by: acknowledged?.by ?? '' });
    return html`<b>${this.#nameOf(alert)}</b> ${this.#text('watch.page.since', { since: this.#format.stamp(startsAt) })} · ${severityWord(this.#setting.language, severity)} · ${standing} · <span class="muted">${alertId}</span> · <a href="/runbooks/${rule}">${this.#text('watch.link.runbook')}</a>`;
  }

  #nameOf({ rule, about }: Alert): string {
    return `${this.#text(`watch.rule.${rule}`)}${this.#setting.language === 'fr' ? '\u00a0' : ''}: ${about.map((id) => this.#placeName(id)).join(', ')}`;
  }

  #placeName(id: string): string {
    return this.#setting.places.find((place) => place.id === id)?.names[this.#setting.language] ?? id;
  }

  #keyName(key: string): string {
    const [rule = '', scope = ''] = key.split('/');
    return `${this.#text(`watch.rule.${rule}` as WatchTextId)} (${this.#placeName(scope.replace(/@.*$/, ''))})`;
  }

  #silences(): Html {
    const { silences } = this.#model;
    const about = ({ rules, placeIds }: Silence) =>
      [...rules.map((rule) => this.#text(`watch.rule.${rule}`)), ...placeIds.map((id) => this.#placeName(id))].join(
        ', ',
      ) || this.#text('watch.page.silences.all');
    return html`<section class="panel" aria-labelledby="silences-title"><h2 id="silences-title">${this.#text('watch.page.silences')}</h2>${
      silences.length === 0
        ? html`<p>${this.#text('watch.page.silences.none')}</p>`
        : html`<ul>${silences.map(
            (silence) =>
              html`<li>${this.#text('watch.page.silences.line', {
                about: about(silence),
                until: this.#format.stamp(silence.endsAt),
                author: silence.author,
                reason: silence.reason,
              })}<details><summary>${this.#text('watch.page.silences.end')}</summary>${this.#form('end', silence.id, this.#text('watch.page.silences.end'), null)}</details></li>`,
          )}</ul>`
    }</section>`;
  }

  #channels(): Html {
    const { channels } = this.#model;
    const line = ({ channel, failingSinceAt, lastError, waiting }: ChannelReport) => {
      const standing =
        failingSinceAt === null
          ? this.#text('watch.page.channels.well', { channel })
          : this.#text('watch.page.channels.failing', {
              channel,
              since: this.#format.stamp(failingSinceAt),
              code: lastError?.code ?? '',
            });
      return waiting === 0 ? standing : `${standing}, ${this.#text('watch.page.channels.waiting', { count: waiting })}`;
    };
    return html`<section class="panel" aria-labelledby="channels-title"><h2 id="channels-title">${this.#text('watch.page.channels')}</h2>${
      channels.length === 0
        ? html`<p>${this.#text('watch.page.channels.none')}</p>`
        : html`<ul>${channels.map(
            (channel) =>
              html`<li>${line(channel)}${channel.configured ? this.#form('test', channel.channel, this.#text('watch.page.test'), null) : null}</li>`,
          )}</ul>`
    }</section>`;
  }

  #ended(): Html {
    const { ended, meanTimes } = this.#model;
    const { detectMs, resolveMs } = meanTimes;
    const line = (alert: Alert) =>
      html`<li><b>${this.#nameOf(alert)}</b> ${this.#text('watch.page.ended.line', {
        since: this.#format.stamp(alert.startsAt),
        until: this.#format.stamp(alert.endsAt ?? alert.startsAt),
      })} <span class="muted">${alert.alertId}</span></li>`;
    return html`<section class="panel" aria-labelledby="ended-title"><h2 id="ended-title">${this.#text('watch.page.ended')}</h2>${
      ended.length === 0 ? html`<p>${this.#text('watch.page.ended.none')}</p>` : html`<ul>${ended.map(line)}</ul>`
    }${
      detectMs === null || resolveMs === null
        ? null
        : html`<p>${this.#text('watch.page.means', { detect: this.#format.duration(detectMs), resolve: this.#format.duration(resolveMs) })}</p>`
    }<p><a href="/api/v1/alerts/history.csv">${this.#text('watch.page.history')}</a></p></section>`;
  }
}

/** Hours of a silence as an address or a form gives them; two where it gives none that can be. */
export function hoursIn(text: string | undefined): number {
  const hours = Number(text);
  return hours > 0 && hours * HOUR_MS <= 90 * 24 * HOUR_MS ? hours : 2;
}
