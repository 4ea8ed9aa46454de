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
 * come every five minutes and one of them is measured: three times as often as they do, so an upper bound of the
 * processor's share. `--every 15 --minutes 30` is the real cadence.
 */
const { values: flags } = parseArgs({
  options: { every: { type: 'string', default: '5' }, minutes: { type: 'string', default: '5' } },
});
/** The slot that is open at the start is asked for, and its forecasts are issued. */
const SETTLE_MS = 30 * SECOND_MS;
const LOOK_MS = SECOND_MS;

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
  const [startedAt, usedBefore] = [performance.now(), program.processorMs()];
  let residentMiB = 0;
  while (performance.now() - startedAt < Number(flags.minutes) * MINUTE_MS) {
    await delay(LOOK_MS);
    residentMiB = Math.max(residentMiB, program.residentMiB());
  }
  const share = (program.processorMs() - usedBefore) / (performance.now() - startedAt);
  const slots = z.object({ items: z.array(z.unknown()) });
  const { items } = slots.parse(await (await fetch(`${program.url}/api/v1/slots?limit=500`)).json());
  const figures: Figure[] = [
    { what: 'resident at most', measured: residentMiB, unit: 'MiB', target: { atMost: 130 } },
    { what: 'share of one processor', measured: 100 * share, unit: '%', target: { atMost: 0.5 } },
    { what: 'slots with a reading of every place', measured: items.length / places.length, unit: '' },
  ];
  printFigures(`idle: 13 places, slots every ${flags.every} min, ${flags.minutes} min`, figures);
} finally {
  await program.stop();
  await provider.close();
  rmSync(folder, { recursive: true });
}
