import { HarmattanError } from '../core/errors.ts';
import { SECOND_MS } from '../core/time.ts';
import type { Program } from './program.ts';

const TRY_AGAIN_MS = 10 * SECOND_MS;

/** What each program is doing of what costs much. */
const underWay = new WeakMap<Program, Set<string>>();

/**
 * Does `work` unless the program does the same kind of work already, whoever asked for it and by whichever route.
 *
 * @throws HarmattanError HMT_HTTP_BUSY
 */
export async function oneAtATime<Result>(program: Program, kind: string, work: () => Promise<Result>): Promise<Result> {
  const kinds = underWay.get(program) ?? new Set<string>();
  underWay.set(program, kinds);
  if (kinds.has(kind)) throw new HarmattanError('HMT_HTTP_BUSY', { retryAfterMs: TRY_AGAIN_MS });
  kinds.add(kind);
  try {
    return await work();
  } finally {
    kinds.delete(kind);
  }
}
