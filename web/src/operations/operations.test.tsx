import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import type { MessageReply, QuarantineReply, SlotReply, StatusReply } from '../../../src/serve/contract.ts';
import type { EventsReply } from '../../../src/serve/event-contract.ts';
import { formatOf } from '../../../src/text/format.ts';
import { pseudoCatalogue } from '../../../src/text/pseudo.ts';
import { type Catalogue, texts } from '../../../src/text/texts.ts';
import type { OperationsAlert } from './active-alerts.tsx';
import { Logs, logsLink } from './logs.tsx';
import { Messages } from './messages.tsx';
import { LOG_BARS, slotsPath, stretchIn } from './operations-asks.ts';
import { OperationsOverview } from './operations-overview.tsx';
import { clockTicks, type OperationsReader, type OperationsTextId } from './operations-reader.ts';
import { arrivalsBySlot, slotPicture } from './slot-counts.ts';

const SLOT = 900_000;
const FROM = Date.UTC(2026, 10, 23, 6);
const TO = FROM + 4 * SLOT;
const iso = (at: number) => new Date(at).toISOString();

function readerIn(language: 'fr' | 'en', change = (catalogue: Catalogue<OperationsTextId>) => catalogue) {
  const catalogue = (area: string) =>
    JSON.parse(readFileSync(new URL(`../../../src/text/compiled/${language}/${area}.json`, import.meta.url), 'utf8'));
  const { text } = texts(language, change({ ...catalogue('operations'), ...catalogue('watch') }));
  const reader: OperationsReader = {
    language,
    format: formatOf(language),
    t: text,
    href: (path) => `/${language}/${path}`,
  };
  return reader;
}
const [fr, en] = [readerIn('fr'), readerIn('en')];

const slot = (placeId: string, index: number, state: SlotReply['state'], lateSeconds: number | null = null) =>
  ({ placeId, slotAt: iso(FROM + index * SLOT), state, lateSeconds }) as SlotReply;
const SLOTS = [
  slot('kolda', 0, 'arrived', 60),
  slot('kolda', 1, 'late', 420),
  slot('kolda', 2, 'missing'),
  slot('kolda', 3, 'pending'),
  slot('matam', 0, 'arrived', 50),
  slot('matam', 1, 'arrived', 40),
  slot('matam', 2, 'backfilled', 4000),
  slot('elsewhere', 0, 'late', 900),
];
const PLACES = [
  { id: 'kolda', name: 'Kolda' },
  { id: 'matam', name: 'Matam' },
];

const alert = (id: string, state: OperationsAlert['state'], rule = 'place-missing') =>
  ({ id, rule, severity: 'critical', state, about: ['kolda'], startsAt: iso(FROM) }) as OperationsAlert;
const ALERTS = [
  alert('k7f2', 'firing'),
  { ...alert('m3p1', 'acknowledged'), acknowledged: { by: 'awa', at: iso(FROM) } },
  alert('x1x1', 'ended', 'quota-low'),
  alert('y1y1', 'waiting', 'quota-low'),
];

const STATUS = {
  ready: true,
  sentence: { fr: '1 lieu en retard (Kolda), 1 à l’heure.', en: '1 place late (Kolda), 1 on time.' },
  stages: [
    { name: 'poll', running: true, lagMessages: null, lagSeconds: null, lastSuccessAt: iso(FROM) },
    { name: 'process', running: true, lagMessages: 3, lagSeconds: 240, lastSuccessAt: iso(FROM) },
    { name: 'forecast', running: false, lagMessages: 0, lagSeconds: 0, lastSuccessAt: null },
  ],
  quarantine: { total: 2, byCode: { HMT_PROCESS_NOT_JSON: 2 } },
  sources: [
    {
      id: 'openweathermap',
      quota: [{ window: 'day', limit: 1000, used: 850, left: 150, resetsAt: iso(TO) }],
    },
  ],
} as unknown as StatusReply;

const html = (element: ReactElement) => renderToStaticMarkup(element);
const text = (markup: string) =>
  markup
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#x27;/g, '’')
    .replace(/[\s\u00a0\u202f]+/g, ' ');

const overview = (reader: OperationsReader, more: Partial<Parameters<typeof OperationsOverview>[0]> = {}) =>
  html(
    <OperationsOverview
      reader={reader}
      status={STATUS}
      slots={{ items: SLOTS, nextCursor: null }}
      alerts={ALERTS}
      places={PLACES}
      range={{ from: FROM, to: TO, hours: 6 }}
      everyMs={SLOT}
      {...more}
    />,
  );

describe('the picture of the ledger', () => {
  const picture = slotPicture(SLOTS, PLACES, { from: FROM, to: TO });

  it('counts what was due and what was on time; what is awaited is not due', () => {
    assert.deepEqual([picture.due, picture.onTime, picture.late, picture.missing], [6, 3, 1, 1]);
    assert.equal(picture.worst, 'Kolda');
  });

  it('has a bar per slot, of what arrived however late, and nothing where nothing was expected', () => {
    const values = arrivalsBySlot(slotPicture(SLOTS.slice(0, 2), PLACES, { from: FROM, to: TO }), SLOT);
    assert.deepEqual(
      values.map((bar) => bar.values),
      [[1, 0, 0], [0, 1, 0], null, null],
    );
  });
});

describe('the overview', () => {
  it('says the sentence, the punctuality, the stages, the quota and the quarantine, in both languages', () => {
    const french = text(overview(fr));
    assert.match(french, /1 lieu en retard \(Kolda\)/);
    assert.match(french, /1 créneau en retard, 1 manquant ; le plus touché est Kolda\./);
    assert.match(french, /3 \/ 6 à l’heure · objectif 95 %/);
    assert.match(french, /5 arrivées sur 6 attendues/);
    assert.match(french, /3 messages en attente, retard 4 min/);
    assert.match(french, /850 sur 1 000 par jour/);
    assert.match(french, /2 messages en quarantaine/);
    assert.match(text(overview(en)), /1 slot late, 1 missing; the worst is Kolda\./);
  });

  it('lists the alerts that are told and last, with what to do, and says when there are none', () => {
    const markup = overview(fr);
    const french = text(markup);
    assert.match(french, /Données manquantes · Kolda depuis/);
    assert.match(french, /awa/);
    assert.equal(markup.match(/href="\/runbooks\/place-missing"/g)?.length, 2);
    assert.doesNotMatch(markup, /quota-low/);
    assert.match(markup, /href="\/fr\/exploitation\/alertes"/);
    assert.match(text(overview(en, { alerts: [] })), /Active alerts/);
    assert.match(text(overview(fr, { alerts: null })), /Alertes en cours Ces données ne sont pas disponibles/);
  });

  it('says why the program is not ready', () => {
    const status = { ...STATUS, ready: false, reasons: ['The store is behind.'] } as StatusReply;
    assert.match(text(overview(en, { status })), /Not ready yet: The store is behind\./);
  });

  it('shows the stretch that an address names, at most seven days of it, and the last hours otherwise', () => {
    const search = '?from=2026-11-23T12:15:00Z&to=2026-11-23T13:35:00Z';
    const stretch = { from: Date.UTC(2026, 10, 23, 12, 15), to: Date.UTC(2026, 10, 23, 13, 35) };
    assert.deepEqual(stretchIn(search), stretch);
    assert.match(slotsPath(search), /from=2026-11-23T12%3A15%3A00.000Z&to=2026-11-23T13%3A35%3A00.000Z/);
    for (const wrong of ['', '?from=a&to=b', '?from=2026-11-23T13:35:00Z&to=2026-11-23T12:15:00Z'])
      assert.equal(stretchIn(wrong), null);
    assert.equal(stretchIn('?from=2020-01-01T00:00:00Z&to=2026-11-23T00:00:00Z')?.from, Date.UTC(2026, 10, 16));
    assert.match(text(overview(en, { range: { ...stretch, hours: null } })), /12:15.* to .*13:35/);
  });

  it('stands in the order in which it is read: sentence, alerts, map, then the rest', () => {
    const markup = overview(fr);
    const at = (mark: string) => markup.indexOf(mark);
    assert.ok(at('class="truth"') < at('class="alerts"'));
    assert.ok(at('class="alerts"') < at('id="punctuality-finding"'));
    assert.ok(at('id="punctuality-finding"') < at('id="arrivals-finding"'));
    assert.ok(at('id="arrivals-finding"') < at('class="stages"'));
  });

  it('says that nothing was expected, where nothing was', () => {
    const empty = text(overview(fr, { slots: { items: [], nextCursor: null } }));
    assert.match(empty, /Rien n’était attendu pendant cette période/);
    assert.match(empty, /Aucun créneau échu/);
  });

  it('says which answer did not come, and shows the others', () => {
    const without = text(overview(fr, { slots: null }));
    assert.match(without, /Ces données ne sont pas disponibles/);
    assert.match(without, /1 lieu en retard/);
    assert.match(text(overview(fr, { status: null })), /Ces données ne sont pas disponibles.*le plus touché est Kolda/);
  });

  it('says where the picture ends when the period is too long', () =>
    assert.match(
      text(overview(en, { slots: { items: SLOTS, nextCursor: 'x' } })),
      /slots after 23\/11 06:00 are missing/,
    ));
});

const EVENTS: EventsReply = {
  from: iso(FROM),
  to: iso(FROM + LOG_BARS * SLOT),
  items: [
    {
      id: 7,
      at: iso(FROM + SLOT),
      stage: 'poll',
      level: 'error',
      message: 'Timed out <b>.',
      code: 'HMT_POLL_TIMEOUT',
      placeId: 'kolda',
      fields: { attempt: 2 },
    },
  ],
  nextCursor: 'older',
  bars: [{ at: iso(FROM + SLOT), info: 4, warn: 0, error: 1 }],
};
const SEARCH = { q: 'timed out', place: 'kolda', stage: '', level: 'error' };

describe('the logs', () => {
  const logs = (events: EventsReply | null) =>
    html(<Logs reader={fr} search={SEARCH} places={PLACES} events={events} />);

  it('show each event with its facts, escaped, and how many there were', () => {
    const markup = logs(EVENTS);
    assert.match(markup, /Timed out &lt;b&gt;\./);
    assert.match(markup, /&quot;attempt&quot;: 2/);
    assert.match(text(markup), /1 erreur et aucun avertissement/);
  });

  it('keep what was searched in a form that needs no script', () => {
    const markup = logs(EVENTS);
    assert.match(markup, /<form[^>]*action="\/fr\/exploitation\/journaux" method="get"/);
    assert.match(markup, /name="q"[^>]*value="timed out"/);
    assert.match(markup, /<option value="kolda" selected="">Kolda/);
  });

  it('link to the same rows by an absolute period', () => {
    assert.equal(
      logsLink(fr, SEARCH, { from: EVENTS.from, to: EVENTS.to }),
      '/fr/exploitation/journaux?q=timed+out&place=kolda&level=error&from=2026-11-23T06%3A00%3A00.000Z&to=2026-11-23T18%3A00%3A00.000Z',
    );
    assert.match(logs(EVENTS), /cursor=older/);
  });

  it('say why there is nothing, and that nothing answered', () => {
    assert.match(text(logs({ ...EVENTS, items: [], bars: [], nextCursor: null })), /Aucun événement ne correspond/);
    assert.match(text(logs(null)), /Ces données ne sont pas disponibles/);
  });
});

describe('the messages', () => {
  const message = { id: 'observations/0/1', appendedAt: iso(FROM), key: 'kolda', valueBytes: 9, truncated: false };
  const entry = { id: 'q1', receivedAt: iso(FROM), code: 'HMT_PROCESS_NOT_JSON', detail: 'It is not JSON.' };
  const page = (value: string | null) =>
    html(
      <Messages
        reader={fr}
        topic="observations"
        code=""
        messages={{ items: [{ ...message, value } as MessageReply], nextCursor: null }}
        quarantine={{
          items: [{ ...entry, value: '{"a":', valueBytes: 5, truncated: true } as QuarantineReply],
          counts: { HMT_PROCESS_NOT_JSON: 1 },
        }}
      />,
    );

  it('lay out JSON, leave anything else as it came, and say what is not text', () => {
    assert.match(page('{"a":1}'), /<pre>{\n {2}&quot;a&quot;: 1\n}<\/pre>/);
    assert.match(page('{"a'), /<pre>{&quot;a<\/pre>/);
    assert.match(text(page(null)), /Ces octets ne sont pas du texte/);
  });

  it('show what is in quarantine by reason, and that only its beginning is shown', () => {
    const markup = page('1');
    assert.match(text(markup), /1 message en quarantaine/);
    assert.match(markup, /href="\/fr\/exploitation\/messages\?code=HMT_PROCESS_NOT_JSON"/);
    assert.match(text(markup), /Seul le début est montré/);
  });

  it('say what did not answer', () => {
    const markup = html(<Messages reader={fr} topic="polls" code="" messages={null} quarantine={null} />);
    assert.equal([...text(markup).matchAll(/Ces données ne sont pas disponibles/g)].length, 2);
  });
});

describe('the ticks of a period', () => {
  it('are at full hours, at most nine', () => {
    for (const hours of [1, 6, 12, 24, 168]) {
      const ticks = clockTicks(fr, FROM, FROM + hours * 3_600_000);
      assert.ok(ticks.length >= 1 && ticks.length <= 9, `${hours}: ${ticks.length}`);
      assert.ok(ticks.every(({ at }) => at % 3_600_000 === 0));
    }
  });
});

describe('in the language that nobody speaks', () => {
  it('every word is in brackets: none was left in the code', () => {
    const pseudo = readerIn('fr', pseudoCatalogue);
    const markup = [
      overview(pseudo, { status: null }),
      html(<Logs reader={pseudo} search={SEARCH} places={PLACES} events={null} />),
      html(<Messages reader={pseudo} topic="polls" code="" messages={null} quarantine={null} />),
    ].join(' ');
    const said = text(markup.replace(/<option[^>]*>(observations|forecasts|polls)<\/option>/g, ''))
      .replace(/⟦[^⟧]*⟧/g, '')
      .replace(/Kolda|Matam|\bmin\b|\d+\/\d+|\d+:\d+|\d+,\d+|\d+|[%·.–]/g, '');
    assert.equal(said.trim(), '');
  });
});
