import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams } from 'node:child_process';
import { test } from 'node:test';
import { seededRandom } from '../src/core/random.ts';
import { originalRecord, printed, runProgram, startProgram, stopProgram, temporaryFolder } from './program.ts';

/** `HMT_ROUNDS=2000 node --test test/crash.test.ts` runs more. */
const ROUNDS = Number(process.env.HMT_ROUNDS ?? 200);
const SEED = Number(process.env.HMT_SEED ?? 20_260_722);
/** One line in this many is no record: it must end in quarantine, once. */
const BAD_EVERY = 50;
const FIRST_VALID_AT_S = 1_600_000_000;

/** Line number n, the same in every round: a reading of its own instant, or a line that names itself and is no JSON. */
function lineOf(n: number): string {
  if (n % BAD_EVERY === 0) return `bad line ${n}`;
  return JSON.stringify([originalRecord('Dakar', 14.7333, -17.5, FIRST_VALID_AT_S + n * 60, 20 + (n % 150) / 10)]);
}

/** Feeds lines from `first` on as fast as the process takes them; returns how many it acknowledged when it is gone. */
async function feed(publisher: ChildProcessWithoutNullStreams, first: number): Promise<{ acked: number; sent: number }> {
  let acked = 0;
  let sent = 0;
  publisher.stdout.on('data', (chunk: Buffer) => {
    for (const match of chunk.toString().matchAll(/acked (\d+)\n/g)) acked = Number(match[1]);
  });
  const write = () => {
    let room = true;
    while (room && publisher.stdin.writable && publisher.exitCode === null) {
      let piece = '';
      for (let i = 0; i < 20; i++) piece += `${lineOf(first + sent++)}\n`;
      room = publisher.stdin.write(piece);
      if (sent > 20_000) room = false;
    }
  };
  publisher.stdin.on('drain', write);
  write();
  await new Promise((resolve) => publisher.on('close', resolve));
  return { acked, sent };
}

test(`what was acknowledged is stored or quarantined exactly once after ${ROUNDS} kills`, { timeout: 1_800_000 }, async (t) => {
  const folder = temporaryFolder('crash');
  t.after(() => folder.remove());
  const random = seededRandom(SEED);
  const ackedLines = new Set<number>();
  const sentLines = new Set<number>();
  let next = 1;
  let run = startRunning(folder.path);
  for (let round = 0; round < ROUNDS; round++) {
    if (run.exitCode !== null || run.signalCode !== null) run = startRunning(folder.path);
    const publisher = startProgram(['publish', '--data', folder.path]);
    const fed = feed(publisher, next);
    await printed(publisher, /acked/).catch(() => {});
    // The moment of the kill is what is random here: real time, because two real processes race.
    await new Promise((resolve) => setTimeout(resolve, random() * 120));
    const victim = random();
    if (victim < 0.7) run.kill('SIGKILL');
    publisher.kill('SIGKILL');
    const { acked, sent } = await fed;
    for (let i = 0; i < acked; i++) ackedLines.add(next + i);
    for (let i = 0; i < sent; i++) sentLines.add(next + i);
    next += sent;
    if (victim < 0.7) await stopProgram(run, 'SIGKILL');
  }
  await stopProgram(run, 'SIGKILL');
  assert.ok(ackedLines.size > ROUNDS, `only ${ackedLines.size} lines were acknowledged: the test proves nothing`);

  const drained = await runProgram(['process', '--data', folder.path]);
  assert.equal(drained.code, 0, drained.err);
  const verified = await runProgram(['verify', '--json', '--data', folder.path]);
  assert.equal(verified.code, 0, verified.out + verified.err);
  await recount(folder.path, ackedLines, sentLines);
});

const startRunning = (folder: string) => startProgram(['run', '--data', folder, '--source', 'none', '--only', 'process']);

/** Counts again what `verify` says, from the exports alone. */
async function recount(folder: string, ackedLines: ReadonlySet<number>, sentLines: ReadonlySet<number>): Promise<void> {
  const seen = new Map<number, number>();
  const count = (n: number) => seen.set(n, (seen.get(n) ?? 0) + 1);
  const observations = await runProgram(['export', '--format', 'ndjson', '--data', folder]);
  for (const line of observations.out.split('\n').filter(Boolean)) {
    const row = JSON.parse(line) as { validAt: string; temperatureC: number; corrections: number };
    const n = (Date.parse(row.validAt) / 1000 - FIRST_VALID_AT_S) / 60;
    assert.equal(row.temperatureC, 20 + (n % 150) / 10);
    assert.equal(row.corrections, 0);
    count(n);
  }
  const quarantined = await runProgram(['export', '--format', 'ndjson', '--what', 'quarantine', '--data', folder]);
  for (const line of quarantined.out.split('\n').filter(Boolean)) {
    const { valueBase64 } = JSON.parse(line) as { valueBase64: string };
    const [, n] = /^bad line (\d+)$/.exec(Buffer.from(valueBase64, 'base64').toString()) ?? [];
    assert.ok(n, 'something was quarantined that was never sent');
    count(Number(n));
  }
  const lost = [...ackedLines].filter((n) => !seen.has(n));
  assert.deepEqual(lost, [], 'acknowledged lines are missing');
  for (const [n, times] of seen) {
    assert.equal(times, 1, `line ${n} stands ${times} times`);
    assert.ok(sentLines.has(n), `line ${n} was never sent`);
  }
}
