import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';

/**
 * Stands between a test and a server: `node guard.ts FOLDER LOG COMMAND [ARGUMENT…]`. It prints the server's process id
 * and ends with the server's exit code. When its input ends, whoever started it is gone without a word: then nothing of
 * the server stays, neither the process nor the folder.
 */
const [folder = '', log = '', command = '', ...args] = process.argv.slice(2);
const output = openSync(log, 'a');
const server = spawn(command, args, { cwd: folder, stdio: ['ignore', output, output] });
const tell = (text: string) => process.stdout.write(text);
process.stdout.on('error', () => {});
// Ctrl-C in a terminal reaches the whole group; the end of the input says what to do about it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

server.on('error', (error) => {
  tell(`${error.message}\n`);
  process.exit(127);
});
server.on('spawn', () => tell(`${server.pid}\n`));
server.on('exit', (code) => process.exit(code ?? 1));

process.stdin.resume().on('end', () => {
  server.removeAllListeners('exit');
  server.on('exit', () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    process.exit(1);
  });
  server.kill('SIGCONT');
  server.kill('SIGKILL');
});
