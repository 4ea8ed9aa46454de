import { HarmattanError } from '../core/errors.ts';
import { takeRole } from '../folder/role-lock.ts';
import { processStageOf } from './stages.ts';
import type { Workplace } from './workplace.ts';

/**
 * Processes what the journal holds at this moment, unless another process has that role and does it anyway.
 * Resolves to false in that case.
 */
export async function processWhatIsThere(workplace: Workplace): Promise<boolean> {
  let lock: ReturnType<typeof takeRole>;
  try {
    lock = takeRole(workplace.folder, 'process', workplace.clock);
  } catch (error) {
    if (error instanceof HarmattanError && error.code === 'HMT_FOLDER_LOCKED') return false;
    throw error;
  }
  const stage = processStageOf(workplace);
  try {
    await stage.drain();
    return true;
  } finally {
    await stage.close();
    lock.release();
  }
}
