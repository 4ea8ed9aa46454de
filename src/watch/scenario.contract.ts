import { seededRandom } from '../core/random.ts';
import { DAY_MS, type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import { parsePlaces } from '../weather/place.ts';
import { type WatchOptions, watchOptions } from './config.ts';
import { evaluate, NEW_STATE, type WatchState } from './evaluate.ts';
import type { Transition } from './instance.ts';
import type { Notification } from './notification.ts';
import type { PlaceSignal, Signals } from './signals.ts';
import type { Silence } from './silence.ts';

/** A feed of thirteen places on the wall clock, and the watch over it: for tests. */

export const START_AT = Date.UTC(2026, 6, 1);
export const EVERY_MS = 15 * MINUTE_MS;
export const GRACE_MS = 5 * MINUTE_MS;
const TICK_MS = 30 * SECOND_MS;

export const PLACES = parsePlaces(
  [
    'Cap Skirring',
    'Dakar',
    'Thies',
    'Diourbel',
    'Kaolack',
    'Kedougou',
    'Kolda',
    'Linguere',
    'Matam',
    'Podor',
    'Saint-Louis',
    'Tambacounda',
    'Ziguinchor',
  ].map((name, index) => ({ name, latitude: 12 + index / 10, longitude: -15 })),
);

export const WELL: PlaceSignal = {
  lastValidAt: null,
  lastSlotAt: null,
  cause: null,
  flags: [],
  lacking: [],
  stale: false,
  issuedAt: null,
  values: {},
  chances: {},
  coverage80: null,
};

/** Signals in which nothing is wrong. */
export const signalsOf = (differs: Partial<Signals> = {}): Signals => ({
  expected: { everyMs: EVERY_MS, graceMs: GRACE_MS, sinceAt: START_AT },
  sources: { 'open-meteo': { lastErrorCode: null } },
  places: {},
  stages: { process: { lagMessages: 0, lagMs: 0, running: true } },
  quarantinedLastHour: 0,
  quotas: {},
  channels: {},
  diskFreeShare: null,
  ...differs,
});

export interface Scenario {
  readonly days?: number;
  readonly options?: Partial<Record<keyof WatchOptions, unknown>>;
  /** Whether the slot's reading of this place comes at all. */
  readonly comes?: (placeId: string, slotAt: Instant) => boolean;
  /** Other members of the signals at an instant. */
  readonly also?: (at: Instant, places: Signals['places']) => Partial<Signals>;
  readonly silences?: readonly Silence[];
  readonly acknowledged?: (at: Instant, sent: readonly Notification[]) => readonly string[];
  readonly seed?: number;
}

export interface Played {
  readonly sent: readonly Notification[];
  readonly transitions: readonly Transition[];
  readonly state: WatchState;
  readonly evaluations: number;
  /** When evaluations found something else although time alone should have changed nothing. */
  readonly surprises: readonly Instant[];
}

/** Plays a scenario: readings come up to two minutes after their slot, with jitter; everything is evaluated every 30 s. */
export function play(scenario: Scenario = {}): Played {
  const { days = 1, comes = () => true, also = () => ({}), silences = [], acknowledged = () => [] } = scenario;
  const options = watchOptions.parse({ aliveAt: null, ...scenario.options });
  const random = seededRandom(scenario.seed ?? 1, 'scenario');
  const last = new Map<string, Instant>(PLACES.map(({ id }) => [id, START_AT - EVERY_MS]));
  const due: { readonly at: Instant; readonly placeId: string; readonly slotAt: Instant }[] = [];
  const byId = new Map(PLACES.map((place) => [place.id, place]));
  const sent: Notification[] = [];
  const transitions: Transition[] = [];
  const surprises: Instant[] = [];
  let state = NEW_STATE;
  let nextAt: Instant | null = START_AT;
  let before = '';
  let evaluations = 0;
  for (let at = START_AT; at < START_AT + days * DAY_MS; at += TICK_MS) {
    if (at % EVERY_MS === 0)
      for (const { id } of PLACES)
        if (comes(id, at)) due.push({ at: at + random() * 2 * MINUTE_MS, placeId: id, slotAt: at });
    for (let index = due.length - 1; index >= 0; index--) {
      const one = due[index];
      if (!one || one.at > at) continue;
      last.set(one.placeId, Math.max(one.slotAt, last.get(one.placeId) ?? 0));
      due.splice(index, 1);
    }
    const places = Object.fromEntries(
      PLACES.map(({ id }) => [id, { ...WELL, lastValidAt: last.get(id) ?? null, issuedAt: last.get(id) ?? null }]),
    );
    const signals = signalsOf({ places, ...also(at, places) });
    const acks = new Map(acknowledged(at, sent).map((alertId) => [alertId, { by: 'token ops', at }]));
    const result = evaluate({
      before: state,
      signals,
      silences,
      acknowledged: acks,
      at,
      options,
      places: byId,
      timeZone: 'Africa/Dakar',
    });
    const now = JSON.stringify([signals, [...acks.keys()]]);
    const isIdle = now === before && (nextAt === null || at < nextAt);
    if (isIdle && (result.notifications.length > 0 || result.transitions.length > 0)) surprises.push(at);
    before = now;
    ({ state, nextAt } = result);
    sent.push(...result.notifications);
    transitions.push(...result.transitions);
    evaluations++;
  }
  return { sent, transitions, state, evaluations, surprises };
}

/** `minutes after the start: news rule places`. */
export const lines = (sent: readonly Notification[]): readonly string[] =>
  sent.map(({ at, news, rule, places, placeCount }) => {
    const minutes = (at - START_AT) / MINUTE_MS;
    const where = placeCount > 2 ? `${placeCount} places` : places.map(({ id }) => id).join('+');
    return `${minutes} ${news} ${rule} ${where}`.trim();
  });
