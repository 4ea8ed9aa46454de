import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type LogFields, silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { type ManualClock, MINUTE_MS, manualClock, SECOND_MS } from '../core/time.ts';
import type { Role } from '../folder/role-lock.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { tellOfWorker, workersOf } from './workers.ts';

const startAt = Date.UTC(2026, 6, 22, 12);
let clock: ManualClock;
let store: Store;
let warnings: LogFields[];

beforeEach((t) => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-workers-'));
  clock = manualClock(startAt);
  warnings = [];
  const rest = {
    logger: silentLogger,
    nature: 'live',
    preference: [],
    retentionDays: null,
    watchForeignMs: null,
  } as const;
  store = sqliteStore({ folder, clock, ...rest });
  'after' in t &&
    t.after(async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    });
});

function started(pid: number, roles: readonly Role[]) {
  const stop = new AbortController();
  const logger = { ...silentLogger, warn: (_: string, fields?: LogFields) => void warnings.push(fields ?? {}) };
  const journal = {
    holdings: () => [{ group: 'process', topic: 'observations' as const, partitions: [pid, pid + 1] }],
  };
  const context = { clock, random: seededRandom(1), meter: silentMeter, logger };
  const ended = tellOfWorker({ journal, store } as never, { host: 'one', pid }, roles, context, stop.signal);
  return {
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
const pids = async () => (await workersOf(store.documents, clock.now())).map(({ pid }) => pid);
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10 * SECOND_MS) {
    await clock.advanceTo(clock.now() + 10 * SECOND_MS);
    for (let turns = 0; turns < 20; turns++) await turn();
  }
}

it('shows every process that lives, with what it reads, until it ends or falls silent', async () => {
  const first = started(1, ['process']);
  const second = started(2, ['process', 'serve']);
  await pass(MINUTE_MS);
  const workers = await workersOf(store.documents, clock.now());
  assert.deepEqual(
    workers.map(({ pid, roles, holdings }) => ({ pid, roles, partitions: holdings[0]?.partitions })),
    [
      { pid: 1, roles: ['process'], partitions: [1, 2] },
      { pid: 2, roles: ['process', 'serve'], partitions: [2, 3] },
    ],
  );
  await first.stop();
  assert.deepEqual(await pids(), [2]);
  const now = clock.now();
  assert.equal((await workersOf(store.documents, now + 31 * SECOND_MS)).length, 0, 'nothing was heard for 31 s');
  await second.stop();
  assert.deepEqual(warnings, []);
});

it('warns each of two pollers once, naming the other, and again when it comes back', async () => {
  const first = started(1, ['poll']);
  await pass(MINUTE_MS);
  const second = started(2, ['poll']);
  await pass(MINUTE_MS);
  assert.deepEqual(warnings.map(({ others }) => others).sort(), ['one/1', 'one/2']);
  assert.ok(warnings.every(({ code }) => code === 'HMT_POLL_TWICE'));
  await second.stop();
  await pass(MINUTE_MS);
  const again = started(2, ['poll']);
  await pass(MINUTE_MS);
  assert.equal(warnings.length, 4);
  await first.stop();
  await again.stop();
});

it('forgets a killed process after an hour', async () => {
  const value = { host: 'gone', pid: 9, roles: [], startedAt: startAt, seenAt: startAt, holdings: [] };
  await store.documents.commit([{ collection: 'workers', key: 'gone/9', version: 1, value }]);
  const living = started(1, ['serve']);
  await pass(59 * MINUTE_MS);
  assert.ok(await store.documents.get('workers', 'gone/9'));
  await pass(2 * MINUTE_MS);
  assert.equal(await store.documents.get('workers', 'gone/9'), null);
  await living.stop();
});
