import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS, systemClock } from '../src/core/time.ts';
import { noFaults } from '../src/poll/simulator/faults.ts';
import { serveProviders } from '../src/poll/simulator/providers/serve-providers.ts';
import { simulatedProviders } from '../src/poll/simulator/providers/simulated-providers.ts';
import { loadPlaces } from '../src/weather/place.ts';
import { type Figure, printFigures } from './machine.ts';
import { startProgram } from './running.ts';

/**
 * The program as it runs for years: thirteen places, Open-Meteo's bodies over a socket, nobody looking. By default slots
 * come every five minutes and one of them is measured: from what it takes, and what the time between slots takes, follows
 * the share at the usual cadence. `--every 15 --minutes 30` measures that cadence itself.
 */
const { values: flags } = parseArgs({
  options: { every: { type: 'string', default: '5' }, minutes: { type: 'string', default: '5' } },
});
/** The slot that is open at the start is asked for, and its forecasts are issued. */
const SETTLE_MS = 30 * SECOND_MS;
const LOOK_MS = SECOND_MS;
/** After this much of a slot its calls, readings and forecasts are done. */
const SLOT_WORK_MS = 2 * MINUTE_MS;
const everyMs = Number(flags.every) * MINUTE_MS;
if (!(Number(flags.minutes) >= Number(flags.every))) throw new Error('A slot is measured in no less than its time.');

const places = loadPlaces(new URL('../regions/senegal.json', import.meta.url).pathname);
const keys = { openweathermap: [], openMeteo: [] };
const provider = await serveProviders(
  simulatedProviders({ seed: 1, places, clock: systemClock, faults: noFaults, keys }),
);
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-idle-'));
const program = await startProgram(['--data', folder, '--source', 'open-meteo'], {
  HARMATTAN_OPEN_METEO_BASE_URL: provider.url,
  HARMATTAN_OPEN_METEO_ARCHIVE_BASE_URL: provider.url,
  HARMATTAN_POLL_EVERY_MINUTES: flags.every,
});
try {
  await delay(SETTLE_MS);
  let residentMB = 0;
  const startedAt = performance.now();
  const usedBefore = program.processorMs();
  const quiet = { usedMs: 0, forMs: 0 };
  for (let [at, used] = [startedAt, usedBefore]; at - startedAt < Number(flags.minutes) * MINUTE_MS; ) {
    await delay(LOOK_MS);
    const [now, usedNow] = [performance.now(), program.processorMs()];
    if (systemClock.now() % everyMs > SLOT_WORK_MS) {
      quiet.usedMs += usedNow - used;
      quiet.forMs += now - at;
    }
    [at, used] = [now, usedNow];
    residentMB = Math.max(residentMB, program.residentMB());
  }
  const forMs = performance.now() - startedAt;
  const share = (program.processorMs() - usedBefore) / forMs;
  const quietShare = quiet.usedMs / quiet.forMs;
  const slotMs = ((share - quietShare) * forMs) / Math.round(forMs / everyMs);
  const slots = z.object({ items: z.array(z.unknown()) });
  const { items } = slots.parse(await (await fetch(`${program.url}/api/v1/slots?limit=500`)).json());
  const figures: Figure[] = [
    { what: 'resident at most', measured: residentMB, unit: 'MB', target: { atMost: 130 } },
    { what: 'processor time of a slot', measured: slotMs, unit: 'ms' },
    { what: 'share of one processor between slots', measured: 100 * quietShare, unit: '%' },
    {
      what: 'share of one processor with a slot every 15 min',
      measured: 100 * (quietShare + slotMs / (15 * MINUTE_MS)),
      unit: '%',
      target: { atMost: 0.5 },
    },
    { what: 'slots with a reading of every place', measured: items.length / places.length, unit: '' },
  ];
  printFigures(`idle: 13 places, slots every ${flags.every} min, ${flags.minutes} min`, figures);
} finally {
  await program.stop();
  await provider.close();
  rmSync(folder, { recursive: true });
}
