import type { Logger } from './log.ts';
import type { Meter } from './meter.ts';
import type { Random } from './random.ts';
import type { Clock } from './time.ts';

/** What every stage is handed: time, chance and a voice. Stage logic takes nothing from anywhere else (invariant 6). */
export interface Context {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}
