import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RUN_FLAGS } from '../bin/runtime.js';
import { cleanEnvironment, until } from '../test/program.ts';

const BINARY = fileURLToPath(new URL('../bin/harmattan.js', import.meta.url));
/** Linux tells memory in KiB; what was promised is in MB. */
const KIB_MB = 1024 / 1e6;
/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10;

/** Starts one command of the program as its door would, in a process of its own. */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [...(args[0] === 'run' ? RUN_FLAGS : []), BINARY, ...args], {
    env: cleanEnvironment(env),
  });
  child.stderr.pipe(process.stderr);
  return child;
}

/** The program, answering. What it uses is read from /proc: these benches are for Linux. */
export interface Running {
  readonly url: string;
  /** From the start of the process until it has answered over HTTP, ms. */
  readonly answeredMs: number;
  residentMB(): number;
  /** Processor time of all its threads so far, ms. */
  processorMs(): number;
  stop(): Promise<void>;
}

export async function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const startedAt = performance.now();
  const child = startCommand(['run', '--port', '0', ...args], env);
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const url = await until('the address is printed', () => {
    if (child.exitCode !== null) throw new Error(`The program ended with ${child.exitCode}.`);
    return /answers at (\S+)/.exec(out)?.[1];
  });
  await (await fetch(`${url}/healthz`)).text();
  const answeredMs = performance.now() - startedAt;
  return {
    url,
    answeredMs,
    residentMB: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * KIB_MB,
    processorMs() {
      // Fields after the name, which may hold spaces: the twelfth and thirteenth are user and system time.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
