import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RUN_FLAGS } from '../bin/runtime.js';
import { printFigures, SUMMARY_VARIABLE, type Summary } from './machine.ts';

interface Bench {
  readonly name: string;
  readonly args?: readonly string[];
  /** With `--full`: what the default leaves out because it takes long. */
  readonly full?: readonly string[];
  /** Node's, where a part of the program is measured as the program is run. */
  readonly nodeFlags?: readonly string[];
}

const BENCHES: readonly Bench[] = [
  { name: 'journal' },
  { name: 'ingest', full: ['--rows', '10'], nodeFlags: RUN_FLAGS },
  { name: 'store', args: ['--rows', '10000000', '--year'] },
  { name: 'start' },
  { name: 'simulate' },
  { name: 'live' },
  { name: 'listeners' },
  { name: 'watch' },
  { name: 'idle', full: ['--every', '15', '--minutes', '30'] },
  { name: 'ten-thousand', full: ['--every', '15', '--minutes', '32'] },
];

/** Those that start real servers first: `npm run bench:cluster`. */
const CLUSTER_BENCHES: readonly Bench[] = [{ name: 'cluster/kafka' }, { name: 'cluster/index' }];

/**
 * `npm run bench`: every bench in turn, each in a process of its own, so that one's memory is not another's, and at the
 * end every figure that has a target. `npm run bench -- store ingest` runs only those named; `-- --full` takes the ten
 * million rows through the whole of process, and waits for slots at their real cadence: about two hours.
 */
const { values: flags, positionals: wanted } = parseArgs({
  options: { full: { type: 'boolean', default: false }, cluster: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const chosen = (flags.cluster ? CLUSTER_BENCHES : BENCHES).filter(
  ({ name }) => wanted.length === 0 || wanted.includes(name),
);
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-summary-'));
const summary = join(folder, 'figures.ndjson');

const failed: string[] = [];
for (const { name, args = [], full, nodeFlags = [] } of chosen) {
  const bench = join(dirname(fileURLToPath(import.meta.url)), `${name}.ts`);
  const { status } = spawnSync(
    process.execPath,
    [...nodeFlags, '--expose-gc', bench, ...(flags.full && full ? full : args)],
    {
      stdio: 'inherit',
      env: { ...process.env, [SUMMARY_VARIABLE]: summary },
    },
  );
  if (status !== 0) failed.push(name);
}

const summaries = existsSync(summary)
  ? readFileSync(summary, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Summary)
  : [];
rmSync(folder, { recursive: true });
printFigures(
  'Everything that was promised',
  summaries.flatMap(({ title, figures }) =>
    figures.filter(({ target }) => target).map((figure) => ({ ...figure, what: `${title}: ${figure.what}` })),
  ),
);
if (!flags.full)
  for (const { name, full } of chosen) if (full) console.log(`  left out without --full: ${name} ${full.join(' ')}`);
for (const name of failed) console.log(`  did not run to its end, and has no figures above: ${name}`);
process.exitCode = failed.length === 0 ? 0 : 1;
