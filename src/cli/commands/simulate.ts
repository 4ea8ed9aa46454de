import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { simulatedProgram } from '../../app/simulated.ts';
import { systemClock } from '../../core/time.ts';
import { parseFaults } from '../../poll/simulator/faults.ts';
import { simulate } from '../../simulate/simulate.ts';
import { simulatedPlaces } from '../../simulate/simulated-places.ts';
import { loadPlaces } from '../../weather/place.ts';
import { EXIT } from '../exit-code.ts';
import { HOME_FOLDER } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface SimulateFlags {
  readonly days: string;
  readonly seed: string;
  readonly places?: string;
  readonly faults: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** `simulate`: the whole program on a simulated clock. Exit 1 when anything was lost, doubled, leaked or overspent. */
export function simulateCommand(program: Command, run: Run): void {
  program
    .command('simulate')
    .description('the whole program on a simulated clock against simulated providers; same seed, same output')
    .requiredOption('--days <number>', 'how many days are lived through')
    .requiredOption('--seed <number>', 'which weather and which troubles')
    .option('--places <number>', 'how many places; by default the thirteen of Senegal')
    .option('--faults <names>', 'all, none, or names separated by commas', 'none')
    .option('--data <dir>', 'keep the data folder there')
    .option('--config <file>', 'not used: a simulation has its own configuration')
    .option('--json', 'one JSON document')
    .action((options: SimulateFlags) => run((terminal) => simulateWith(terminal, options)));
}

async function simulateWith(terminal: Terminal, options: SimulateFlags): Promise<number> {
  const days = wholeNumber('--days', options.days, 1, 3660);
  const seed = wholeNumber('--seed', options.seed, 0, 2_147_483_647);
  const shipped = loadPlaces(join(HOME_FOLDER, 'regions', 'senegal.json'));
  const places =
    options.places === undefined
      ? shipped
      : simulatedPlaces(shipped, wholeNumber('--places', options.places, 1, 100_000), seed);
  const faults = parseFaults(options.faults);
  const kept = options.data === undefined ? null : resolve(terminal.workingFolder, options.data);
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'harmattan-simulate-'));
  const progress = progressOn(terminal, systemClock, 'simulate');
  try {
    const report = await simulate({
      days,
      seed,
      places,
      faults,
      folder,
      // A folder that goes at the end is nobody else's.
      start: simulatedProgram(places, HOME_FOLDER, { alone: kept === null }),
      signal: terminal.signal,
      onProgress: (share) => progress.report(share, `day ${Math.floor(share * days)} of ${days}`),
    });
    progress.end();
    if (options.json) await outJson(terminal, report);
    else
      for (const [name, value] of Object.entries(report))
        await terminal.out(`${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
    const bad = report.holesSilent + report.quotaOverspent + report.lost + report.doubled + report.secretsLeaked;
    return bad === 0 && report.verified ? EXIT.done : EXIT.no;
  } finally {
    progress.end();
    if (kept === null) rmSync(folder, { recursive: true, force: true });
  }
}
