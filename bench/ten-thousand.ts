import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '../src/core/time.ts';
import { simulatedPlaces } from '../src/simulate/simulated-places.ts';
import { loadPlaces } from '../src/weather/place.ts';
import { type Figure, printFigures } from './machine.ts';
import { startProgram } from './running.ts';

/**
 * Ten thousand places: the slot that is open at the start, and those that come after it. By default slots come every two
 * minutes for five minutes, which leaves less time than the quarter of an hour that was promised; `--every 15 --minutes
 * 32` is the real cadence.
 */
const { values: flags } = parseArgs({
  options: {
    places: { type: 'string', default: '10000' },
    every: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '5' },
  },
});
const count = Number(flags.places);
const LOOK_MS = SECOND_MS;

const status = z.object({
  stages: z.array(
    z.object({ name: z.string(), lagMessages: z.number().nullable(), lagSeconds: z.number().nullable() }),
  ),
});
const slots = z.object({ items: z.array(z.unknown()) });

const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-places-'));
const placesFile = join(folder, 'places.json');
const shipped = loadPlaces(new URL('../regions/senegal.json', import.meta.url).pathname);
writeFileSync(placesFile, JSON.stringify(simulatedPlaces(shipped, count, 1)));

const program = await startProgram(['--data', join(folder, 'data'), '--source', 'simulator'], {
  HARMATTAN_PLACES_FILE: placesFile,
  HARMATTAN_POLL_EVERY_MINUTES: flags.every,
  HARMATTAN_HTTP_RATE_LIMIT_PER_MINUTE: '0',
});
try {
  const most = { residentMB: 0, processS: 0, forecastS: 0 };
  const [startedAt, usedBefore] = [performance.now(), program.processorMs()];
  while (performance.now() - startedAt < Number(flags.minutes) * MINUTE_MS) {
    await delay(LOOK_MS);
    most.residentMB = Math.max(most.residentMB, program.residentMB());
    const { stages } = status.parse(await (await fetch(`${program.url}/api/v1/status`)).json());
    const lagOf = (name: string) => stages.find((stage) => stage.name === name)?.lagSeconds ?? 0;
    most.processS = Math.max(most.processS, lagOf('process'));
    most.forecastS = Math.max(most.forecastS, lagOf('forecast'));
  }
  const share = (program.processorMs() - usedBefore) / (performance.now() - startedAt);
  const arrived = await slotsArrived();
  const figures: Figure[] = [
    { what: 'resident at most', measured: most.residentMB, unit: 'MB', target: { atMost: 500 } },
    { what: 'longest wait in the journal', measured: most.processS, unit: 's' },
    { what: 'longest wait for its forecast', measured: most.forecastS, unit: 's' },
    {
      what: 'arrival → stored and forecast, at most',
      measured: most.processS + most.forecastS,
      unit: 's',
      target: { atMost: 60 },
    },
    { what: 'share of one processor', measured: 100 * share, unit: '%' },
    { what: 'slots that arrived, first 500 places', measured: arrived, unit: '' },
  ];
  printFigures(
    `${count.toLocaleString('en-GB')} places, slots every ${flags.every} min, ${flags.minutes} min`,
    figures,
  );
} finally {
  await program.stop();
  rmSync(folder, { recursive: true });
}

async function slotsArrived(): Promise<number> {
  return slots.parse(await (await fetch(`${program.url}/api/v1/slots?limit=500`)).json()).items.length;
}
