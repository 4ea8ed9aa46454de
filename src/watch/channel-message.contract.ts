import type { ChannelMessage } from './channel-message.ts';
import type { Envelope } from './notifier.ts';

/** A message and its envelope for tests of channels. */
export const MESSAGE: ChannelMessage = {
  news: 'firing',
  facts: {
    alertId: 'k7f2',
    rule: 'place-missing',
    severity: 'critical',
    status: 'firing',
    startsAt: Date.UTC(2026, 10, 23, 13, 15),
    endsAt: null,
    sentAt: Date.UTC(2026, 10, 23, 13, 34),
    places: ['kolda', 'matam'],
    labels: { source: 'open-meteo' },
  },
  text: '🔴 Données manquantes : Kolda, Matam (2/13) depuis 13:15 — météo, critique',
  title: 'Données manquantes : 2 régions sur 13',
  lines: ['Kolda : dernière mesure 13:00 (il y a 34 min)', 'Matam : dernière mesure 12:45 (il y a 49 min)'],
  meaning: 'Deux périodes sont passées sans mesure.',
  fields: [
    { label: 'Attendu', value: 'toutes les 15 min, tolérance 5 min' },
    { label: 'Cause probable', value: 'HTTP 429 <source> & co' },
  ],
  context: 'alerte k7f2 · règle place-missing · 23/11 13:34 (Dakar)',
  links: [{ id: 'period', label: 'Voir la période', url: 'http://127.0.0.1:4000/fr/exploitation?from=a&to=b' }],
  original: 'Valeur : 0\nConditions rencontrées : …\nTimestamp : 2026-11-23T13:34:00Z',
};

export const envelope = (part: Partial<Envelope> = {}): Envelope => ({
  deliveryId: 'k7f2.1.slack',
  dedupeKey: 'place-missing:senegal',
  message: MESSAGE,
  threadReference: null,
  uncertainSinceAt: null,
  ...part,
});
