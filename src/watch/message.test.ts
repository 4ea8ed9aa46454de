import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MINUTE_MS } from '../core/time.ts';
import { LOCALES } from '../text/locale.ts';
import { NEWS } from './channel-message.ts';
import { messageOf } from './message.ts';
import { type Notification, RULE_IDS, type RuleId } from './notification.ts';
import { outageNews } from './outage.ts';
import { SLACK_LIMITS, slackBody } from './slack/blocks.ts';
import { playTrouble, TROUBLES } from './troubles.contract.ts';

const AT = Date.UTC(2026, 10, 23, 13, 34);
const STARTS_AT = Date.UTC(2026, 10, 23, 13, 15);

const KOLDA = { id: 'kolda', names: { fr: 'Kolda', en: 'Kolda' }, lastValidAt: Date.UTC(2026, 10, 23, 13) };
const MATAM = { id: 'matam', names: { fr: 'Matam', en: 'Matam' }, lastValidAt: Date.UTC(2026, 10, 22, 12, 45) };

function notification(part: Partial<Notification>): Notification {
  return {
    id: 'k7f2-1',
    news: 'firing',
    dedupeKey: 'place-missing:senegal',
    incidentId: 'k7f2',
    alertId: 'k7f2',
    rule: 'place-missing',
    severity: 'critical',
    startsAt: STARTS_AT,
    endsAt: null,
    at: AT,
    places: [KOLDA, MATAM],
    placeCount: 2,
    placeTotal: 13,
    labels: {},
    cause: { code: 'HMT_POLL_RATE_LIMITED', detail: 'HTTP 429' },
    expected: { everyMs: 15 * MINUTE_MS, graceMs: 5 * MINUTE_MS },
    limit: null,
    count: null,
    ...part,
  };
}

/** The first news of each rule, as the watch itself makes it. */
function newsOf(rule: RuleId): Notification {
  if (rule === 'store-error') {
    const outage = { code: 'HMT_STORE_UNAVAILABLE', fromAt: STARTS_AT, toldAt: AT, endedAt: AT };
    return outageNews(outage, AT).notifications[0] as Notification;
  }
  const first = playTrouble(TROUBLES[rule]).sent.find((one) => one.rule === rule);
  assert.ok(first, rule);
  return first;
}

const ALL: readonly Notification[] = [
  ...RULE_IDS.map(newsOf),
  ...NEWS.filter((news) => news !== 'firing').map((news) =>
    notification({
      news,
      ...(news === 'test' || news === 'alive'
        ? { rule: null, places: [], placeCount: news === 'alive' ? 13 : 0, cause: null, expected: null }
        : {}),
      ...(news === 'resolved' || news === 'stable' || news === 'ending' ? { endsAt: AT } : {}),
    }),
  ),
];
const wording = (locale: (typeof LOCALES)[number]) => ({
  locale,
  timeZone: 'Africa/Dakar',
  publicUrl: 'http://127.0.0.1:4000',
});

describe('messages', () => {
  for (const locale of LOCALES)
    it(`say every rule and every news in ${locale}`, (test) => {
      const said = ALL.map((one) => {
        const { news, facts, text, title, lines, meaning, fields, context } = messageOf(one, wording(locale));
        return [
          `${facts.rule}, ${news}`,
          title,
          text,
          ...lines,
          ...(meaning === '' ? [] : [meaning]),
          ...fields.map(({ label, value }) => `${label} = ${value}`),
          context,
        ].join('\n');
      });
      test.assert.snapshot(said.join('\n\n').replaceAll('\u00a0', '_').replaceAll('\u202f', '~'), {
        serializers: [(value) => value],
      });
    });

  it('keep to Slack’s limits with every rule, thousands of places and the longest names', () => {
    const names = { fr: 'Région '.repeat(20), en: 'Region '.repeat(20) };
    const places = Array.from({ length: 50 }, (_, index) => ({ ...KOLDA, id: `p${index}`, names }));
    for (const rule of RULE_IDS)
      for (const locale of LOCALES) {
        const body = slackBody(
          messageOf(notification({ rule, places, placeCount: 10_000, placeTotal: 10_000 }), wording(locale)),
          'blocks',
        );
        assert.ok(body.text.length <= SLACK_LIMITS.text);
        for (const block of body.blocks ?? []) {
          if (block.type === 'header') assert.ok(block.text.text.length <= SLACK_LIMITS.header);
          if (block.type === 'section') assert.ok((block.text?.text.length ?? 0) <= SLACK_LIMITS.section);
        }
      }
  });

  it('say in the text alone what, where and since when', () => {
    for (const locale of LOCALES)
      for (const rule of RULE_IDS) {
        const { text, title } = messageOf(notification({ rule }), wording(locale));
        assert.ok(text.includes('Kolda, Matam (2/13)') && text.includes('13:15'), text);
        assert.ok(text.includes(title.split(/ ?:/)[0] ?? title), text);
      }
  });

  it('link to absolute ranges, and offer no silence for what is over', () => {
    const { links } = messageOf(notification({}), wording('fr'));
    assert.deepEqual(
      links.map(({ id, url }) => [id, url]),
      [
        ['period', 'http://127.0.0.1:4000/fr/exploitation?from=2026-11-23T12%3A15%3A00Z&to=2026-11-23T13%3A35%3A00Z'],
        [
          'logs',
          'http://127.0.0.1:4000/fr/exploitation/journaux?from=2026-11-23T12%3A15%3A00Z&to=2026-11-23T13%3A35%3A00Z',
        ],
        ['silence', 'http://127.0.0.1:4000/fr/exploitation/alertes?silence=k7f2&hours=2'],
        ['runbook', 'http://127.0.0.1:4000/runbooks/place-missing'],
      ],
    );
    const one = messageOf(notification({ places: [KOLDA], placeCount: 1 }), wording('en'));
    assert.deepEqual(
      one.links.slice(0, 2).map(({ url }) => url),
      [
        'http://127.0.0.1:4000/en/r/kolda/historique?de=2026-11-23&a=2026-11-23',
        'http://127.0.0.1:4000/en/exploitation/journaux?from=2026-11-23T12%3A15%3A00Z&to=2026-11-23T13%3A35%3A00Z&place=kolda',
      ],
    );
    const over = messageOf(notification({ news: 'resolved', endsAt: AT }), wording('fr'));
    assert.deepEqual(
      over.links.map(({ id }) => id),
      ['period', 'logs', 'runbook'],
    );
  });

  it('carry the first version’s three lines', () => {
    assert.equal(
      messageOf(notification({}), wording('fr')).original,
      'Valeur : 2\nConditions rencontrées : Données manquantes : Kolda, Matam (2/13) depuis 13:15\nTimestamp : 2026-11-23T13:34:00Z',
    );
  });
});
