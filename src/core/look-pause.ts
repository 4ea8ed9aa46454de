import { SECOND_MS } from './time.ts';

/** After something was found, more is likely for this long, ms. */
const LIVELY_MS = 2 * SECOND_MS;
/** The pause between two looks then, ms: what a reading of another process waits to be seen, at most. */
const LIVELY_PAUSE_MS = 10;

/**
 * How long to pause before looking again for what another process wrote, ms: short while things come, so that a live
 * reader sees them at once, and `quietMs` when nothing does, so that an idle program costs nothing.
 */
export const lookPauseMs = (sinceFoundMs: number, quietMs: number): number =>
  Math.abs(sinceFoundMs) < LIVELY_MS ? Math.min(LIVELY_PAUSE_MS, quietMs) : quietMs;
