import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../bin/harmattan.ts', import.meta.url));

/** A finished command. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A clean environment: no setting of the machine reaches the program under test. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('HARMATTAN_') && name !== 'NODE_CHANNEL_FD' && name !== 'NODE_TEST_CONTEXT');
  return { ...(Object.fromEntries(kept) as Record<string, string>), NO_COLOR: '1', ...more };
}

/** Starts the real program as a process of its own. */
export function startProgram(args: readonly string[], options: { cwd?: string; env?: Readonly<Record<string, string>> } = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [BINARY, ...args], { env: cleanEnvironment(options.env), ...(options.cwd ? { cwd: options.cwd } : {}) });
  child.stdin.on('error', () => {});
  return child;
}

/** Runs one command to its end. */
export async function runProgram(args: readonly string[], options: { input?: string | Uint8Array; cwd?: string; env?: Readonly<Record<string, string>> } = {}): Promise<Finished> {
  const child = startProgram(args, options);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

/** Resolves with the first match of `pattern` in what the process prints on either stream; rejects when it ends first. */
export function printed(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    const look = (chunk: Buffer) => {
      text += chunk.toString();
      const match = pattern.exec(text);
      if (match) resolve(match);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('close', (code) => reject(new Error(`ended with ${code} before ${pattern} was printed:\n${text}`)));
  });
}

/** Starts `run` on a free port and resolves with its address. */
export async function startRun(folder: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<{ child: ChildProcessWithoutNullStreams; url: string }> {
  const child = startProgram(['run', '--data', folder, '--port', '0', ...args], { env });
  const [, url = ''] = await printed(child, /(http:\/\/127\.0\.0\.1:\d+)/);
  return { child, url };
}

/** Asks the process to end and waits until it has. */
export async function stopProgram(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** A folder that is gone when the test is. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `harmattan-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The original producer's flat record of one place, as its messages hold it. */
export function originalRecord(region: string, latitude: number, longitude: number, validAtSeconds: number, temperatureC: number): Record<string, string | number> {
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
