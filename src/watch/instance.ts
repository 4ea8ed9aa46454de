import { HOUR_MS, type Instant } from '../core/time.ts';
import type { WatchOptions } from './config.ts';
import type { Finding } from './finding.ts';
import type { RuleId } from './notification.ts';
import { isKnown, RULES, type RuleTerms, termsOf } from './rule.ts';
import { type Signals, same } from './signals.ts';
import { type InstanceEvent, type InstanceState, nextState } from './state.ts';

/** One instance of a rule that is not simply well: what is remembered of it from evaluation to evaluation. */
export interface Instance {
  readonly finding: Finding;
  readonly state: InstanceState;
  /** Since when it has been in this state. */
  readonly sinceAt: Instant;
  /** Since when it has been bad, or good, without a break, by the evaluations. */
  readonly turnedAt: Instant;
  readonly bad: boolean;
  /** When it turned from good to bad or back, of late; at most a handful. */
  readonly changes: readonly Instant[];
}

/** A change of state, for the history. */
export interface Transition {
  readonly at: Instant;
  readonly rule: RuleId;
  readonly scope: string;
  readonly from: InstanceState;
  readonly to: InstanceState;
  readonly cause: string | null;
}

/** Instances by `<rule>/<scope>`; those that are well and were well are absent. */
export type Instances = Readonly<Record<string, Instance>>;

export const instanceKey = ({ rule, scope }: Pick<Finding, 'rule' | 'scope'>): string => `${rule}/${scope}`;

/** So many changes within so many slots are flapping; an hour without one is calm. */
const FLAP_CHANGES = 4;
const FLAP_SLOTS = 6;
const CALM_MS = HOUR_MS;
/** Rules about things that have no slots. */
const DEFAULT_SLOT_MS = HOUR_MS / 4;

export interface Advanced {
  readonly instances: Instances;
  readonly transitions: readonly Transition[];
  /** The earliest instant at which an instance's state may change by time alone; `null`: never. */
  readonly nextAt: Instant | null;
}

/** Brings every instance from one evaluation to the next; what did not change is the same object. Pure. */
export function advance(
  before: Instances,
  findings: readonly Finding[],
  signals: Signals,
  at: Instant,
  options: WatchOptions,
): Advanced {
  const slotMs = signals.expected?.everyMs ?? DEFAULT_SLOT_MS;
  const graceMs = signals.expected?.graceMs ?? 0;
  const found = new Map(findings.map((finding) => [instanceKey(finding), finding]));
  const instances: Record<string, Instance> = {};
  const transitions: Transition[] = [];
  let nextAt = Number.POSITIVE_INFINITY;
  let kept = 0;
  for (const key of new Set([...Object.keys(before), ...found.keys()])) {
    const old = before[key];
    const failure = failureOf(key, found);
    const given = found.get(key);
    const isUntold = given?.found === 'unknown';
    const finding = old && (failure || isUntold) ? old.finding : isUntold ? undefined : (given ?? old?.finding);
    if (!finding) continue;
    const terms = termsOf(finding, options);
    const goodForMs = goodMsOf(terms, options, slotMs, graceMs);
    const isBad = given?.found === 'bad';
    const isUnknown = failure !== null || isUntold || (!isBad && !isKnown(finding, signals));
    const bad = isUnknown ? (old?.bad ?? false) : isBad;
    const turned = bad !== (old?.bad ?? false);
    const turnedAt = turned ? at : (old?.turnedAt ?? at);
    const shortMs = Math.min(RULES[finding.rule].forMs, terms.forMs);
    const changed = changesOf(old, turned, at, shortMs);
    const state = old?.state ?? 'normal';
    const counted = recent(changed, at, slotMs);
    const isBrief = bad && at - turnedAt < shortMs;
    const flaps = counted.length - (isBrief ? 1 : 0) >= FLAP_CHANGES;
    const event = eventOf({
      state,
      isUnknown,
      hasFailed: failure !== null,
      bad,
      turnedAt,
      flaps,
      at,
      forMs: terms.forMs,
      goodForMs,
    });
    const next = nextState(state, event);
    // An hour of calm is the end of it: what came before does not count towards the next time.
    const changes = state === 'flapping' && next !== 'flapping' ? [] : counted;
    if (next !== state)
      transitions.push({
        at,
        rule: finding.rule,
        scope: finding.scope,
        from: state,
        to: next,
        cause: (failure ?? finding).cause?.code ?? null,
      });
    if (next === 'normal' && changes.length === 0) continue;
    const sinceAt = next === state ? (old?.sinceAt ?? at) : at;
    // What fires keeps the instant at which it began, however often its details change.
    const began = old && HAS_BEGUN.includes(old.state) ? old.finding.sinceAt : finding.sinceAt;
    const noted = finding.sinceAt === began ? finding : { ...finding, sinceAt: began };
    const now = { finding: noted, state: next, sinceAt, turnedAt, bad, changes };
    const instance = old && sameInstance(old, now) ? old : now;
    if (instance === old) kept++;
    instances[key] = instance;
    nextAt = Math.min(nextAt, dueOf(instance, terms.forMs, goodForMs, at, slotMs));
    // From then on it counts as a change.
    if (isBrief) nextAt = Math.min(nextAt, turnedAt + shortMs);
  }
  const unchanged = kept === Object.keys(before).length && kept === Object.keys(instances).length;
  return {
    instances: unchanged ? before : instances,
    transitions,
    nextAt: nextAt === Number.POSITIVE_INFINITY ? null : nextAt,
  };
}

const sameInstance = (one: Instance, other: Instance): boolean =>
  one.state === other.state &&
  one.sinceAt === other.sinceAt &&
  one.turnedAt === other.turnedAt &&
  one.bad === other.bad &&
  same(one.changes, other.changes) &&
  sameFinding(one.finding, other.finding);

function sameFinding(one: Finding, other: Finding): boolean {
  if (one === other) return true;
  const names = Object.keys(one) as (keyof Finding)[];
  return names.length === Object.keys(other).length && names.every((name) => same(one[name], other[name]));
}

const HAS_BEGUN: readonly InstanceState[] = ['pending', 'firing', 'recovering', 'flapping'];

/** That the rule could not be evaluated for what the instance is about: for the place, where that has several. */
function failureOf(key: string, found: ReadonlyMap<string, Finding>): Finding | null {
  const at = key.indexOf('@');
  const finding = found.get(key) ?? (at < 0 ? undefined : found.get(key.slice(0, at)));
  return finding?.found === 'failed' ? finding : null;
}

function goodMsOf({ goodForMs }: RuleTerms, { recoverMinutes }: WatchOptions, slotMs: number, graceMs: number): number {
  if (goodForMs !== 'slot') return goodForMs;
  return recoverMinutes === null ? slotMs + graceMs : recoverMinutes * 60_000;
}

/** Bad for less than the rule itself asks for is no change: a feed with a hiccup now and then does not flap. */
function changesOf(old: Instance | undefined, turned: boolean, at: Instant, shortMs: number): readonly Instant[] {
  if (!old) return turned ? [at] : [];
  if (!turned) return old.changes;
  return old.bad && at - old.turnedAt < shortMs
    ? old.changes.filter((one) => one !== old.turnedAt)
    : [...old.changes, at];
}

function recent(changes: readonly Instant[], at: Instant, slotMs: number): readonly Instant[] {
  const since = at - Math.max(FLAP_SLOTS * slotMs, CALM_MS);
  const isOld = (changes[0] ?? since) < since || changes.length > 2 * FLAP_CHANGES;
  return isOld ? changes.filter((one) => one >= since).slice(-2 * FLAP_CHANGES) : changes;
}

interface Judged {
  readonly state: InstanceState;
  readonly isUnknown: boolean;
  readonly hasFailed: boolean;
  readonly bad: boolean;
  readonly turnedAt: Instant;
  readonly flaps: boolean;
  readonly at: Instant;
  readonly forMs: number;
  readonly goodForMs: number;
}

function eventOf({ state, isUnknown, hasFailed, bad, turnedAt, flaps, at, forMs, goodForMs }: Judged): InstanceEvent {
  const unknown = hasFailed ? 'failed' : 'unknown';
  if (state === 'flapping') {
    if (isUnknown) return unknown;
    if (at - turnedAt < CALM_MS) return bad ? 'bad' : 'good';
    return bad ? 'calm-bad' : 'calm-good';
  }
  if (flaps) return 'flaps';
  if (isUnknown) return unknown;
  const held = at - turnedAt >= (bad ? forMs : goodForMs);
  return `${bad ? 'bad' : 'good'}${held ? '-held' : ''}`;
}

/** When time alone brings the instance on. */
function dueOf(
  { state, bad, turnedAt, changes }: Instance,
  forMs: number,
  goodForMs: number,
  at: Instant,
  slotMs: number,
): Instant {
  if (state === 'flapping') return turnedAt + CALM_MS;
  if (state === 'pending') return turnedAt + forMs;
  if (state === 'recovering' && !bad) return turnedAt + goodForMs;
  if (state === 'resolved') return at + 1;
  if (state === 'normal') return (changes[0] ?? at) + Math.max(FLAP_SLOTS * slotMs, CALM_MS) + 1;
  return Number.POSITIVE_INFINITY;
}
