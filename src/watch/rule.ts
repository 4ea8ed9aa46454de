import { type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import { calendarAt } from './closure.ts';
import type { WatchOptions } from './config.ts';
import type { Finding, Found } from './finding.ts';
import type { RuleId } from './notification.ts';
import { placeFindings } from './place-rules.ts';
import type { Signals } from './signals.ts';
import { systemFindings } from './system-rules.ts';

/** How a rule is told. */
export interface RuleTerms {
  readonly severity: 'notice' | 'warning' | 'critical';
  /** How long it must be bad before it fires, ms. */
  readonly forMs: number;
  /** How long it must be good before it is resolved, ms; `slot`: until the next slot, too, was on time. */
  readonly goodForMs: number | 'slot';
  /** Alerts of one family are one incident: a place that is late and then missing is one alert that got worse. */
  readonly family: string;
  /** Within a family, the worse rule has the higher rank. */
  readonly rank: number;
  /** Whether all that it is about is one alert, as places always are. */
  readonly together: boolean;
}

const terms = (
  severity: RuleTerms['severity'],
  forMs: number,
  goodForMs: RuleTerms['goodForMs'],
  more: Partial<RuleTerms> = {},
): RuleTerms => ({ severity, forMs, goodForMs, family: '', rank: 0, together: false, ...more });

/** Two evaluations in a row: one alone may fall between two writes. */
const TWICE_MS = 30 * SECOND_MS;

/** Every rule with how it is told. The reasons in words are `watch.rule.<id>` in the catalogues. */
export const RULES: Readonly<Record<RuleId, RuleTerms>> = {
  'place-late': terms('warning', TWICE_MS, 'slot', { family: 'arrivals' }),
  'place-missing': terms('warning', TWICE_MS, 'slot', { family: 'arrivals', rank: 2 }),
  'place-never': terms('warning', TWICE_MS, 'slot', { family: 'arrivals', rank: 1 }),
  'source-missing': terms('critical', TWICE_MS, 'slot'),
  'record-partial': terms('notice', 30 * MINUTE_MS, 'slot'),
  'value-range': terms('warning', TWICE_MS, 'slot'),
  'value-frozen': terms('warning', TWICE_MS, 'slot'),
  'value-jump': terms('notice', 0, 'slot'),
  'weather-reading': terms('warning', 0, 30 * MINUTE_MS),
  'weather-forecast': terms('warning', TWICE_MS, 60 * MINUTE_MS),
  'stage-lag': terms('warning', 2 * MINUTE_MS, 5 * MINUTE_MS),
  'quarantine-growth': terms('warning', TWICE_MS, 30 * MINUTE_MS),
  'quota-low': terms('warning', TWICE_MS, 5 * MINUTE_MS),
  'forecast-missing': terms('warning', 10 * MINUTE_MS, 5 * MINUTE_MS),
  'forecast-coverage': terms('notice', 0, 24 * 60 * MINUTE_MS),
  'model-old': terms('warning', 20 * MINUTE_MS, 'slot'),
  'key-refused': terms('critical', TWICE_MS, 5 * MINUTE_MS),
  'disk-low': terms('critical', TWICE_MS, 5 * MINUTE_MS),
  'store-error': terms('critical', 2 * TWICE_MS, TWICE_MS),
  'channel-failing': terms('warning', 5 * MINUTE_MS, MINUTE_MS),
  'watch-gone': terms('critical', TWICE_MS, MINUTE_MS, { together: true }),
  'evaluation-failed': terms('warning', TWICE_MS, 5 * MINUTE_MS),
};

/** Rules of places that a rule makes needless to tell, while it fires or recovers. */
export const INHIBITS: Readonly<
  Partial<Record<RuleId, { readonly same: 'place' | 'all'; readonly rules: readonly RuleId[] }>>
> = {
  'source-missing': {
    same: 'all',
    rules: ['place-late', 'place-missing', 'place-never', 'forecast-missing', 'model-old', 'record-partial'],
  },
  'place-missing': { same: 'place', rules: ['place-late', 'forecast-missing', 'record-partial'] },
};

/** Asked for every instance of every evaluation: the terms of each options are worked out once. */
const known = new WeakMap<WatchOptions, Map<string, RuleTerms>>();

/** A rule's terms with what the operator changed for all places, and for this one. */
export function termsOf({ rule, placeId = '' }: Pick<Finding, 'rule' | 'placeId'>, options: WatchOptions): RuleTerms {
  const terms = known.get(options) ?? new Map<string, RuleTerms>();
  known.set(options, terms);
  const ofPlace = options.places[placeId]?.rules[rule];
  const key = ofPlace === undefined ? rule : `${rule}/${placeId}`;
  const found = terms.get(key);
  if (found) return found;
  const own = { ...options.rules[rule], ...ofPlace };
  const { severity, forMs, goodForMs, family, rank, together } = RULES[rule];
  const made: RuleTerms = {
    severity: own.severity ?? severity,
    forMs: own.forMinutes === undefined ? forMs : own.forMinutes * MINUTE_MS,
    goodForMs,
    family: family === '' ? rule : family,
    rank,
    together,
  };
  terms.set(key, made);
  return made;
}

/** Applies every enabled rule to one evaluation's signals. Pure. */
export function findAll(signals: Signals, at: Instant, options: WatchOptions, timeZone: string): Found {
  const enabled = (rule: RuleId) => options.rules[rule]?.enabled ?? true;
  const places = placeFindings(signals, at, options, calendarAt(options, at, timeZone));
  const found = [...places.findings, ...systemFindings(signals, at, options)].filter(({ rule }) => enabled(rule));
  const failures = enabled('evaluation-failed') ? failureFindings(found, at) : [];
  return { findings: [...found, ...failures], nextAt: places.nextAt };
}

/** That rules could not be evaluated, as one finding for each place and each cause: people are told of it as such. */
function failureFindings(findings: readonly Finding[], at: Instant): readonly Finding[] {
  const failed = findings.filter(({ found }) => found === 'failed');
  const together = Map.groupBy(failed, ({ placeId, cause }) => placeId ?? `${cause?.code}`);
  return [...together].map(([scope, [first, ...others]]) => ({
    ...(first as Finding),
    rule: 'evaluation-failed',
    scope,
    found: 'bad',
    sinceAt: at,
    labels: { rule: [...new Set([first, ...others].map((one) => one?.rule))].join(', ') },
  }));
}

/** Whether the signals still speak of an instance: what they no longer know has not become good. */
export function isKnown({ rule, scope, placeId }: Finding, signals: Signals): boolean {
  switch (rule) {
    case 'stage-lag':
    case 'watch-gone':
      return scope in signals.stages;
    case 'quota-low':
      return scope in signals.quotas;
    case 'channel-failing':
      return scope in signals.channels;
    case 'key-refused':
    case 'source-missing':
      return scope in signals.sources || Object.keys(signals.sources).length === 0;
    case 'disk-low':
      return signals.diskFreeShare !== null;
    case 'quarantine-growth':
    case 'store-error':
    case 'evaluation-failed':
      return true;
    default:
      return (placeId ?? scope) in signals.places;
  }
}
