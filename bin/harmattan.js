#!/usr/bin/env node
// The door for any Node >= 20. Under the locked Node 26 it starts the program, with what Node compiled at the last start
// kept beside the modules: that halves the start and spares the memory of the TypeScript parser. Under an older Node it
// hands everything over to the locked one.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockedNode, RUN_FLAGS } from './runtime.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (Number(process.versions.node.split('.')[0]) >= 26) {
  // What is kept is valid for the flags it was compiled under.
  const compiled = join(
    root,
    'node_modules',
    '.cache',
    'harmattan',
    RUN_FLAGS.every((flag) => process.execArgv.includes(flag)) ? 'run' : 'any',
  );
  if (process.argv[2] === 'run' && !existsSync(compiled)) compileOnce();
  if (process.argv[2] === 'run' && !existsSync(join(root, 'web', 'dist', 'server', 'server.js'))) buildPages();
  module.enableCompileCache(compiled);
  await import('./harmattan.ts');
} else handOver();

/** Before the very first run, in a process of its own: what compiling leaves in memory must not stay for as long as it runs. */
function compileOnce() {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), '--version'];
  spawnSync(process.execPath, args, { stdio: 'ignore' });
}

function buildPages() {
  spawnSync(process.execPath, [join(root, 'bin', 'build-pages.js')], { stdio: ['ignore', 2, 2] });
}

function handOver() {
  const runtime = lockedNode(root);
  if (!existsSync(runtime)) {
    console.error(`HMT_CLI_RUNTIME: the Node 26 run-time is not installed. Run "npm ci" in ${root}.`);
    process.exit(2);
  }
  const lean = process.argv[2] === 'run' ? RUN_FLAGS : [];
  const args = [...lean, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  // The channel tells the program when this process is killed in a way that cannot be passed on.
  const child = spawn(runtime, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}
