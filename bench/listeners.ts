import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listen } from './listening.ts';
import { type Figure, printFigures } from './machine.ts';
import { publishAt } from './published.ts';
import { startProgram } from './running.ts';

/** What five hundred listeners of `/api/v1/live` cost in memory while readings and forecasts go out to all of them. */
const { values: flags } = parseArgs({ options: { listeners: { type: 'string', default: '500' } } });
const count = Number(flags.listeners);
const [PER_SECOND, SECONDS] = [50, 15];
const LOOK_MS = 200;

const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-listeners-'));
const program = await startProgram(['--data', folder, '--source', 'none']);

/** The most that the program held while the same stream of readings came in. */
async function residentMB(): Promise<number> {
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, program.residentMB());
  }, LOOK_MS);
  await publishAt(folder, PER_SECOND, SECONDS);
  clearInterval(look);
  return most;
}

try {
  let events = 0;
  await residentMB();
  const one = await listen(program.url);
  const withOne = await residentMB();
  const others = await Promise.all(Array.from({ length: count - 1 }, () => listen(program.url, () => events++)));
  const withAll = await residentMB();
  const figures: Figure[] = [
    {
      what: `${count} listeners, more than with one`,
      measured: withAll - withOne,
      unit: 'MB',
      target: { atMost: 100 },
    },
    { what: 'resident with all of them', measured: withAll, unit: 'MB' },
    { what: 'events to each of them', measured: events / others.length, unit: '' },
  ];
  for (const listener of [one, ...others]) listener.close();
  printFigures(`listeners: ${PER_SECOND} observations a second`, figures);
} finally {
  await program.stop();
  rmSync(folder, { recursive: true });
}
