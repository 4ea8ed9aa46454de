import type { Instant } from '../core/time.ts';
import type { Quantity } from '../weather/quantity.ts';

/** What an evaluation knows of one place. Absent members are `null`. */
export interface PlaceSignal {
  /** Valid time of its newest reading; `null`: there has never been one. */
  readonly lastValidAt: Instant | null;
  /** The slot that it answered: a source may tell at the slot what it measured minutes before. */
  readonly lastSlotAt: Instant | null;
  /** Why its newest slots did not arrive: the ledger's reason or the last error's code. */
  readonly cause: string | null;
  /** Doubts about the newest reading: `frozen:temperatureC`. */
  readonly flags: readonly string[];
  /** Quantities that a weather station is expected to give and the newest reading lacks. */
  readonly lacking: readonly Quantity[];
  /** The newest slot was answered with an old reading or an old model run. */
  readonly stale: boolean;
  /** Issue time of the newest forecast. */
  readonly issuedAt: Instant | null;
  /** Values of the newest reading that thresholds or flags are about. */
  readonly values: Readonly<Partial<Record<Quantity, number>>>;
  /** Per threshold (by its index in the options) how likely the forecast takes it to be, 0–1. */
  readonly chances: Readonly<Record<string, number>>;
  /** Verified coverage of the 80 % band over 14 days or more with n pairs; `null` where there is too little. */
  readonly coverage80: number | null;
}

/** What an evaluation knows of a stage. */
export interface StageSignal {
  readonly lagMessages: number | null;
  readonly lagMs: number | null;
  /** Whether some process runs it; `null` where nobody can tell. */
  readonly running: boolean | null;
}

/**
 * A time in which nothing could be evaluated: the store could be neither read nor written, or the watch itself failed.
 * Told past the store while it lasts, so that the evaluation which ends it is the one that knows of it.
 */
export interface Outage {
  readonly code: string;
  /** The first evaluation that failed. */
  readonly fromAt: Instant;
  /** When people were told; `null`: nobody was. */
  readonly toldAt: Instant | null;
  /** The evaluation that works again. */
  readonly endedAt: Instant;
}

/**
 * Everything that one evaluation goes by, and nothing else: kept with it, so that the same rules give the same findings
 * again. Plain JSON.
 */
export interface Signals {
  /** What is expected of each place; `null` where nothing is. */
  readonly expected: { readonly everyMs: number; readonly graceMs: number; readonly sinceAt: Instant } | null;
  /** The sources asked, the preferred first. */
  readonly sources: Readonly<Record<string, { readonly lastErrorCode: string | null }>>;
  readonly places: Readonly<Record<string, PlaceSignal>>;
  readonly stages: Readonly<Record<string, StageSignal>>;
  readonly quarantinedLastHour: number;
  /** By `<source>/<window>`: the share of the quota that is used, or that the plan still needs until it starts anew. */
  readonly quotas: Readonly<Record<string, number>>;
  /** Since when each channel fails; `null` while it works. */
  readonly channels: Readonly<Record<string, Instant | null>>;
  /** The newest error of each channel that fails. Absent: nothing fails. */
  readonly channelErrors?: Readonly<Record<string, string>>;
  readonly diskFreeShare: number | null;
  /** What could not be read, with the error's code: members of this by name, and `coverage/<place>`. Absent: nothing. */
  readonly failed?: Readonly<Record<string, string>>;
  /** Evaluations that failed before this one, with the one that works again; then `null`. */
  readonly outage?: Outage | null;
}

/** What changed from one evaluation's signals to the next: places and members that are equal are left out. */
export interface SignalsDelta extends Partial<Omit<Signals, 'places'>> {
  /** Changed places with the members that changed; of a new one all; `null`: the place is gone. */
  readonly places?: Readonly<Record<string, Partial<PlaceSignal> | null>>;
}

/** Whether two values of plain JSON are the same: only lists and the like are compared as text. */
export const same = (one: unknown, other: unknown): boolean =>
  one === other ||
  (typeof one === 'object' && typeof other === 'object' && JSON.stringify(one) === JSON.stringify(other));

/** The members of `after` that differ, `null` for none of them; all where there was nothing before. */
function changedMembers(before: PlaceSignal | undefined, after: PlaceSignal): Partial<PlaceSignal> | null {
  if (before === undefined) return after;
  let changed: Partial<Record<keyof PlaceSignal, unknown>> | null = null;
  for (const key in after) {
    const name = key as keyof PlaceSignal;
    if (!same(before[name], after[name])) {
      changed ??= {};
      changed[name] = after[name];
    }
  }
  return changed as Partial<PlaceSignal> | null;
}

/** `before` as it must be changed to become `after`; empty when nothing changed. */
export function deltaOf(before: Signals | null, after: Signals): SignalsDelta {
  if (before === null) return after;
  const delta: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after))
    if (name !== 'places' && !same(value, before[name as keyof Signals])) delta[name] = value;
  const places: Record<string, Partial<PlaceSignal> | null> = {};
  if (before.places !== after.places) {
    for (const id of Object.keys(after.places)) {
      const place = after.places[id] as PlaceSignal;
      if (before.places[id] === place) continue;
      const changed = changedMembers(before.places[id], place);
      if (changed !== null) places[id] = changed;
    }
    for (const id of Object.keys(before.places)) if (!(id in after.places)) places[id] = null;
  }
  if (Object.keys(places).length > 0) delta.places = places;
  return delta as SignalsDelta;
}

/** The signals after a delta. */
export function applyDelta(before: Signals | null, delta: SignalsDelta): Signals {
  if (before === null) return delta as Signals;
  const places: Record<string, PlaceSignal> = { ...before.places };
  for (const [id, place] of Object.entries(delta.places ?? {}))
    if (place === null) delete places[id];
    else places[id] = { ...places[id], ...place } as PlaceSignal;
  return { ...before, ...delta, places };
}
