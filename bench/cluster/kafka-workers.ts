import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RUN_FLAGS } from '../../bin/runtime.js';
import { until } from '../../test/program.ts';
import type { WorkerReport } from './kafka-worker.ts';

const WORKER = fileURLToPath(new URL('kafka-worker.ts', import.meta.url));
const LOOK_MS = 10;
/** Nothing is committed for so long: the bench is stuck, and says so. */
const PATIENCE_MS = 120_000;
/** The rate counts between these shares of the records: after the start and the rebalances, before the last partition. */
const [FROM_SHARE, TO_SHARE] = [0.2, 0.9];

/** One run: so many workers that have shared the partitions, so many records appended, and then the workers at work. */
export interface Share {
  readonly brokers: string;
  /** Names the topics, the group and the folders. */
  readonly name: string;
  readonly folder: string;
  readonly records: number;
  readonly places: number;
  readonly partitions: number;
  readonly workers: number;
  /** Whether every worker writes a store of its own, or all of them one. */
  readonly ownStores: boolean;
}

export interface Shared {
  readonly appendedPerSecond: number;
  readonly perSecond: number;
  /** Of all workers, ms of a processor per second. */
  readonly cpuMsPerSecond: number;
  /** The worker that takes the most. */
  readonly residentBytes: number;
}

interface Worker {
  readonly child: ChildProcess;
  last: WorkerReport;
  residentBytes: number;
}

export async function share(input: Share): Promise<Shared> {
  const { records, partitions } = input;
  const workers = Array.from({ length: input.workers }, (_, index) => startWorker(input, index));
  const held = () => workers.map(({ last }) => last.partitions);
  try {
    await until('the workers have shared the partitions', () => {
      const own = held();
      return own.every((count) => count > 0) && own.reduce((sum, count) => sum + count, 0) === partitions;
    });
    const append = [WORKER, ...argumentsOf(input), '--append', String(records)];
    const appendMs = Number((await promisify(execFile)(process.execPath, append)).stdout);
    for (const { child } of workers) child.stdin?.write('go\n');
    const from = await committed(workers, records * FROM_SHARE);
    const to = await committed(workers, records * TO_SHARE);
    const end = await committed(workers, records);
    assert.equal(end.records, records, 'records were processed twice');
    const seconds = (to.atMs - from.atMs) / 1000;
    return {
      appendedPerSecond: (records / appendMs) * 1000,
      perSecond: (to.records - from.records) / seconds,
      cpuMsPerSecond: (to.cpuMs - from.cpuMs) / seconds,
      residentBytes: Math.max(...workers.map((worker) => worker.residentBytes)),
    };
  } finally {
    for (const { child } of workers) {
      child.stdin?.end();
      if (child.exitCode === null) await once(child, 'exit');
    }
  }
}

const argumentsOf = ({ brokers, name, places, partitions }: Share) => [
  ...['--brokers', brokers, '--topic', name, '--places', String(places), '--partitions', String(partitions)],
];

function startWorker(input: Share, index: number): Worker {
  const folder = join(input.folder, `${input.name}-${input.ownStores ? index : 'all'}`);
  mkdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, [...RUN_FLAGS, WORKER, ...argumentsOf(input), '--folder', folder, '--gate'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const worker: Worker = {
    child,
    last: { records: 0, cpuMs: 0, residentBytes: 0, partitions: 0 },
    residentBytes: 0,
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    worker.last = JSON.parse(line) as WorkerReport;
    worker.residentBytes = Math.max(worker.residentBytes, worker.last.residentBytes);
  });
  return worker;
}

/** The sums over all workers as soon as they have committed so many records. */
async function committed(workers: readonly Worker[], wanted: number) {
  let moved = { records: -1, atMs: performance.now() };
  for (;;) {
    const sum = (field: 'records' | 'cpuMs') => workers.reduce((total, { last }) => total + last[field], 0);
    const now = { records: sum('records'), cpuMs: sum('cpuMs'), atMs: performance.now() };
    if (now.records >= wanted) return now;
    if (now.records !== moved.records) moved = now;
    assert.ok(now.atMs - moved.atMs < PATIENCE_MS, `no more than ${now.records} of ${wanted} records are committed`);
    assert.ok(
      workers.every(({ child }) => child.exitCode === null),
      'a worker ended by itself',
    );
    await delay(LOOK_MS);
  }
}
