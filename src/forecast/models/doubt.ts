import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { QUANTITIES } from '../../weather/quantity.ts';
import { sunPosition } from '../../weather/sun.ts';
import type { Site } from '../forecaster.ts';
import { DOUBTS, type EngineState, HEAD } from './engine-state.ts';

/** How far the air may move at once, and with each hour since the last reading, and in all, °C. */
const JUMP_C = 9;
const JUMP_C_PER_HOUR = 3;
const MOST_C = 20;
/** Past this the last reading says nothing any more; and a doubt that has lasted so long is believed. */
const SILENT_MS = DAY_MS;
/** The same value for so long, while the sun climbed or sank by this much of its height, is a stuck sensor. */
const STUCK_MS = 12 * HOUR_MS;
const STUCK_SUN = 0.34;

/**
 * Whether a reading is kept out of a memory: impossible, too far from the one before (a spike, another unit), or stuck.
 * A real change of level is believed as soon as the time that passed allows it, at the latest after a day. What was
 * doubted is remembered as spans of one value, so that it is doubted again however late it comes again.
 */
export function isDoubted(state: EngineState, site: Site, validAt: Instant, temperatureC: number): boolean {
  const { min, max } = QUANTITIES.temperatureC;
  if (!(temperatureC >= min && temperatureC <= max) || wasDoubted(state, validAt, temperatureC)) return true;
  const { head } = state;
  const newestAt = head[HEAD.newestAt] ?? Number.NEGATIVE_INFINITY;
  const isSame = temperatureC === head[HEAD.newestC] && newestAt !== Number.NEGATIVE_INFINITY;
  if (validAt > newestAt) {
    const silentMs = validAt - newestAt;
    const moveC = Math.abs(temperatureC - (head[HEAD.newestC] ?? 0));
    const doubted = isSame
      ? isStuck(site, head[HEAD.sameSinceAt] ?? validAt, validAt)
      : silentMs <= SILENT_MS && moveC > mostMove(silentMs);
    if (doubted) {
      remember(state, validAt, temperatureC);
      return true;
    }
  }
  if (!isSame && validAt >= newestAt) head[HEAD.sameSinceAt] = validAt;
  return false;
}

const mostMove = (silentMs: number): number => Math.min(MOST_C, JUMP_C + (JUMP_C_PER_HOUR * silentMs) / HOUR_MS);

function isStuck({ latitude, longitude }: Site, sinceAt: Instant, at: Instant): boolean {
  if (at - sinceAt <= STUCK_MS) return false;
  const phi = (latitude * Math.PI) / 180;
  let [lowest, highest] = [1, 0];
  for (let hour = 0; hour <= 24; hour++) {
    const { declination, hourAngle } = sunPosition(longitude, Math.max(sinceAt, at - hour * HOUR_MS));
    const across = Math.cos(phi) * Math.cos(declination) * Math.cos(hourAngle);
    const height = Math.max(0, Math.sin(phi) * Math.sin(declination) + across);
    lowest = Math.min(lowest, height);
    highest = Math.max(highest, height);
  }
  return highest - lowest >= STUCK_SUN;
}

function wasDoubted({ doubtFrom, doubtTo, doubtC }: EngineState, validAt: Instant, temperatureC: number): boolean {
  const value = Math.fround(temperatureC);
  for (let index = 0; index < DOUBTS; index++)
    if (doubtC[index] === value && validAt >= (doubtFrom[index] ?? 0) && validAt <= (doubtTo[index] ?? 0)) return true;
  return false;
}

/** A stuck sensor of any length is one span: the newest grows as long as the value stays. */
function remember({ head, doubtFrom, doubtTo, doubtC }: EngineState, validAt: Instant, temperatureC: number): void {
  const count = head[HEAD.doubts] ?? 0;
  const last = (count + DOUBTS - 1) % DOUBTS;
  const newestAt = head[HEAD.newestAt] ?? Number.NEGATIVE_INFINITY;
  const goesOn = count > 0 && doubtC[last] === Math.fround(temperatureC) && (doubtFrom[last] ?? 0) > newestAt;
  if (goesOn) {
    doubtTo[last] = Math.max(doubtTo[last] ?? 0, validAt);
    return;
  }
  doubtFrom[count % DOUBTS] = doubtTo[count % DOUBTS] = validAt;
  doubtC[count % DOUBTS] = temperatureC;
  head[HEAD.doubts] = count + 1;
}
