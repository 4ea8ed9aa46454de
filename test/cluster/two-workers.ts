import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { WorkerReport } from '../../bench/cluster/kafka-worker.ts';
import { cleanEnvironment, stopProgram, until } from '../program.ts';

const WORKER = fileURLToPath(new URL('../../bench/cluster/kafka-worker.ts', import.meta.url));
/** A dead member's partitions come to the others within its session, a rebalance and the broker's own start. */
const PATIENCE_MS = 120_000;

/** What the workers share. */
export interface Work {
  readonly brokers: string;
  readonly topic: string;
  /** Where their one store is. */
  readonly folder: string;
  readonly partitions: number;
  readonly sessionS: number;
}

/** One `process` worker in a process of its own. */
export class Worker {
  readonly child: ChildProcess;
  readonly #work: Work;
  #last: WorkerReport = { records: 0, cpuMs: 0, residentBytes: 0, partitions: 0 };

  constructor(t: TestContext, work: Work) {
    this.#work = work;
    const { brokers, topic, folder, partitions, sessionS } = work;
    this.child = spawn(
      process.execPath,
      [
        ...[WORKER, '--brokers', brokers, '--topic', topic, '--folder', folder],
        ...['--partitions', String(partitions), '--session', String(sessionS)],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'], env: cleanEnvironment() },
    );
    t.after(() => this.end('SIGKILL'));
    const { stdout } = this.child;
    assert.ok(stdout);
    createInterface({ input: stdout }).on('line', (line) => {
      this.#last = JSON.parse(line) as WorkerReport;
    });
  }

  /** How many partitions of the readings it says that it has. */
  get partitions(): number {
    return this.#last.partitions;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(signal: 'SIGKILL' | null): Promise<void> {
    if (signal === null) this.child.stdin?.end();
    await stopProgram(this.child as Parameters<typeof stopProgram>[0], signal ?? undefined);
  }

  /** Until it has so many partitions; gives how long that took, ms. */
  async has(what: string, enough: (partitions: number, of: number) => boolean): Promise<number> {
    const startedAt = performance.now();
    const holds = () => {
      assert.equal(this.child.exitCode, null, `${what}: the worker ended by itself`);
      return enough(this.partitions, this.#work.partitions);
    };
    await until(what, holds, PATIENCE_MS);
    return performance.now() - startedAt;
  }
}
