import { fromRfc3339, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { severityWord, watchTexts } from '../../text/watch-texts.ts';
import type { StatusReply } from '../contract.ts';
import { type Html, html } from './html.ts';
import { expected } from './model.ts';
import type { CardSetting } from './place-card.ts';
import { legend, slotStrip } from './slot-strip.ts';

/** The ledger's last 24 hours: a strip per place, and the exceptions as a table. */
export function slotPanel({ model, words, format, language }: CardSetting): Html {
  const due = expected(model.counts);
  const zone = model.places[0]?.place.timeZone ?? 'UTC';
  const odd = model.places.flatMap((view) =>
    view.slots
      .filter(({ state }) => state !== 'arrived' && state !== 'pending')
      .map((slot) => ({ slot, place: view.place })),
  );
  const shown = odd.sort((a, b) => b.slot.slotAt - a.slot.slotAt).slice(0, 100);
  const body =
    due + model.counts.pending === 0
      ? html`<p class="none">${words.slotsNone}</p>`
      : html`<p>${words.slotsIntro(format.count(model.counts.arrived), format.count(due))}</p>${legend(words)}<ul class="strips"><li class="axis" aria-hidden="true"><span></span><span class="ends"><span>${words.ago24}</span><span>${words.now}</span></span></li>${model.places.map(
          (view) =>
            html`<li><span class="strip-name">${view.place.names[language]}</span>${slotStrip(view, view.place.names[language], { model, words, format })}</li>`,
        )}</ul>${
          shown.length === 0
            ? html`<p class="muted">${words.noExceptions}</p>`
            : html`<details id="exceptions"><summary>${words.exceptions(odd.length)}</summary><div class="scroll" tabindex="0" role="region" aria-label="${words.exceptions(odd.length)}"><table><thead><tr><th scope="col">${words.slot}</th><th scope="col">${words.place}</th><th scope="col">${words.what}</th><th scope="col">${words.why}</th></tr></thead><tbody>${shown.map(
                ({ slot, place }) =>
                  html`<tr><td>${format.clock(slot.slotAt, zone)}</td><td>${place.names[language]}</td><td>${words.slotState[slot.state]}${
                    slot.state === 'late' && slot.arrivedAt !== null
                      ? ` (+${format.duration(slot.arrivedAt - slot.slotAt)})`
                      : null
                  }</td><td>${slot.reason && html`<code>${slot.reason}</code>`} ${slot.detail && html`<code>${slot.detail}</code>`}</td></tr>`,
              )}</tbody></table></div></details>`
        }`;
  return html`<section id="slots" class="panel wide" aria-labelledby="slots-title" data-live><h2 id="slots-title">${words.slots}</h2>${body}</section>`;
}

/** How far each stage is. */
export function stagePanel({ model, words, format }: CardSetting): Html {
  const { stages } = model.status;
  return html`<section id="stages" class="panel" aria-labelledby="stages-title" data-live><h2 id="stages-title">${words.stages}</h2><table><thead><tr><th scope="col">${words.stage}</th><th scope="col" class="number">${words.waiting}</th><th scope="col" class="number">${words.behind}</th><th scope="col" class="number">${words.lastSuccess}</th></tr></thead><tbody>${stages.map(
    ({ name, running, lagMessages, lagSeconds, lastSuccessAt }) => {
      const at = lastSuccessAt === null ? null : fromRfc3339(lastSuccessAt);
      const behind =
        lagSeconds === null ? '–' : lagSeconds === 0 ? words.upToDate : secondsText(lagSeconds, format.duration);
      return html`<tr><th scope="row">${words.stageName[name] ?? name}${running ? null : html`<small>${words.notHere}</small>`}</th><td class="number">${
        lagMessages === null ? '–' : format.count(lagMessages)
      }</td><td class="number${(lagSeconds ?? 0) > 60 ? ' bad' : ''}">${behind}</td><td class="number">${
        at === null ? words.never : html`<span data-age="${at}">${format.age(model.now - at)}</span>`
      }</td></tr>`;
    },
  )}</tbody></table></section>`;
}

const secondsText = (seconds: number, duration: (ms: number) => string) =>
  seconds * SECOND_MS < MINUTE_MS ? `${seconds}\u00a0s` : duration(seconds * SECOND_MS);

/** Where the data comes from, and how much of each quota is left. */
export function sourcePanel({ model, words, format, language, cadence }: CardSetting): Html {
  const { sources, plan, places } = model.status;
  return html`<section id="sources" class="panel" aria-labelledby="sources-title" data-live><h2 id="sources-title">${words.sources}</h2>${
    cadence ? html`<p>${words.cadence(places.total, Math.round(cadence.everyMs / MINUTE_MS))}</p>` : null
  }${language === 'en' && plan ? html`<p class="muted">${plan}</p>` : null}${sources.map((source) => sourceBlock(source, model.now, words, format))}<p class="muted">${words.stored(format.count(model.status.observations.count))}</p></section>`;
}

function sourceBlock(
  source: StatusReply['sources'][number],
  now: number,
  words: CardSetting['words'],
  format: CardSetting['format'],
): Html {
  const { attribution } = source;
  return html`<div class="source"><p><a href="${webAddress(attribution.url)}" rel="license">${attribution.text}</a> <span class="muted">(${words.licence} ${attribution.licence})</span></p>${source.quota.map(
    ({ window, limit, used, left, resetsAt }) => {
      const until = format.until((fromRfc3339(resetsAt) ?? now) - now + MINUTE_MS - 1);
      const name = words.quota(source.id, words.windows[window] ?? window);
      return html`<div class="quota"><span>${name}</span><meter min="0" max="${limit}" high="${limit * 0.9}" optimum="0" value="${used}" aria-label="${name}"></meter><span class="muted">${words.quotaLeft(format.count(left), format.count(limit), until)}</span></div>`;
    },
  )}</div>`;
}

/** Only what a browser may follow; anything else stays on the page. */
const webAddress = (url: string) => (/^https?:\/\//.test(url) ? url : '#sources');

/** What was set aside. */
export function quarantinePanel({ model, words, format }: CardSetting): Html {
  const { total, byCode } = model.status.quarantine;
  const codes = Object.entries(byCode).sort(([, a], [, b]) => b - a);
  return html`<section id="quarantine" class="panel" aria-labelledby="quarantine-title" data-live><h2 id="quarantine-title">${words.quarantine}</h2><p>${
    total === 0 ? words.quarantineNone : words.quarantineSome(total)
  }</p>${total === 0 ? null : html`<ul class="codes">${codes.map(([code, count]) => html`<li><a href="/api/v1/quarantine?code=${code}"><code>${code}</code></a> <b>${format.count(count)}</b></li>`)}</ul>`}</section>`;
}

/** What the watch says at this moment, each with the page that says what to do. */
export function alertPanel({ model, words, format, language }: CardSetting): Html {
  const zone = model.places[0]?.place.timeZone ?? 'UTC';
  const ruleName = watchTexts(language);
  return html`<section id="alerts" class="panel" aria-labelledby="alerts-title" data-live><h2 id="alerts-title">${words.alerts}</h2>${
    model.alerts.length === 0
      ? html`<p>${words.alertsNone}</p>`
      : html`<ul class="codes">${model.alerts.map(
          ({ rule, about, startsAt, severity }) =>
            html`<li><a href="/runbooks/${rule}">${ruleName.text(`watch.rule.${rule}`)}</a> <b>${severityWord(language, severity)}</b> <span class="muted">${words.since(format.clock(startsAt, zone))}</span> ${about.join(', ')}</li>`,
        )}</ul>`
  }</section>`;
}
