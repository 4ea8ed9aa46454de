import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Random } from '../src/core/random.ts';
import { exported, originalRecord, startProgram } from './program.ts';

/** One line in this many is no record: it must end in quarantine, once. */
const BAD_EVERY = 50;
const FIRST_VALID_AT_S = 1_600_000_000;
const PLACES = [
  ['Dakar', 14.7333, -17.5],
  ['Matam', 15.65, -13.25],
  ['Kolda', 12.8833, -14.9667],
] as const;
/** Line number n, the same in every round: a reading of its own instant, or a line that names itself and is no JSON. */
function lineOf(n: number): string {
  if (n % BAD_EVERY === 0) return `bad line ${n}`;
  const [region, latitude, longitude] = PLACES[n % PLACES.length] ?? PLACES[0];
  return JSON.stringify([originalRecord(region, latitude, longitude, FIRST_VALID_AT_S + n * 60, temperatureOf(n))]);
}

const temperatureOf = (n: number) => 20 + (n % 150) / 10;

/** A `publish` that is fed as fast as it acknowledges. */
export class Publisher {
  readonly child: ChildProcessWithoutNullStreams;
  /** Number of its first line. */
  readonly first: number;
  acked = 0;
  sent = 0;
  readonly #windowLines: number;
  #text = '';

  constructor(folder: string, first: number, random: Random, env: Readonly<Record<string, string>> = {}) {
    this.first = first;
    this.#windowLines = [1, 3, 10][Math.floor(random() * 3)] ?? 1;
    this.child = startProgram(['publish', '--data', folder], { env });
    this.child.stdout.on('data', (chunk: Buffer) => {
      const lines = (this.#text + chunk.toString()).split('\n');
      this.#text = lines.pop() ?? '';
      for (const line of lines) this.acked = Number(line.slice('acked '.length));
      this.#feed();
    });
    this.#feed();
  }

  /** Lines are written while so many are without an answer; the last one of a piece may be cut by the pipe. */
  #feed(): void {
    let piece = '';
    while (this.sent - this.acked < this.#windowLines) piece += `${lineOf(this.first + this.sent++)}\n`;
    if (piece !== '' && this.child.stdin.writable) this.child.stdin.write(piece);
  }

  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Counts again what `verify` says, from the exports alone; returns the number of rows. */
export async function recount(folder: string, acked: readonly boolean[], sent: number): Promise<number> {
  const seen = new Map<number, number>();
  const count = (n: number) => seen.set(n, (seen.get(n) ?? 0) + 1);
  const rows = await exported<{ validAt: string; temperatureC: number; corrections: number }>(folder);
  for (const { validAt, temperatureC, corrections } of rows) {
    const n = (Date.parse(validAt) / 1000 - FIRST_VALID_AT_S) / 60;
    assert.equal(temperatureC, temperatureOf(n));
    assert.equal(corrections, 0);
    count(n);
  }
  for (const { valueBase64 } of await exported<{ valueBase64: string }>(folder, '--what', 'quarantine')) {
    const [, n] = /^bad line (\d+)$/.exec(Buffer.from(valueBase64, 'base64').toString()) ?? [];
    assert.ok(n, 'something was quarantined that was never sent');
    count(Number(n));
  }
  const lost = acked.flatMap((is, n) => (is && !seen.has(n) ? [n] : []));
  assert.deepEqual(lost, [], 'acknowledged lines are missing');
  for (const [n, times] of seen) {
    assert.equal(times, 1, `line ${n} stands ${times} times`);
    assert.ok(n >= 1 && n <= sent, `line ${n} was never sent`);
  }
  return rows.length;
}
