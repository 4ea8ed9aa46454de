import { fromRfc3339 } from '../../core/time.ts';
import type { HttpOptions } from '../config.ts';
import type { Program } from '../program.ts';
import { LIVE_SCRIPT_PATH } from './assets/script.ts';
import { STYLE } from './assets/style.ts';
import { formatOf, type Language } from './format.ts';
import { type Html, html, trusted } from './html.ts';
import { iconSprite } from './icons.ts';
import type { PageModel } from './model.ts';
import { alertPanel, quarantinePanel, slotPanel, sourcePanel, stagePanel } from './panels.ts';
import { type CardSetting, iconOf, placeCard } from './place-card.ts';
import { WORDS } from './words.ts';

export interface PageInput {
  readonly model: PageModel;
  readonly language: Language;
  readonly program: Program;
  readonly options: HttpOptions;
}

/** The whole status page as one document. It works without the script; with it, it follows what changes. */
export function statusPage({ model, language, program, options }: PageInput): string {
  const words = WORDS[language];
  const format = formatOf(language);
  const setting: CardSetting = { model, words, format, language, cadence: program.cadence };
  const { status } = model;
  const empty = status.places.empty === status.places.total;
  const zones = [...new Set(model.places.map(({ place }) => place.timeZone))];
  const zone = zones.length === 1 ? (zones[0] ?? 'UTC') : 'UTC';
  return html`<!doctype html>
<html lang="${language}" data-now="${model.now}" data-late="${words.state.late}" data-missing="${words.state.missing}" data-live-word="${words.live}" data-reconnecting="${words.reconnecting}" data-unreachable="${words.unreachable}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title}</title>
<meta name="description" content="${status.sentence[language]}">
<meta name="color-scheme" content="light dark">
<noscript><meta http-equiv="refresh" content="60"></noscript>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="alternate" hreflang="fr" href="/fr/"><link rel="alternate" hreflang="en" href="/en/">
<style>${trusted(STYLE)}</style>
<script src="${LIVE_SCRIPT_PATH}" defer></script>
</head>
<body>
<a class="skip" href="#main">${words.skip}</a>
${status.simulated ? banner(status, words, language) : null}
${topBar(language, '/')}
<main id="main">
<section class="truth" id="truth" data-live data-tone="${tone(status)}"><h1>${status.sentence[language]}</h1><p class="muted"><time datetime="${status.at}">${format.day(model.now, zone)}</time> · ${words.timesIn(zone)}</p>${
    status.ready
      ? null
      : html`<div class="note"><b>${words.notReady}</b> ${status.reasons.map((reason) => html`<span lang="en">${reason}</span> `)}</div>`
  }</section>
${empty ? emptyPanel(setting) : placesPanel(setting)}
${alertPanel(setting)}
${slotPanel(setting)}
<div class="columns">${stagePanel(setting)}${sourcePanel(setting)}${quarantinePanel(setting)}</div>
</main>
<footer>${footer(program, options, words)}</footer>
</body>
</html>`.text;
}

/** Brand, ways to the other pages, and the same page (`path`, without its language) in the other language. */
export function topBar(language: Language, path: string): Html {
  const words = WORDS[language];
  const other = language === 'fr' ? 'en' : 'fr';
  return html`<header class="top"><p class="brand">${LOGO}<span>harmattan</span></p><p class="live" id="live" role="status" hidden></p><nav>${words.pages.map(([to, name]) => html`<a href="/${language}${to}">${name}</a> `)}<a href="/${other}${path}" hreflang="${other}" lang="${other}">${words.otherLanguage}</a></nav></header>`;
}

const LOGO = trusted(
  '<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><circle cx="15" cy="8" r="4.5"/><path d="M2 12.5h9.5M4 16.5h15M8 20.5h12"/></svg>',
);

function tone({ places, ready }: PageModel['status']): 'good' | 'fair' | 'bad' {
  if (places.missing + places.empty > 0) return 'bad';
  return places.late > 0 || !ready ? 'fair' : 'good';
}

function banner(status: PageModel['status'], words: CardSetting['words'], language: Language): Html {
  return html`<div class="simulated" role="note"><b>${words.simulated}</b> ${status.notice ? status.notice[language] : words.simulatedWhy}</div>`;
}

function placesPanel(setting: CardSetting): Html {
  const { model, words } = setting;
  return html`<section id="places" aria-labelledby="places-title" data-live>${iconSprite(model.places.map(iconOf))}<div class="section-head"><h2 id="places-title">${words.places}</h2><p class="muted">${words.band}</p></div><ul class="cards">${model.places.map((view) => placeCard(view, setting))}</ul>${
    model.morePlaces > 0 ? html`<p><a href="/api/v1/places">${words.more(model.morePlaces)}</a></p>` : null
  }</section>`;
}

/** No reading of any place yet: who is asked, since when, when again, and what to do. */
function emptyPanel({ model, words, format, language }: CardSetting): Html {
  const { sources, startedAt, nextAttemptAt } = model.status;
  const zone = model.places[0]?.place.timeZone ?? 'UTC';
  const nextAt = nextAttemptAt === null ? null : fromRfc3339(nextAttemptAt);
  const names = sources.map(({ id }) => id).join(', ');
  return html`<section id="places" class="panel empty" aria-labelledby="places-title" data-live><h2 id="places-title">${words.emptyTitle}</h2><p>${
    sources.length === 0 ? words.emptyNobody : words.emptyAsked(names, format.clock(fromRfc3339(startedAt) ?? 0, zone))
  } ${nextAt === null ? null : nextAt <= model.now ? words.emptyNow : words.emptyNext(format.clock(nextAt, zone))}</p><p>${words.emptyCure}</p><ul class="names">${model.places.map(
    ({ place }) => html`<li>${place.names[language]}</li>`,
  )}</ul></section>`;
}

function footer(program: Program, options: HttpOptions, words: CardSetting['words']): Html {
  const credits = program.sources.map(({ attribution }) => attribution.text).join(' · ');
  const address = options.contact?.includes('@') ? `mailto:${options.contact}` : options.contact;
  const reachable = address !== null && /^(mailto:|https?:\/\/)/.test(address ?? '');
  return html`<p>${credits}</p><p>harmattan ${program.version} · <a href="/docs">${words.api}</a> · <a href="/api/v1/status">JSON</a> · <a href="/metrics">${words.metrics}</a>${
    options.contact === null
      ? null
      : html` · ${words.contact}${'\u00a0'}: ${reachable ? html`<a href="${address}">${options.contact}</a>` : options.contact}`
  }</p>`;
}
