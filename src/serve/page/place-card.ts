import { fromRfc3339 } from '../../core/time.ts';
import { conditionDescription, conditionIcon } from '../../weather/condition.ts';
import type { Cadence } from '../program.ts';
import { answeredAt, staleAfter } from '../reply.ts';
import type { Format, Language } from './format.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import type { PageModel, PlaceView } from './model.ts';
import { rangeOf, sparkline } from './sparkline.ts';
import type { Words } from './words.ts';

export interface CardSetting {
  readonly model: PageModel;
  readonly words: Words;
  readonly format: Format;
  readonly language: Language;
  readonly cadence: Cadence | null;
}

/** The icon that a place's card shows; `null` without a condition. */
export const iconOf = ({ latest, place }: PlaceView): string | null =>
  latest?.condition ? conditionIcon(latest.condition.id, place, latest.validAt) || null : null;

/** One place: what it is like now, how old that is, how the day went, what comes. */
export function placeCard(view: PlaceView, setting: CardSetting): Html {
  const { model, words, format, language, cadence } = setting;
  const { place, latest, state } = view;
  const name = place.names[language];
  const after = staleAfter(cadence);
  const decay =
    latest && after
      ? html` data-late-at="${answeredAt(latest) + after.lateMs}" data-missing-at="${answeredAt(latest) + after.missingMs}"`
      : null;
  return html`<li class="card" data-state="${state}"${decay}><div class="card-head"><h3>${name}</h3><span class="chip"><i aria-hidden="true"></i><b>${words.state[state]}</b></span></div>${
    latest
      ? html`<div class="now"><p class="temperature">${format.temperature(latest.values.temperatureC)}</p>${icon(iconOf(view))}<p class="condition">${
          latest.condition ? conditionDescription(latest.condition.id, language) : null
        }</p></div><p class="age">${latest.kind === 'observation' ? words.measured : words.analysed} <time datetime="${new Date(latest.validAt).toISOString()}">${format.clock(latest.validAt, place.timeZone)}</time> · <span data-age="${latest.validAt}">${format.age(model.now - latest.validAt)}</span></p><div class="outlook">${chart(view, setting)}${hours(view, setting)}</div>`
      : html`<p class="none">${words.noData}</p>`
  }</li>`;
}

function chart(view: PlaceView, { model, words, format, language }: CardSetting): Html {
  const span = rangeOf(view);
  if (!span) return html`<p class="none">${words.sparkEmpty}</p>`;
  const [low, high] = [format.temperature(span.low), format.temperature(span.high)];
  const label = words.spark(
    view.place.names[language],
    low,
    high,
    format.temperature(view.latest?.values.temperatureC ?? null),
  );
  return html`<figure>${sparkline(view, model.from, model.now, label)}<figcaption>${words.range24(format.degrees(span.low), format.degrees(span.high))}</figcaption></figure>`;
}

function hours({ coming, place }: PlaceView, { words, format }: CardSetting): Html {
  if (coming.length === 0) return html`<p class="none">${words.noForecast}</p>`;
  return html`<ol class="hours" aria-label="${words.nextHours}">${coming.map(({ validAt, meanC, lowC, highC }) => {
    const range = lowC === null || highC === null ? words.noBand : `${format.degrees(lowC)} – ${format.degrees(highC)}`;
    return html`<li><span>${format.hour(fromRfc3339(validAt) ?? 0, place.timeZone)}</span> <b>${format.degrees(meanC)}°</b> <span class="range">${range}</span></li>`;
  })}</ol>`;
}
