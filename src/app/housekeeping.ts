import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Context } from '../core/context.ts';
import { DAY_MS, floorTo, HOUR_MS, toRfc3339 } from '../core/time.ts';
import type { Workplace } from './workplace.ts';

/** The fact that says which day's backup was made last. */
const BACKUP_FACT = 'backup/last';
const BACKUP_NAME = /^harmattan-\d{4}-\d\d-\d\d\.backup$/;

/** Once an hour until `signal` aborts: retention, and the daily backup where a folder for it is configured. */
export async function keepHouse(workplace: Workplace, context: Context, signal: AbortSignal): Promise<void> {
  const { clock, logger } = context;
  while (!signal.aborted) {
    try {
      await applyRetention(workplace, signal);
      await dailyBackup(workplace, context);
    } catch (error) {
      logger.error('Housekeeping failed; trying again within the hour.', { reason: String(error) });
    }
    const now = clock.now();
    await clock.sleep(floorTo(now, HOUR_MS) + HOUR_MS - now, signal);
  }
}

/** In bounded steps, so that ingest is never held up for long. */
async function applyRetention({ journal, store, clock }: Workplace, signal: AbortSignal): Promise<void> {
  await store.sync();
  for (const part of [journal, store])
    while (!signal.aborted && (await part.trim(clock.now())) > 0) await turnOfTheLoop();
  await store.events.trim();
}

async function dailyBackup({ store, config }: Workplace, { clock, logger }: Context): Promise<void> {
  const { backupFolder, backupKeep } = config.store;
  if (backupFolder === null) return;
  const day = toRfc3339(floorTo(clock.now(), DAY_MS)).slice(0, 10);
  if ((await store.facts.get<string>(BACKUP_FACT)) === day) return;
  mkdirSync(backupFolder, { recursive: true });
  const file = join(backupFolder, `harmattan-${day}.backup`);
  await store.backup(file);
  await store.facts.set(BACKUP_FACT, day);
  const made = readdirSync(backupFolder)
    .filter((name) => BACKUP_NAME.test(name))
    .sort();
  for (const old of made.slice(0, -backupKeep)) rmSync(join(backupFolder, old));
  logger.info('The daily backup is made.', { file, kept: Math.min(made.length, backupKeep) });
}
