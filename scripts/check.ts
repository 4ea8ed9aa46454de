import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serversLeftOut } from '../test/servers/left-out.ts';

/**
 * `npm run check`: the inner loop. `npm test` (= `--all`): everything, in the order in which it is cheapest to fail.
 * Runs each step to its end and stops at the first that fails.
 */
interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Part of `check`, or only of `npm test`. */
  readonly inner: boolean;
}

const bin = (name: string) => join('node_modules', '.bin', name);
const node = process.execPath;
const tests = (pattern: string, ...more: string[]) => [node, '--test', '--test-reporter=spec', ...more, pattern];

const steps: readonly Step[] = [
  { name: 'format and lint', command: [bin('biome'), 'check', '--error-on-warnings', '.'], inner: true },
  { name: 'types', command: [bin('tsc'), '--noEmit', '-p', '.'], inner: true },
  { name: 'types of the pages', command: [bin('tsc'), '--noEmit', '-p', 'web'], inner: true },
  { name: 'build of the pages', command: [node, 'bin/build-pages.js'], inner: true },
  { name: 'size of the pages', command: [node, 'scripts/sizes.ts', '--check'], inner: true },
  { name: 'import rules', command: [node, 'scripts/import-rules.ts'], inner: true },
  { name: 'documents', command: [node, 'scripts/reference.ts', '--check'], inner: true },
  { name: 'saved objects for Kibana', command: [node, 'scripts/kibana.ts', '--check'], inner: true },
  { name: 'texts in every language', command: [node, 'scripts/texts.ts', '--check'], inner: true },
  { name: 'icons', command: [node, 'scripts/icons.ts', '--check'], inner: true },
  { name: 'maps', command: [node, 'scripts/map.ts', '--check'], inner: true },
  { name: 'unit and contract tests', command: tests('src/**/*.test.ts'), inner: true },
  {
    name: 'unit tests of the pages',
    command: tests('web/src/**/*.test.tsx', '--import', './scripts/tsx.ts'),
    inner: true,
  },
  {
    name: 'end-to-end, crash and browser tests',
    command: tests('test/{*,!(cluster|original)/**/*}.test.ts', '--test-concurrency=2'),
    inner: false,
  },
  { name: 'tests against real servers', command: [node, 'scripts/cluster.ts'], inner: false },
];

const all = process.argv.includes('--all');

/** What this machine cannot run, said loudly. Issue-bound parts add their own lines as they come. */
function sayWhatIsLeftOut(): void {
  if (!existsSync(join('..', 'shared', 'data', 'hourly')))
    console.log('LEFT OUT: the measured stations (../shared/data) are not here; tests that replay them are skipped.');
  if (all) for (const sentence of serversLeftOut()) console.log(sentence);
}

function run(step: Step): Promise<number> {
  const [command = '', ...args] = step.command;
  return new Promise((resolve) => {
    spawn(command, args, { stdio: 'inherit', env: { ...process.env, NO_COLOR: '1' } }).on('exit', (code) =>
      resolve(code ?? 1),
    );
  });
}

sayWhatIsLeftOut();
const startedAt = performance.now();
for (const step of steps.filter((one) => all || one.inner)) {
  const stepStartedAt = performance.now();
  console.log(`\n== ${step.name}`);
  const code = await run(step);
  console.log(
    `== ${step.name}: ${code === 0 ? 'good' : `failed (exit ${code})`} after ${((performance.now() - stepStartedAt) / 1000).toFixed(1)} s`,
  );
  if (code !== 0) process.exit(1);
}
sayWhatIsLeftOut();
console.log(`\nEverything holds (${((performance.now() - startedAt) / 1000).toFixed(0)} s).`);
