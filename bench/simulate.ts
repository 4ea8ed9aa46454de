import { once } from 'node:events';
import { type Figure, printFigures } from './machine.ts';
import { startCommand } from './running.ts';

/** A month of thirteen places on the manual clock, as a user starts it: without faults, and with all of them. */
async function secondsOf(...faults: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = startCommand(['simulate', '--days', '30', '--seed', '7', '--json', ...faults]);
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`simulate ended with ${code}.`);
  return (performance.now() - startedAt) / 1000;
}

const figures: Figure[] = [
  { what: 'a month at 13 places', measured: await secondsOf(), unit: 's', target: { atMost: 20 } },
  { what: 'the same with every fault', measured: await secondsOf('--faults', 'all'), unit: 's' },
];
printFigures('simulate --days 30 --seed 7', figures);
