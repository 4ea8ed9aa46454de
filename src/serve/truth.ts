import type { Instant } from '../core/time.ts';
import type { Place } from '../weather/place.ts';
import type { Freshness } from './contract.ts';
import type { Program, Sentence, StageStatus } from './program.ts';

/** What the sentence is made from. */
export interface TruthParts {
  readonly states: readonly { readonly place: Place; readonly validAt: Instant | null; readonly state: Freshness }[];
  readonly stages: readonly StageStatus[];
  readonly program: Pick<Program, 'cadence' | 'sources' | 'startedAt'>;
  readonly now: Instant;
}

/** A stage that is this far behind is worth a word. */
const STAGE_LAG_MS = 60_000;
/** More places than this are counted, not named. */
const NAMED = 3;

/**
 * The one sentence that tells whether all is well: the worst first, places by name while they are few. A place that is
 * late or missing is never hidden behind an average.
 */
export function truth(parts: TruthParts): Sentence {
  return { fr: sentence(parts, 'fr'), en: sentence(parts, 'en') };
}

function sentence({ states, stages, program, now }: TruthParts, language: 'fr' | 'en'): string {
  const words = WORDS[language];
  const named = (state: Freshness) => states.filter((one) => one.state === state);
  const [fresh, late, missing, empty] = [named('fresh'), named('late'), named('missing'), named('empty')];
  const behind = stages.filter(({ lagMs }) => lagMs !== null && lagMs > STAGE_LAG_MS);
  const lagging = behind.map(({ name, lagMs }) => words.behind(name, Math.round((lagMs ?? 0) / 60_000)));
  if (empty.length === states.length) {
    const source = program.sources[0]?.id ?? null;
    return [source ? words.nothingFrom(source, clockOf(program.startedAt, now)) : words.nothing, ...lagging].join(' ');
  }
  const list = (some: typeof states) =>
    some.length <= NAMED ? ` (${some.map(({ place }) => place.names[language]).join(', ')})` : '';
  const parts = [
    ...(missing.length > 0 ? [words.missing(missing.length, list(missing), oldest(missing, now))] : []),
    ...(late.length > 0 ? [words.late(late.length, list(late))] : []),
    ...(empty.length > 0 ? [words.empty(empty.length, list(empty))] : []),
  ];
  if (parts.length === 0) {
    const all = program.cadence ? words.allOnTime(states.length) : words.allThere(states.length);
    return [all, ...lagging].join(' ');
  }
  const rest = fresh.length > 0 ? [words.onTime(fresh.length)] : [];
  return [`${capital([...parts, ...rest].join(', '))}.`, ...lagging].join(' ');
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** `13:15 UTC`, with the day when it is not today's. */
function clockOf(at: Instant, now: Instant): string {
  const iso = new Date(at).toISOString();
  const today = new Date(now).toISOString().slice(0, 10);
  return iso.startsWith(today) ? `${iso.slice(11, 16)} UTC` : `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

const oldest = (some: TruthParts['states'], now: Instant) =>
  clockOf(Math.min(...some.map(({ validAt }) => validAt ?? now)), now);

const STAGES_FR: Readonly<Record<string, string>> = {
  poll: 'la collecte',
  process: 'le traitement',
  forecast: 'la prévision',
  index: 'l’indexation',
};

const stageFr = (name: string) => STAGES_FR[name] ?? name;

const WORDS = {
  fr: {
    allOnTime: (count: number) => `Tout est à l’heure : ${count} ${count < 2 ? 'lieu' : 'lieux'} sur ${count}.`,
    allThere: (count: number) => `${count} ${count < 2 ? 'lieu a' : 'lieux ont'} une donnée ; aucune n’est attendue.`,
    missing: (count: number, list: string, since: string) =>
      `${count} ${count < 2 ? 'lieu' : 'lieux'} sans donnée récente${list}, la plus ancienne de ${since}`,
    late: (count: number, list: string) => `${count} ${count < 2 ? 'lieu' : 'lieux'} en retard${list}`,
    empty: (count: number, list: string) => `${count} ${count < 2 ? 'lieu' : 'lieux'} sans aucune donnée${list}`,
    onTime: (count: number) => `${count} à l’heure`,
    behind: (stage: string, minutes: number) =>
      `${capital(stageFr(stage))} a ${minutes} min de retard sur ce qui est arrivé.`,
    nothing: 'Aucune donnée pour l’instant, et aucun fournisseur n’est interrogé : on attend des messages.',
    nothingFrom: (source: string, since: string) =>
      `Aucune donnée pour l’instant : ${source} est interrogé depuis ${since}.`,
  },
  en: {
    allOnTime: (count: number) => `Everything is on time: ${count} of ${count} ${count === 1 ? 'place' : 'places'}.`,
    allThere: (count: number) => `${count} ${count === 1 ? 'place has' : 'places have'} data; none is expected.`,
    missing: (count: number, list: string, since: string) =>
      `${count} ${count === 1 ? 'place' : 'places'} without recent data${list}, the oldest from ${since}`,
    late: (count: number, list: string) => `${count} ${count === 1 ? 'place' : 'places'} late${list}`,
    empty: (count: number, list: string) => `${count} ${count === 1 ? 'place' : 'places'} without any data${list}`,
    onTime: (count: number) => `${count} on time`,
    behind: (stage: string, minutes: number) => `${capital(stage)} is ${minutes} min behind what has arrived.`,
    nothing: 'No data yet, and no provider is asked: messages are awaited.',
    nothingFrom: (source: string, since: string) => `No data yet: ${source} has been asked since ${since}.`,
  },
};
