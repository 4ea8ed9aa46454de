import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const GUARD = fileURLToPath(new URL('guard.ts', import.meta.url));
const LOOK_MS = 50;
/** A server that does not end when asked is killed after this long, ms. */
const STOP_PATIENCE_MS = 20_000;

/** What to start. Everything that the server writes lies in its folder. */
export interface ServerInput {
  /** As it is called in messages: `Kafka`. */
  readonly name: string;
  /** Program and arguments; its working folder is the server's own. */
  command(folder: string): readonly string[] | Promise<readonly string[]>;
  /** Whether it answers. Asked again and again; `log` is what it has printed since this start. */
  ready(log: string): boolean | Promise<boolean>;
  /** How long a start may take, ms. */
  readonly patienceMs?: number;
}

/** A real server with a folder of its own under the system's temporary folder. */
export interface Server {
  readonly folder: string;
  /** Process id of the server itself; changes with every start. */
  readonly pid: number;
  /** Everything it has printed since its last start. */
  log(): string;
  /** Sends a signal to the server: SIGSTOP and SIGCONT hold it up and let it go on. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it (`SIGKILL`: as a power cut would) and keeps its folder. Nothing happens when it is down. */
  down(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same folder and ports, and resolves once it answers. */
  up(): Promise<void>;
  /** `down`, then `up`. */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a server and resolves once it answers. It never outlives the process that started it, however that ends: see
 * guard.ts. It does not keep that process alive either.
 */
export async function startServer(input: ServerInput): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), `harmattan-${input.name.toLowerCase()}-`));
  const running = new RunningServer(input, folder);
  try {
    await running.up();
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}

class RunningServer implements Server {
  readonly folder: string;
  readonly #input: ServerInput;
  #guard: ChildProcessByStdio<Writable, Readable, null> | null = null;
  #pid = 0;
  #starts = 0;

  constructor(input: ServerInput, folder: string) {
    this.#input = input;
    this.folder = folder;
  }

  get pid(): number {
    return this.#pid;
  }

  get #logFile(): string {
    return join(this.folder, `start-${this.#starts}.log`);
  }

  log(): string {
    return readFileSync(this.#logFile, { encoding: 'utf8', flag: 'a+' });
  }

  signal(signal: NodeJS.Signals): void {
    assert.ok(this.#guard, `${this.#input.name} is down`);
    process.kill(this.#pid, signal);
  }

  async up(): Promise<void> {
    const { name, patienceMs = 300_000 } = this.#input;
    assert.equal(this.#guard, null, `${name} is up already`);
    const command = await this.#input.command(this.folder);
    this.#starts++;
    const guard = spawn(process.execPath, [GUARD, this.folder, this.#logFile, ...command], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // Its pipe is what the guard watches; it must not keep the test's process waiting.
    guard.stdin.on('error', () => {});
    guard.unref();
    this.#guard = guard;
    const [first] = (await once(guard.stdout, 'data')) as [Buffer];
    this.#pid = Number(first.toString());
    for (const stream of [guard.stdin, guard.stdout] as unknown as { unref(): void }[]) stream.unref();
    assert.ok(this.#pid > 0, `${name} cannot be started: ${first}`);
    const startedAt = performance.now();
    while (!(await this.#input.ready(this.log()))) {
      const over = guard.exitCode !== null || performance.now() - startedAt > patienceMs;
      assert.ok(!over, `${name} does not answer:\n${this.log().slice(-4000)}`);
      await delay(LOOK_MS);
    }
  }

  async down(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const guard = this.#guard;
    this.#guard = null;
    if (!guard || guard.exitCode !== null) return;
    const gone = once(guard, 'exit');
    guard.ref();
    const timer = setTimeout(() => this.#send('SIGKILL'), STOP_PATIENCE_MS);
    if (this.#pid > 0) this.#send(signal);
    else guard.stdin.end();
    await gone;
    clearTimeout(timer);
  }

  /** It may have ended by itself a moment ago: then its guard is about to say so. */
  #send(signal: NodeJS.Signals): void {
    try {
      process.kill(this.#pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.down(signal);
    await this.up();
  }

  async stop(): Promise<void> {
    await this.down('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Ports of 127.0.0.1 on which nobody listens, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) server.close();
  return ports;
}

/** Whether somebody listens on a port of 127.0.0.1. */
export function listensOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (listens: boolean) => {
      socket.destroy();
      resolve(listens);
    };
    socket.on('connect', () => answer(true)).on('error', () => answer(false));
  });
}
