import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type Random, seededRandom } from '../src/core/random.ts';
import {
  documentOf,
  exported,
  letRun,
  originalRecord,
  outputOf,
  startProgram,
  stopProgram,
  temporaryFolder,
  until,
} from './program.ts';

/** `HMT_ROUNDS=2000 node --test test/crash.test.ts` runs more, `HMT_SEED` others. */
const ROUNDS = Number(process.env.HMT_ROUNDS ?? 200);
const SEED = Number(process.env.HMT_SEED ?? 20_260_722);
/** One line in this many is no record: it must end in quarantine, once. */
const BAD_EVERY = 50;
const FIRST_VALID_AT_S = 1_600_000_000;
const PLACES = [
  ['Dakar', 14.7333, -17.5],
  ['Matam', 15.65, -13.25],
  ['Kolda', 12.8833, -14.9667],
] as const;
/** A kill comes at most this long after the victims were seen working. */
const LONGEST_WAIT_MS = 60;

/** Line number n, the same in every round: a reading of its own instant, or a line that names itself and is no JSON. */
function lineOf(n: number): string {
  if (n % BAD_EVERY === 0) return `bad line ${n}`;
  const [region, latitude, longitude] = PLACES[n % PLACES.length] ?? PLACES[0];
  return JSON.stringify([originalRecord(region, latitude, longitude, FIRST_VALID_AT_S + n * 60, temperatureOf(n))]);
}

const temperatureOf = (n: number) => 20 + (n % 150) / 10;

/** A `publish` that is fed as fast as it acknowledges. */
class Publisher {
  readonly child: ChildProcessWithoutNullStreams;
  /** Number of its first line. */
  readonly first: number;
  acked = 0;
  sent = 0;
  readonly #windowLines: number;
  #text = '';

  constructor(folder: string, first: number, random: Random) {
    this.first = first;
    this.#windowLines = [1, 3, 10][Math.floor(random() * 3)] ?? 1;
    this.child = startProgram(['publish', '--data', folder]);
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

/** From outside: the next offset of the process stage and of the journal. Nothing stays open, so that kills leave logs to recover. */
function progress(folder: string): { readonly processed: number; readonly appended: number } {
  const ask = (file: string, sql: string) => {
    const db = new DatabaseSync(join(folder, file), { readOnly: true, timeout: 10_000 });
    try {
      return Number(db.prepare(sql).get()?.next);
    } finally {
      db.close();
    }
  };
  return {
    processed: ask(
      'store.db',
      `SELECT coalesce(max("offset"), 0) AS next FROM group_positions WHERE topic = 'observations'`,
    ),
    appended: ask('journal.db', 'SELECT coalesce(max("offset") + 1, 0) AS next FROM observations'),
  };
}

const startRunning = (folder: string) => startProgram(['run', '--data', folder, '--source', 'none', '--port', '0']);

test(`what was acknowledged is stored or quarantined exactly once after ${ROUNDS} kills`, {
  timeout: 60_000 + ROUNDS * 5_000,
}, async (t) => {
  const folder = temporaryFolder(t, 'crash');
  const random = seededRandom(SEED);
  const acked: boolean[] = [];
  let sent = 0;
  const killed = { publish: 0, run: 0, midPublish: 0, midProcess: 0 };
  await outputOf(['publish', '--data', folder]);
  let publisher = new Publisher(folder, 1, random);
  let run = startRunning(folder);
  t.after(async () => {
    await stopProgram(publisher.child, 'SIGKILL');
    await stopProgram(run, 'SIGKILL');
  });
  for (let round = 0; round < ROUNDS; round++) {
    // Both must be seen at work in this very round before anything is killed.
    const from = { processed: progress(folder).processed, acked: publisher.acked };
    await until(`round ${round}: both work`, () => {
      assert.ok(run.exitCode === null && publisher.child.exitCode === null, `round ${round}: one ended by itself`);
      return publisher.acked > from.acked && progress(folder).processed > from.processed;
    });
    await letRun(random() * LONGEST_WAIT_MS);
    const victim = random();
    const [killsPublish, killsRun] = [victim < 0.6, victim >= 0.4];
    const { processed, appended } = progress(folder);
    if (killsRun) {
      killed.run++;
      if (appended > processed) killed.midProcess++;
      run.kill('SIGKILL');
    }
    if (killsPublish) {
      killed.publish++;
      if (publisher.sent > publisher.acked) killed.midPublish++;
      await publisher.kill();
      for (let i = 0; i < publisher.acked; i++) acked[publisher.first + i] = true;
      sent = publisher.first + publisher.sent - 1;
    }
    if (killsRun) {
      await stopProgram(run, 'SIGKILL');
      run = startRunning(folder);
    }
    if (killsPublish) publisher = new Publisher(folder, sent + 1, random);
  }
  await publisher.kill();
  for (let i = 0; i < publisher.acked; i++) acked[publisher.first + i] = true;
  sent = publisher.first + publisher.sent - 1;
  await stopProgram(run, 'SIGKILL');
  t.diagnostic(`${sent} lines sent, ${acked.filter(Boolean).length} acknowledged; ${JSON.stringify(killed)}`);
  assert.ok(killed.midPublish >= killed.publish * 0.9, 'publish was idle when it was killed');
  assert.ok(killed.midProcess >= killed.run * 0.5, 'run had nothing to do when it was killed');

  await outputOf(['process', '--data', folder]);
  const audit = await documentOf<{ ok: boolean; unread: number; rows: number }>(['verify', '--data', folder]);
  assert.ok(audit.ok && audit.unread === 0);
  assert.equal(await recount(folder, acked, sent), audit.rows);
});

/** Counts again what `verify` says, from the exports alone; returns the number of rows. */
async function recount(folder: string, acked: readonly boolean[], sent: number): Promise<number> {
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
