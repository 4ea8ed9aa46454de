/**
 * The states of one instance of a rule (one place that is late, one stage that lags). `no-data`: nothing can be said, which
 * is never taken for good. `error`: it could not be evaluated. Silenced, inhibited and acknowledged are not here: they say
 * who hears of it (`telling.ts`), not what is so.
 */
export const INSTANCE_STATES = [
  'normal',
  'pending',
  'firing',
  'recovering',
  'resolved',
  'flapping',
  'no-data',
  'error',
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

/**
 * What an evaluation finds of an instance. `-held`: for as long as the rule asks. `flaps`: it changed too often of late.
 * `calm-*`: while flapping, it has not changed for an hour.
 */
export const INSTANCE_EVENTS = [
  'bad',
  'bad-held',
  'good',
  'good-held',
  'unknown',
  'failed',
  'flaps',
  'calm-bad',
  'calm-good',
] as const;
export type InstanceEvent = (typeof INSTANCE_EVENTS)[number];

type Row = Readonly<Record<InstanceEvent, InstanceState>>;

/** Nothing was wrong: bad begins to count, and is told at once where a rule asks for no time. */
const WELL: Row = {
  bad: 'pending',
  'bad-held': 'firing',
  good: 'normal',
  'good-held': 'normal',
  unknown: 'no-data',
  failed: 'error',
  flaps: 'flapping',
  'calm-bad': 'pending',
  'calm-good': 'normal',
};

/**
 * Every (state × event). What fires goes on firing when nothing can be said or evaluated: vanishing is no recovery. What
 * only began to be bad is forgotten by one good evaluation.
 */
export const INSTANCE_TABLE: Readonly<Record<InstanceState, Row>> = {
  normal: WELL,
  resolved: WELL,
  'no-data': WELL,
  error: WELL,
  pending: { ...WELL, unknown: 'pending', failed: 'pending' },
  firing: {
    bad: 'firing',
    'bad-held': 'firing',
    good: 'recovering',
    'good-held': 'resolved',
    unknown: 'firing',
    failed: 'firing',
    flaps: 'flapping',
    'calm-bad': 'firing',
    'calm-good': 'recovering',
  },
  recovering: {
    bad: 'firing',
    'bad-held': 'firing',
    good: 'recovering',
    'good-held': 'resolved',
    unknown: 'recovering',
    failed: 'recovering',
    flaps: 'flapping',
    'calm-bad': 'firing',
    'calm-good': 'resolved',
  },
  flapping: {
    bad: 'flapping',
    'bad-held': 'flapping',
    good: 'flapping',
    'good-held': 'flapping',
    unknown: 'flapping',
    failed: 'flapping',
    flaps: 'flapping',
    'calm-bad': 'firing',
    'calm-good': 'resolved',
  },
};

export const nextState = (state: InstanceState, event: InstanceEvent): InstanceState => INSTANCE_TABLE[state][event];

/** States in which something is wrong and people may have been told. */
export const isActive = (state: InstanceState): boolean => state === 'firing' || state === 'recovering';
