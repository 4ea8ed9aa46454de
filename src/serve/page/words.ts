import type { SlotState } from '../../ledger/ledger.ts';
import type { Freshness } from '../contract.ts';
import type { Language } from './format.ts';

const s = (count: number) => (count < 2 ? '' : 's');
const plural = (count: number) => (count === 1 ? '' : 's');

/** Every word of the page. */
export interface Words {
  readonly title: string;
  readonly tagline: string;
  readonly skip: string;
  readonly otherLanguage: string;
  readonly places: string;
  readonly slots: string;
  readonly stages: string;
  readonly quarantine: string;
  readonly sources: string;
  readonly timesIn: (zone: string) => string;
  readonly live: string;
  readonly reconnecting: string;
  readonly unreachable: string;
  readonly state: Readonly<Record<Freshness, string>>;
  readonly slotState: Readonly<Record<SlotState, string>>;
  readonly measured: string;
  readonly analysed: string;
  readonly noData: string;
  readonly band: string;
  readonly noForecast: string;
  readonly noBand: string;
  readonly nextHours: string;
  readonly range24: (low: string, high: string) => string;
  readonly spark: (place: string, low: string, high: string, now: string) => string;
  readonly sparkEmpty: string;
  readonly more: (count: number) => string;
  readonly slotsIntro: (arrived: string, expected: string) => string;
  readonly slotsNone: string;
  readonly ago24: string;
  readonly now: string;
  readonly exceptions: (count: number) => string;
  readonly noExceptions: string;
  readonly place: string;
  readonly slot: string;
  readonly what: string;
  readonly why: string;
  readonly stage: string;
  readonly stageName: Readonly<Record<string, string>>;
  readonly waiting: string;
  readonly behind: string;
  readonly lastSuccess: string;
  readonly never: string;
  readonly notHere: string;
  readonly upToDate: string;
  readonly quota: (source: string, window: string) => string;
  readonly quotaLeft: (left: string, limit: string, until: string) => string;
  readonly windows: Readonly<Record<string, string>>;
  readonly quarantineNone: string;
  readonly quarantineSome: (count: number) => string;
  readonly cadence: (places: number, minutes: number) => string;
  readonly alerts: string;
  readonly alertsNone: string;
  readonly since: (when: string) => string;
  readonly pages: readonly (readonly [path: string, name: string])[];
  readonly emptyTitle: string;
  readonly emptyAsked: (source: string, since: string) => string;
  readonly emptyNext: (when: string) => string;
  readonly emptyNow: string;
  readonly emptyNobody: string;
  readonly emptyCure: string;
  readonly simulated: string;
  readonly simulatedWhy: string;
  readonly notReady: string;
  readonly stored: (count: string) => string;
  readonly licence: string;
  readonly api: string;
  readonly metrics: string;
  readonly contact: string;
}

const fr: Words = {
  title: 'harmattan – le temps qu’il fait, et ce qu’on en sait',
  tagline: 'Le temps qu’il fait, et ce qu’on en sait',
  skip: 'Aller au contenu',
  otherLanguage: 'English',
  places: 'Lieux',
  slots: 'Arrivées des dernières 24 heures',
  stages: 'Étapes',
  quarantine: 'Quarantaine',
  sources: 'Sources et quotas',
  timesIn: (zone) => `Heures : ${zone}`,
  live: 'En direct',
  reconnecting: 'Reconnexion…',
  unreachable: 'Serveur injoignable',
  state: { fresh: 'À l’heure', late: 'En retard', missing: 'Manquant', empty: 'Sans donnée' },
  slotState: {
    arrived: 'à l’heure',
    late: 'arrivé en retard',
    backfilled: 'comblé après coup',
    stale: 'donnée ancienne',
    missing: 'manquant',
    quarantined: 'en quarantaine',
    pending: 'en attente',
  },
  measured: 'mesuré à',
  analysed: 'analyse de',
  noData: 'Aucune donnée pour l’instant.',
  band: 'Sous chaque heure, la température la plus probable, puis la plage qui la contient 8 fois sur 10.',
  noForecast: 'Pas encore de prévision.',
  noBand: 'plage indisponible',
  nextHours: 'Prochaines heures',
  range24: (low, high) => `24 h : ${low} à ${high}\u00a0°C`,
  spark: (place, low, high, now) =>
    `${place}, température des dernières 24 heures : entre ${low} et ${high}, ${now} en dernier.`,
  sparkEmpty: 'Aucune température sur 24 heures.',
  more: (count) => `Et ${count} autres lieux : voir l’API.`,
  slotsIntro: (arrived, expected) => `${arrived} créneaux sur ${expected} à l’heure.`,
  slotsNone: 'Aucun créneau n’était attendu sur 24 heures.',
  ago24: 'il y a 24 h',
  now: 'maintenant',
  exceptions: (count) => `${count} créneau${count < 2 ? '' : 'x'} qui ${count < 2 ? 'n’est' : 'ne sont'} pas à l’heure`,
  noExceptions: 'Tous les créneaux sont à l’heure.',
  place: 'Lieu',
  slot: 'Créneau',
  what: 'État',
  why: 'Raison',
  stage: 'Étape',
  stageName: {
    poll: 'Collecte',
    process: 'Traitement',
    forecast: 'Prévision',
    index: 'Indexation',
    watch: 'Veille',
    serve: 'Pages',
  },
  waiting: 'En attente',
  behind: 'Retard',
  lastSuccess: 'Dernier succès',
  never: 'jamais',
  notHere: 'dans un autre processus',
  upToDate: 'aucun',
  quota: (source, window) => `${source}, par ${window}`,
  quotaLeft: (left, limit, until) => `reste ${left} sur ${limit}, remis à zéro ${until}`,
  windows: { minute: 'minute', hour: 'heure', day: 'jour', month: 'mois' },
  quarantineNone: 'Rien n’a été écarté.',
  quarantineSome: (count) => `${count} message${s(count)} écarté${s(count)}, à relire et à rejouer.`,
  cadence: (places, minutes) => `${places} lieu${places < 2 ? '' : 'x'}, toutes les ${minutes} minutes.`,
  alerts: 'Alertes en cours',
  alertsNone: 'Aucune alerte en cours.',
  since: (when) => `depuis ${when}`,
  pages: [
    ['', 'Régions'],
    ['/exploitation/ponctualite', 'Ponctualité'],
    ['/exploitation/journaux', 'Journaux'],
    ['/exploitation/messages', 'Messages'],
    ['/exploitation/alertes', 'Alertes'],
  ],
  emptyTitle: 'Aucune donnée pour l’instant',
  emptyAsked: (source, since) => `${source} est interrogé depuis ${since}.`,
  emptyNext: (when) => `Prochain essai à ${when}.`,
  emptyNow: 'L’essai suivant est en cours.',
  emptyNobody: 'Aucun fournisseur n’est interrogé : la page attend les messages d’un autre producteur.',
  emptyCure: 'La commande « harmattan doctor » dit ce qui manque.',
  simulated: 'Données simulées',
  simulatedWhy: 'Aucune valeur de cette page n’est réelle.',
  notReady: 'En cours de démarrage',
  stored: (count) => `${count} valeurs en réserve`,
  licence: 'licence',
  api: 'API',
  metrics: 'Métriques',
  contact: 'Contact',
};

const en: Words = {
  title: 'harmattan – the weather, and how well it is known',
  tagline: 'The weather, and how well it is known',
  skip: 'Skip to content',
  otherLanguage: 'Français',
  places: 'Places',
  slots: 'Arrivals of the last 24 hours',
  stages: 'Stages',
  quarantine: 'Quarantine',
  sources: 'Sources and quotas',
  timesIn: (zone) => `Times: ${zone}`,
  live: 'Live',
  reconnecting: 'Reconnecting…',
  unreachable: 'Server unreachable',
  state: { fresh: 'On time', late: 'Late', missing: 'Missing', empty: 'No data' },
  slotState: {
    arrived: 'on time',
    late: 'arrived late',
    backfilled: 'filled afterwards',
    stale: 'old data',
    missing: 'missing',
    quarantined: 'in quarantine',
    pending: 'pending',
  },
  measured: 'measured at',
  analysed: 'analysis of',
  noData: 'No data yet.',
  band: 'Under each hour the most likely temperature, then the range that holds it 8 times in 10.',
  noForecast: 'No forecast yet.',
  noBand: 'range unavailable',
  nextHours: 'Next hours',
  range24: (low, high) => `24 h: ${low} to ${high}°C`,
  spark: (place, low, high, now) =>
    `${place}, temperature of the last 24 hours: between ${low} and ${high}, ${now} at the end.`,
  sparkEmpty: 'No temperature in 24 hours.',
  more: (count) => `And ${count} more places: see the API.`,
  slotsIntro: (arrived, expected) => `${arrived} of ${expected} slots on time.`,
  slotsNone: 'No slot was expected in the last 24 hours.',
  ago24: '24 h ago',
  now: 'now',
  exceptions: (count) => `${count} slot${plural(count)} not on time`,
  noExceptions: 'Every slot is on time.',
  place: 'Place',
  slot: 'Slot',
  what: 'State',
  why: 'Reason',
  stage: 'Stage',
  stageName: { poll: 'Poll', process: 'Process', forecast: 'Forecast', index: 'Index', watch: 'Watch', serve: 'Serve' },
  waiting: 'Waiting',
  behind: 'Behind',
  lastSuccess: 'Last success',
  never: 'never',
  notHere: 'in another process',
  upToDate: 'none',
  quota: (source, window) => `${source}, per ${window}`,
  quotaLeft: (left, limit, until) => `${left} of ${limit} left, reset ${until}`,
  windows: { minute: 'minute', hour: 'hour', day: 'day', month: 'month' },
  quarantineNone: 'Nothing was set aside.',
  quarantineSome: (count) => `${count} message${plural(count)} set aside, to be looked at and replayed.`,
  cadence: (places, minutes) => `${places} place${plural(places)}, every ${minutes} minutes.`,
  alerts: 'Active alerts',
  alertsNone: 'No alert is active.',
  since: (when) => `since ${when}`,
  pages: [
    ['', 'Regions'],
    ['/exploitation/ponctualite', 'Punctuality'],
    ['/exploitation/journaux', 'Logs'],
    ['/exploitation/messages', 'Messages'],
    ['/exploitation/alertes', 'Alerts'],
  ],
  emptyTitle: 'No data yet',
  emptyAsked: (source, since) => `${source} has been asked since ${since}.`,
  emptyNext: (when) => `Next attempt at ${when}.`,
  emptyNow: 'The next attempt is under way.',
  emptyNobody: 'No provider is asked: the page waits for another producer’s messages.',
  emptyCure: 'The command “harmattan doctor” says what is missing.',
  simulated: 'Simulated data',
  simulatedWhy: 'No value on this page is real.',
  notReady: 'Starting',
  stored: (count) => `${count} values stored`,
  licence: 'licence',
  api: 'API',
  metrics: 'Metrics',
  contact: 'Contact',
};

export const WORDS: Readonly<Record<Language, Words>> = { fr, en };
