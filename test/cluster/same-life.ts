import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { simulatedProgram } from '../../src/app/simulated.ts';
import { FAULT_NAMES } from '../../src/poll/simulator/faults.ts';
import { type SimulateOptions, type SimulationReport, simulate } from '../../src/simulate/simulate.ts';
import { outputOf, temporaryFolder } from '../program.ts';

export const HOME = new URL('../..', import.meta.url).pathname;

/** What a life leaves, as `export` tells it. */
const EXPORTS = ['observations', 'forecasts', 'slots', 'quarantine'] as const;

type Rows = Readonly<Record<(typeof EXPORTS)[number], string>>;

interface Lived {
  readonly folder: string;
  readonly report: SimulationReport;
  readonly rows: Rows;
}

/** Lives some simulated days with all faults and exports what they leave. */
export async function lived(
  t: TestContext,
  name: string,
  life: Pick<SimulateOptions, 'days' | 'seed' | 'places'> & Partial<SimulateOptions>,
): Promise<Lived> {
  const folder = temporaryFolder(t, `same-${name}`);
  const startedAt = performance.now();
  const start = simulatedProgram(life.places, HOME);
  const report = await simulate({ faults: FAULT_NAMES, folder, start, ...life });
  t.diagnostic(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return { folder, report, rows: await exportedRows(folder) };
}

/** Everything that a store holds, sorted; `env` is what the export is run with. */
export async function exportedRows(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Rows> {
  const rows = await Promise.all(
    EXPORTS.map(async (what) => {
      const out = await outputOf(['export', '--data', folder, '--format', 'ndjson', '--what', what], { env });
      return [what, withoutIds(out)] as const;
    }),
  );
  return Object.fromEntries(rows) as Rows;
}

/** Says of each kind of row (`of` narrows them) which ones only one of the two has. */
export function assertSameRows(there: Rows, embedded: Rows, of: readonly (keyof Rows)[] = EXPORTS): void {
  for (const what of of) {
    assert.ok(embedded[what].length > 0, `there are no ${what} to compare`);
    assert.deepEqual(onlyIn(there[what], embedded[what]), [], `${what} that the folder lacks`);
    assert.deepEqual(onlyIn(embedded[what], there[what]), [], `${what} that only the folder has`);
    assert.ok(there[what] === embedded[what], `${what} differ in how often a row comes`);
  }
}

/** The first few lines of one text that the other has not. */
function onlyIn(one: string, other: string): readonly string[] {
  const known = new Set(other.split('\n'));
  return one
    .split('\n')
    .filter((line) => !known.has(line))
    .slice(0, 5);
}

/** Where a record lies in a journal is part of its quarantine entry's id, and no two journals put it alike. */
const withoutIds = (ndjson: string) =>
  ndjson
    .split('\n')
    .map((line) => line.replace(/^\{"id":"[^"]*",/, '{'))
    .sort()
    .join('\n');
