import { floorTo, HOUR_MS, type Instant } from '../../core/time.ts';
import { hashText, valueNoise } from './noise.ts';

/** The simulated forecast model: a run every six hours, to be had three and a half hours after its time. */
export const RUN_EVERY_MS = 6 * HOUR_MS;
export const RUN_READY_MS = 3.5 * HOUR_MS;

/** Time of the newest run that can be had at `at`. */
export const newestRunAt = (at: Instant): Instant => floorTo(at - RUN_READY_MS, RUN_EVERY_MS);

/** Chance of one run at one place. */
export const runSeed = (seed: number, model: string, latitude: number, longitude: number, runAt: Instant): number =>
  hashText(seed, `${model} ${latitude.toFixed(3)} ${longitude.toFixed(3)} ${runAt}`);

/** What a model run gets wrong `leadHours` ahead, °C: smooth over six hours, about 0.6 at first and 2 after two days. */
export function forecastErrorC(ofRun: number, leadHours: number): number {
  const sizeC = 1.1 + 0.06 * Math.max(0, leadHours);
  return sizeC * valueNoise(ofRun, leadHours / 6) + 0.4 * valueNoise(ofRun + 1, 0.5);
}
