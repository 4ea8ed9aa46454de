import { HOUR_MS, type Instant } from '../../core/time.ts';
import type { ProviderForecast } from '../../weather/prediction.ts';
import { type EngineState, EXPERT_COUNT, FIRST_PROVIDER, PROVIDER_HOURS, PROVIDERS, UNSAID } from './engine-state.ts';
import { forgetLoss } from './expert-weights.ts';
import { LEADS } from './features.ts';
import { hourOf } from './knots.ts';
import type { Origin } from './reading-grid.ts';

/** A provider's forecast older than this at the origin is not listened to any more. */
const OLDEST_MS = 24 * HOUR_MS;
/** How fast the provider's error at the origin is forgotten with the lead, hours. */
const ANCHOR_H = 6;
const FADING = Float64Array.from({ length: LEADS + 1 }, (_, lead) => Math.exp(-lead / ANCHOR_H));
/** Share of a new error in the provider's error at that hour of the day. */
const BIAS_STEP = 0.06;

/** FNV-1a: tells providers apart without their names; never 0. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  return hash === 0 ? 1 : hash;
}

/** Remembers a provider's newest forecast; an older one, or the same again, changes nothing. */
export function hearProvider(state: EngineState, { source, issuedAt, validAt, values }: ProviderForecast): void {
  const temperatures = values.temperatureC;
  const firstAt = validAt[0];
  if (!temperatures || firstAt === undefined) return;
  const slot = slotOf(state, hashOf(source), issuedAt);
  if (slot === null) return;
  const from = Math.round(firstAt / HOUR_MS) * HOUR_MS;
  state.providerIssuedAt[slot] = issuedAt;
  state.providerFrom[slot] = from;
  state.providerC.fill(UNSAID, slot * PROVIDER_HOURS, (slot + 1) * PROVIDER_HOURS);
  for (const [index, at] of validAt.entries()) {
    const value = temperatures[index] ?? null;
    const hour = (at - from) / HOUR_MS;
    if (value === null || !Number.isInteger(hour) || hour < 0 || hour >= PROVIDER_HOURS) continue;
    state.providerC[slot * PROVIDER_HOURS + hour] = Math.round(100 * value);
  }
}

/** Where a provider is remembered: its own place, an empty one, or that of the one not heard of for longest. */
function slotOf(state: EngineState, name: number, issuedAt: Instant): number | null {
  const { providerName, providerIssuedAt } = state;
  let slot = providerName.indexOf(name);
  if (slot < 0) {
    slot = 0;
    for (let other = 1; other < PROVIDERS; other++)
      if ((providerIssuedAt[other] ?? 0) < (providerIssuedAt[slot] ?? 0)) slot = other;
    if ((providerIssuedAt[slot] ?? 0) >= issuedAt) return null;
    providerName[slot] = name;
    state.providerBias.fill(0, slot * 24, (slot + 1) * 24);
    forgetLoss(state, FIRST_PROVIDER + slot);
  }
  return (providerIssuedAt[slot] ?? 0) < issuedAt ? slot : null;
}

/** What a provider itself said for an instant, between its hours on the straight line; NaN where it said nothing. */
function rawAt({ providerFrom, providerC, providerName }: EngineState, slot: number, at: Instant): number {
  if (providerName[slot] === 0) return Number.NaN;
  const hours = (at - (providerFrom[slot] ?? 0)) / HOUR_MS;
  const hour = Math.floor(hours);
  const hourly = (index: number) => {
    const value = index >= 0 && index < PROVIDER_HOURS ? (providerC[slot * PROVIDER_HOURS + index] ?? UNSAID) : UNSAID;
    return value === UNSAID ? Number.NaN : value / 100;
  };
  const one = hourly(hour);
  return hours === hour ? one : one + (hours - hour) * (hourly(hour + 1) - one);
}

/**
 * A provider's forecast at each lead, less its usual error at that hour of the day and what it is wrong by at the origin,
 * the latter fading with the lead; NaN where it said nothing or too long ago: `said[lead · EXPERT_COUNT + expert]`.
 */
export function providerCourse(state: EngineState, slot: number, origin: Origin, said: Float64Array): void {
  const { providerIssuedAt, providerBias } = state;
  const expert = FIRST_PROVIDER + slot;
  if (!(origin.validAt - (providerIssuedAt[slot] ?? Number.NEGATIVE_INFINITY) <= OLDEST_MS)) {
    for (let lead = 1; lead <= LEADS; lead++) said[lead * EXPERT_COUNT + expert] = Number.NaN;
    return;
  }
  const originHour = hourOf(origin.validAt);
  const correctedAfter = (lead: number) =>
    rawAt(state, slot, origin.validAt + lead * HOUR_MS) + (providerBias[slot * 24 + ((originHour + lead) % 24)] ?? 0);
  const known = origin.temperatureC - correctedAfter(0);
  const wrongBy = Number.isNaN(known) ? 0 : known;
  for (let lead = 1; lead <= LEADS; lead++)
    said[lead * EXPERT_COUNT + expert] = correctedAfter(lead) + (FADING[lead] ?? 0) * wrongBy;
}

/** Holds what providers said for this hour against what was measured. */
export function judgeProviders(state: EngineState, validAt: Instant, temperatureC: number): void {
  for (let slot = 0; slot < PROVIDERS; slot++) {
    const raw = rawAt(state, slot, validAt);
    if (Number.isNaN(raw)) continue;
    const place = slot * 24 + hourOf(validAt);
    const before = state.providerBias[place] ?? 0;
    state.providerBias[place] = before + BIAS_STEP * (temperatureC - raw - before);
  }
}
