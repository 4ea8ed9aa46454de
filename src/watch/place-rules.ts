import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { latenessOf } from '../ledger/lateness.ts';
import { QUANTITIES, type Quantity } from '../weather/quantity.ts';
import { UNITS, type Unit } from '../weather/unit.ts';
import type { Calendar } from './closure.ts';
import type { WatchOptions } from './config.ts';
import { type Finding, type Found, failedFinding } from './finding.ts';
import type { RuleId } from './notification.ts';
import type { PlaceSignal, Signals } from './signals.ts';

/** A forecast this much older than the place's newest reading: a preferred series that reports less often speaks for 90 minutes. */
const FORECAST_BEHIND_MS = 2 * HOUR_MS;
/** Verified bands whose coverage of a nominal 80 % lies outside are told. */
const COVERAGE = { low: 0.7, high: 0.9 } as const;

/** Rules that are evaluated together: where one of them fails on a place, all of these have failed there. */
const ARRIVAL_RULES: readonly RuleId[] = ['place-late', 'place-missing', 'place-never'];
const VALUE_RULES: readonly RuleId[] = [
  'value-range',
  'value-frozen',
  'value-jump',
  'record-partial',
  'model-old',
  'forecast-missing',
  'forecast-coverage',
];
const THRESHOLD_RULES: readonly RuleId[] = ['weather-reading', 'weather-forecast'];

/**
 * The rules about places: arrivals, values, forecasts, the operator's thresholds. One that fails on a place is found
 * `failed` there; the others, and the other places, go on.
 */
export function placeFindings(
  signals: Signals,
  at: Instant,
  options: WatchOptions,
  calendarOf: (placeId: string) => Calendar,
): Found {
  const findings: Finding[] = [];
  let nextAt = Number.POSITIVE_INFINITY;
  let overdue = 0;
  let watched = 0;
  let closed = 0;
  let quietSinceAt = Number.POSITIVE_INFINITY;
  for (const placeId of Object.keys(signals.places)) {
    const place = signals.places[placeId] as PlaceSignal;
    const own = options.places[placeId];
    const before = findings.length;
    try {
      const arrival = arrivalOf(placeId, place, signals, at, own, calendarOf(placeId));
      if (arrival !== null) {
        findings.push(...arrival.findings);
        if (arrival.nextAt > at) nextAt = Math.min(nextAt, arrival.nextAt);
        const [worst] = arrival.findings;
        if (worst?.found === 'unknown') closed++;
        else watched++;
        if (worst?.found === 'bad') {
          overdue++;
          quietSinceAt = Math.min(quietSinceAt, worst.sinceAt);
        }
      }
    } catch {
      findings.push(...failed(ARRIVAL_RULES, placeId, at));
    }
    try {
      findings.push(...valueFindings(placeId, place, at));
    } catch {
      findings.push(...failed(VALUE_RULES, placeId, at));
    }
    try {
      findings.push(...thresholdFindings(placeId, place, at, options));
    } catch {
      findings.push(...failed(THRESHOLD_RULES, placeId, at));
    }
    const code = signals.failed?.[`coverage/${placeId}`];
    if (code !== undefined) findings.push(...failed(['forecast-coverage'], placeId, at, code));
    if (own && own.ignore.length > 0) {
      const wanted = findings.splice(before).filter(({ rule }) => !own.ignore.includes(rule));
      findings.push(...wanted);
    }
  }
  // One place that is silent is told by itself; and where others are closed, nothing is known of the source.
  if (overdue === watched) {
    if (watched > 1) findings.push(sourceFinding(signals, 'bad', quietSinceAt, overdue));
    else if (closed > 0) findings.push(sourceFinding(signals, 'unknown', at, 0));
  }
  return { findings, nextAt: nextAt === Number.POSITIVE_INFINITY ? null : nextAt };
}

const failed = (rules: readonly RuleId[], placeId: string, at: Instant, code: string | null = null) =>
  rules.map((rule) => failedFinding(rule, placeId, at, code, placeId));

interface Arrival {
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** When the place becomes late or missing if nothing arrives. */
  readonly nextAt: Instant;
}

/**
 * Late at period + grace, missing at two periods, never seen when two periods passed without any reading at all. What is
 * missing is late as well: that it got worse, or that nobody wants to hear of missing places, does not end its lateness.
 */
function arrivalOf(
  placeId: string,
  { lastValidAt, lastSlotAt, cause }: PlaceSignal,
  { expected }: Signals,
  at: Instant,
  own: WatchOptions['places'][string] | undefined,
  { untilAt, lastAt }: Calendar,
): Arrival | null {
  const everyMs = own?.everyMinutes === undefined ? expected?.everyMs : own.everyMinutes * MINUTE_MS;
  if (everyMs === undefined) return null;
  const graceMs = own?.graceMinutes === undefined ? (expected?.graceMs ?? 0) : own.graceMinutes * MINUTE_MS;
  const arrivedAt = lastValidAt === null ? null : Math.max(lastValidAt, lastSlotAt ?? lastValidAt);
  const dueAt = arrivedAt ?? expected?.sinceAt ?? null;
  if (dueAt === null) return null;
  const basisAt = Math.max(dueAt, lastAt ?? dueAt);
  const { lateMs, missingMs } = latenessOf({ everyMs, graceMs });
  const [lateAt, missingAt] = [basisAt + lateMs, basisAt + missingMs];
  const finding = (rule: RuleId, sinceAt: Instant, found: Finding['found'] = 'bad'): Finding => ({
    rule,
    scope: placeId,
    found,
    sinceAt,
    placeId,
    ...(cause === null ? {} : { cause: { code: cause, detail: null } }),
  });
  const unknown = () => ARRIVAL_RULES.map((rule) => finding(rule, at, 'unknown'));
  if (untilAt !== null) return { findings: unknown(), nextAt: untilAt };
  const firstAt = lastValidAt === null ? missingAt : lateAt;
  // After a closure what was silent before it is not well again only because it is not due yet.
  if (at < firstAt) return { findings: basisAt > dueAt ? unknown() : [], nextAt: firstAt };
  if (lastValidAt === null) return { findings: [finding('place-never', basisAt)], nextAt: missingAt };
  const late = finding('place-late', basisAt + everyMs);
  const missing = at >= missingAt ? [finding('place-missing', basisAt + everyMs)] : [];
  return { findings: [...missing, late], nextAt: missingAt };
}

/** All places at once is not thirteen accidents: whoever was asked has stopped. */
function sourceFinding({ sources }: Signals, found: 'bad' | 'unknown', sinceAt: Instant, count: number): Finding {
  const [[source = 'feed', standing] = []] = Object.entries(sources);
  const code = standing?.lastErrorCode ?? null;
  return {
    rule: 'source-missing',
    scope: source,
    found,
    sinceAt,
    labels: { source },
    count,
    ...(code === null ? {} : { cause: { code, detail: null } }),
  };
}

const FLAG_RULES: Readonly<Record<string, RuleId>> = {
  'out-of-range': 'value-range',
  frozen: 'value-frozen',
  jump: 'value-jump',
};

function valueFindings(placeId: string, place: PlaceSignal, at: Instant): readonly Finding[] {
  const { lastValidAt, flags, lacking, stale, issuedAt, coverage80 } = place;
  if (lastValidAt === null) return [];
  const findings: Finding[] = [];
  const bad = (rule: RuleId, more: Partial<Finding> = {}) =>
    findings.push({ rule, scope: placeId, found: 'bad', sinceAt: lastValidAt, placeId, ...more });
  for (const flag of flags) {
    const [reason = '', quantity = ''] = flag.split(':');
    const rule = FLAG_RULES[reason];
    const value = place.values[quantity as Quantity];
    const measured = value === undefined ? {} : { value, ...unitOf(quantity as Quantity) };
    if (rule) bad(rule, { scope: `${placeId}@${quantity}`, labels: { quantity }, ...measured });
  }
  if (lacking.length > 0) bad('record-partial', { labels: { quantity: lacking.join(', ') } });
  if (stale) bad('model-old');
  if (issuedAt === null ? at - lastValidAt > FORECAST_BEHIND_MS : lastValidAt - issuedAt > FORECAST_BEHIND_MS)
    bad('forecast-missing', { labels: { stage: 'forecast' } });
  if (coverage80 !== null && (coverage80 < COVERAGE.low || coverage80 > COVERAGE.high))
    bad('forecast-coverage', { value: 100 * coverage80, limit: { value: 80, unit: 'percent' } });
  return findings;
}

function thresholdFindings(placeId: string, place: PlaceSignal, at: Instant, { thresholds }: WatchOptions): Finding[] {
  return thresholds.flatMap(({ place: wanted, quantity, above, below, on, chance, withinHours }, index): Finding[] => {
    if (wanted !== '*' && wanted !== placeId) return [];
    const limit = above ?? below ?? 0;
    const side = above === undefined ? 'below' : 'above';
    const told = {
      scope: `${placeId}@${index}`,
      found: 'bad' as const,
      placeId,
      labels: { quantity },
      limit: { value: limit, ...unitOf(quantity), side } as const,
    };
    if (on === 'forecast') {
      const likely = place.chances[String(index)];
      if (likely === undefined || likely < chance) return [];
      const sinceAt = place.issuedAt ?? at;
      return [{ ...told, rule: 'weather-forecast', sinceAt, chance: likely, limit: { ...told.limit, withinHours } }];
    }
    const value = place.values[quantity];
    if (value === undefined || !(above === undefined ? value < limit : value > limit)) return [];
    return [{ ...told, rule: 'weather-reading', sinceAt: place.lastValidAt ?? at, value }];
  });
}

/** The unit that a quantity's own values are in; none where they are bare numbers. */
function unitOf(quantity: Quantity): { readonly unit?: Unit } {
  const own = QUANTITIES[quantity].unit as string;
  const unit = (Object.keys(UNITS) as Unit[]).find((unit) => UNITS[unit].of === own && UNITS[unit].factor === 1);
  return unit === undefined ? {} : { unit };
}
