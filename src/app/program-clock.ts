import { type Config, sourcePreference } from '../config/config.ts';
import { acceleratedClock } from '../core/accelerated-clock.ts';
import { haltingClock, type RelayClock } from '../core/relay-clock.ts';
import { MINUTE_MS } from '../core/time.ts';
import { replaySpan } from '../poll/replay/replay-places.ts';
import type { Store } from '../store/store.ts';

/** A replay that is about to begin. */
export interface Replay {
  /** The cadence of the recording. */
  readonly everyMinutes: number;
  start(): void;
}

/** Of a slot: the clock never passes more at once, so that no slot is slept through. */
const STEP_SHARE = 0.1;

/**
 * Sets the program's clock for a replay: at the recording's first slot, or where the folder's ledger ends, passing
 * `replay.speed` seconds in one, and standing still when the recording is over. Any other source keeps the machine's
 * clock. It stands still until it is started, once everything that must see its first slot runs; `null` without a replay.
 *
 * @throws HarmattanError HMT_POLL_REPLAY_FILE
 */
export async function setReplayClock(clock: RelayClock, config: Config, store: Store): Promise<Replay | null> {
  if (sourcePreference(config)[0] !== 'replay') return null;
  const span = await replaySpan(config.replay);
  const known = await store.slots.extent();
  const startAt = known && known.to >= span.from ? Math.min(known.to, span.to) : span.from;
  // The last slot is lived through to its end, so that its late readings and its gap are told apart.
  const accelerated = acceleratedClock({
    startAt,
    speed: config.replay.speed,
    longestStepMs: span.everyMs * STEP_SHARE,
  });
  clock.become(haltingClock(accelerated, span.to - 1));
  return { everyMinutes: span.everyMs / MINUTE_MS, start: () => accelerated.start() };
}
