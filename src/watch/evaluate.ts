import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { Place } from '../weather/place.ts';
import type { WatchOptions } from './config.ts';
import { tellIncidents } from './incidents.ts';
import { advance, type Instances, type Transition } from './instance.ts';
import type { Notification, RuleId } from './notification.ts';
import { aliveNotification, endingNotification } from './notify.ts';
import { outageNews } from './outage.ts';
import { isQuiet, minutesOf, nextQuietChangeAt, wallClock } from './quiet-hours.ts';
import { findAll } from './rule.ts';
import type { Signals } from './signals.ts';
import { ENDING_MS, isInForce, type Silence } from './silence.ts';
import type { Incident, Incidents } from './telling.ts';

/** Everything the watch remembers from one evaluation to the next. Plain JSON. */
export interface WatchState {
  readonly instances: Instances;
  readonly incidents: Incidents;
  /** Silences whose end was announced. */
  readonly announcedEnds: readonly string[];
  /** Day (`2026-07-22`, on the places' clock) of the last "still here"; `null` before the first. */
  readonly aliveDay: string | null;
  /** The last evaluation. */
  readonly at: Instant | null;
}

export const NEW_STATE: WatchState = {
  instances: {},
  incidents: {},
  announcedEnds: [],
  aliveDay: null,
  at: null,
};

export interface Evaluation {
  readonly state: WatchState;
  readonly notifications: readonly Notification[];
  readonly transitions: readonly Transition[];
  /** Incidents that ended with this evaluation. */
  readonly closed: readonly Incident[];
  /** Until then nothing changes unless signals or silences do; `null`: ever. */
  readonly nextAt: Instant | null;
}

export interface EvaluationInput {
  readonly before: WatchState;
  readonly signals: Signals;
  readonly silences: readonly Silence[];
  /** Acknowledgements by alert id. */
  readonly acknowledged: ReadonlyMap<string, { readonly by: string; readonly at: Instant }>;
  readonly at: Instant;
  readonly options: WatchOptions;
  readonly places: ReadonlyMap<string, Place>;
  readonly timeZone: string;
}

/**
 * One evaluation: rules find, instances change state, incidents are told or not. Pure: the same input gives the same
 * output, so that a dry run on kept signals gives exactly what was sent.
 */
export function evaluate(input: EvaluationInput): Evaluation {
  const { before, signals, silences, at, options, timeZone } = input;
  const found = findAll(signals, at, options, timeZone);
  const advanced = advance(before.instances, found.findings, signals, at, options);
  const inForce = silences.filter((silence) => isInForce(silence, at));
  const quiet = isQuiet(options.quietHours, at, timeZone);
  const told = tellIncidents({
    incidents: before.incidents,
    instances: advanced.instances,
    silences: inForce,
    acknowledged: input.acknowledged,
    quiet,
    at,
    options,
    signals,
    places: input.places,
  });
  const ending = endings(input, inForce, told.mutedBy);
  const outage = outageNews(signals.outage, at);
  const alive = aliveOf(input, told.incidents);
  return {
    state: {
      instances: advanced.instances,
      incidents: told.incidents,
      announcedEnds: ending.announced,
      aliveDay: alive.day,
      at,
    },
    notifications: [...outage.notifications, ...told.notifications, ...ending.notifications, ...alive.notifications],
    transitions: [...outage.transitions, ...advanced.transitions],
    closed: told.closed,
    nextAt: earliest(
      [
        found.nextAt,
        advanced.nextAt,
        told.nextAt,
        ...silences.flatMap(({ startsAt, endsAt, endedAt }) => [startsAt, endsAt - ENDING_MS, endedAt ?? endsAt]),
        nextQuietChangeAt(options.quietHours, at, timeZone),
        alive.nextAt,
      ],
      at,
    ),
  };
}

const earliest = (times: readonly (Instant | null)[], at: Instant): Instant | null => {
  const later = times.filter((time): time is Instant => time !== null && time > at);
  return later.length === 0 ? null : Math.min(...later);
};

/** Says ten minutes before that a silence ends, where it keeps something quiet. */
function endings(
  { before, silences, at, places }: EvaluationInput,
  inForce: readonly Silence[],
  mutedBy: ReadonlyMap<string, readonly RuleId[]>,
) {
  const due = inForce.filter(
    ({ id, startsAt, createdAt, endsAt, endedAt }) =>
      endedAt === null &&
      endsAt - at <= ENDING_MS &&
      // Who made a shorter one knows when it ends.
      endsAt - Math.max(startsAt, createdAt) > ENDING_MS &&
      mutedBy.has(id) &&
      !before.announcedEnds.includes(id),
  );
  const known = new Set(silences.map(({ id }) => id));
  return {
    notifications: due.map((silence) => endingNotification(silence, mutedBy.get(silence.id) ?? [], at, places)),
    announced: [...before.announcedEnds.filter((id) => known.has(id)), ...due.map(({ id }) => id)],
  };
}

/** The daily "still here", once a day at its hour or as soon after it as an evaluation comes. */
function aliveOf({ before, signals, at, options, timeZone }: EvaluationInput, incidents: Incidents) {
  const { aliveAt } = options;
  if (aliveAt === null) return { notifications: [], day: before.aliveDay, nextAt: null };
  const now = wallClock(at, timeZone);
  const soon = at + untilClockMs(now.minutes, aliveAt);
  // A watch that starts after its hour says so tomorrow: its start was news enough.
  const firstDay = before.aliveDay === null && before.at === null ? now.day : before.aliveDay;
  if (minutesOf(aliveAt) > now.minutes || firstDay === now.day)
    return { notifications: [], day: firstDay, nextAt: soon };
  return { notifications: [aliveNotification(signals, incidents, now.day, at)], day: now.day, nextAt: soon };
}

const untilClockMs = (minutes: number, clock: string): number => {
  const ahead = minutesOf(clock) - minutes;
  return (ahead > 0 ? ahead : ahead + 24 * 60) * MINUTE_MS;
};
