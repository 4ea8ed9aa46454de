import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const BINARY = fileURLToPath(new URL('../bin/harmattan.ts', import.meta.url));

/** How often a condition of a real process is looked at, ms. */
const LOOK_MS = 10;
/** The longest that anything real may take before a test calls it hung, ms. */
const PATIENCE_MS = 120_000;

/** A finished command. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** As another user: only root can. */
  readonly uid?: number;
}

/**
 * A clean environment: no setting of the machine reaches the program under test. Compiled code is kept between the many
 * processes that the tests start.
 */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('HARMATTAN_') && name !== 'NODE_CHANNEL_FD' && name !== 'NODE_TEST_CONTEXT',
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    NO_COLOR: '1',
    NODE_COMPILE_CACHE: join(tmpdir(), 'harmattan-test-compiled'),
    ...more,
  };
}

/** Starts the real program as a process of its own. */
export function startProgram(args: readonly string[], options: StartOptions = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [BINARY, ...args], {
    env: cleanEnvironment(options.env),
    ...(options.cwd ? { cwd: options.cwd } : {}),
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  child.stdin.on('error', () => {});
  return child;
}

/** Runs one command to its end. */
export async function runProgram(
  args: readonly string[],
  options: StartOptions & { readonly input?: string | Uint8Array } = {},
): Promise<Finished> {
  const child = startProgram(args, options);
  const text = textOf(child);
  child.stdin.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text() };
}

/** Runs one command and returns what it printed; fails when its exit code is not `code`. */
export async function outputOf(
  args: readonly string[],
  options: Parameters<typeof runProgram>[1] & { readonly code?: number } = {},
): Promise<string> {
  const { code, out, err } = await runProgram(args, options);
  assert.equal(
    code,
    options.code ?? 0,
    `${args.join(' ')}: exit ${code}\n${out.slice(0, 3000)}\n${err.slice(0, 3000)}`,
  );
  return out;
}

/** `outputOf` with `--json`, parsed: nothing but one document may stand on stdout. */
export async function documentOf<Document>(
  args: readonly string[],
  options: Parameters<typeof outputOf>[1] = {},
): Promise<Document> {
  return JSON.parse(await outputOf([...args, '--json'], options)) as Document;
}

/** Every exported row. */
export async function exported<Row>(folder: string, ...flags: readonly string[]): Promise<readonly Row[]> {
  const out = await outputOf(['export', '--data', folder, '--format', 'ndjson', ...flags]);
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
}

/** Gathers both streams from now on; the returned function gives what came so far. */
export function textOf(child: ChildProcessWithoutNullStreams): () => { out: string; err: string } {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  return () => ({ out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
}

/** A `run` that answers. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly url: string;
  /** How long it took from the start of the process until the address was printed, ms. */
  readonly addressMs: number;
  /** What it has printed so far. */
  text(): { readonly out: string; readonly err: string };
  /** SIGTERM and its end. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
}

/** Starts `run` on a free port and resolves once it has printed its address. Killed when the test is over. */
export async function startRun(
  t: TestContext,
  args: readonly string[],
  { port = 0, ...options }: StartOptions & { readonly port?: number | null } = {},
): Promise<Running> {
  const startedAt = performance.now();
  const child = startProgram(['run', ...(port === null ? [] : ['--port', String(port)]), ...args], options);
  t.after(() => stopProgram(child, 'SIGKILL'));
  const text = textOf(child);
  const url = await until('the address is printed', () => {
    if (child.exitCode !== null) throw new Error(`run ended with ${child.exitCode}:\n${text().out}${text().err}`);
    return /answers at (http:\/\/[^\s]+)\n/.exec(text().out)?.[1];
  });
  const addressMs = performance.now() - startedAt;
  return {
    child,
    url,
    addressMs,
    text,
    async stop() {
      const askedAt = performance.now();
      const code = await stopProgram(child);
      return { code, tookMs: performance.now() - askedAt };
    },
  };
}

/** Asks the process to end and waits until it has. */
export async function stopProgram(
  child: ChildProcessWithoutNullStreams,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/**
 * The one place where a test waits on real time: looks until `condition` gives something, and fails with `what` when it
 * has not by the deadline. A condition that throws ends the waiting.
 */
export async function until<Found>(
  what: string,
  condition: () => Found | undefined | null | false | Promise<Found | undefined | null | false>,
  deadlineMs = PATIENCE_MS,
): Promise<Found> {
  const enough = new AbortController();
  // Also where the condition itself never answers.
  const over = delay(deadlineMs, undefined, { signal: enough.signal }).then(() =>
    assert.fail(`not within ${deadlineMs} ms: ${what}`),
  );
  over.catch(() => {});
  try {
    for (;;) {
      const found = await Promise.race([condition(), over]);
      if (found !== undefined && found !== null && found !== false) return found;
      await Promise.race([delay(LOOK_MS), over]);
    }
  } finally {
    enough.abort();
  }
}

/** Lets real processes race on for this long: what a random moment is made of. */
export const letRun = (durationMs: number): Promise<void> => delay(durationMs);

/** GET as JSON; fails when the status is another one. */
export async function getJson<Document>(url: string, status = 200): Promise<Document> {
  const response = await fetch(url);
  const text = await response.text();
  assert.equal(response.status, status, `${url}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as Document;
}

/** A folder that is gone when the test is. */
export function temporaryFolder(t: TestContext, name: string): string {
  const path = mkdtempSync(join(tmpdir(), `harmattan-${name}-`));
  // A process that was killed a moment ago may still let go of a file.
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  return path;
}

/** The original producer's flat record of one place, as its messages hold it. */
export function originalRecord(
  region: string,
  latitude: number,
  longitude: number,
  validAtSeconds: number,
  temperatureC: number,
): Record<string, string | number> {
  return {
    lat: latitude,
    lon: longitude,
    timezone: 'Africa/Dakar',
    timezone_offset: 0,
    region_name: region,
    data_dt: validAtSeconds,
    data_sunrise: validAtSeconds - 3600,
    data_sunset: validAtSeconds + 36_000,
    data_temp: temperatureC,
    data_feels_like: temperatureC + 2,
    data_pressure: 1012,
    data_humidity: 66,
    data_dew_point: 22.4,
    data_uvi: 7.1,
    data_clouds: 40,
    data_visibility: 10_000,
    data_wind_speed: 4.12,
    data_wind_deg: 290,
    data_wind_gust: 6.2,
    data_weather_id: 802,
    data_weather_main: 'Clouds',
    data_weather_description: 'scattered clouds',
    data_weather_icon: '03d',
  };
}
