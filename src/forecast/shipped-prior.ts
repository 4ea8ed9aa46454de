import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HarmattanError } from '../core/errors.ts';
import { Prior } from './models/prior.ts';

/** The folder of the coefficients that come with the program. */
export const PRIOR_FOLDER = fileURLToPath(new URL('./prior/', import.meta.url));
export const PRIOR_FILE = 'prior.bin';

/** The file of the coefficients that know nothing of a station. */
export const withoutFile = (station: string): string => `without-${station}.bin`;

let shipped: Prior | null = null;

/** The coefficients that come with the program; read once. */
export function shippedPrior(): Prior {
  shipped ??= readPrior(join(PRIOR_FOLDER, PRIOR_FILE));
  return shipped;
}

/**
 * The coefficients of a folder that `train` wrote: for a station those that know nothing of it, where they are there.
 *
 * @throws HarmattanError HMT_CLI_FILE
 */
export function priorFor(folder: string, station: string): Prior {
  const without = join(folder, withoutFile(station));
  return readPrior(existsSync(without) ? without : join(folder, PRIOR_FILE));
}

function readPrior(path: string): Prior {
  try {
    return Prior.fromBytes(readFileSync(path));
  } catch (cause) {
    throw new HarmattanError('HMT_CLI_FILE', { detail: `${path} holds no coefficients.`, cause });
  }
}
