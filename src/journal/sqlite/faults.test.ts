import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { HarmattanError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { DAY_MS, manualClock } from '../../core/time.ts';
import type { Journal, JournalMessage } from '../journal.ts';
import { sqliteJournal } from './journal.ts';
import { MIGRATIONS } from './schema.ts';
import { type ScratchJournal, scratchJournal } from './scratch-journal.contract.ts';

const MIB = 1024 * 1024;

async function scratch(t: TestContext): Promise<ScratchJournal> {
  const log = await scratchJournal();
  t.after(() => log.remove());
  return log;
}

const sized = (name: string, bytes: number): JournalMessage => ({
  key: 'dakar',
  headers: { name },
  value: Buffer.alloc(bytes, name),
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing was thrown';
  } catch (error) {
    assert.ok(error instanceof HarmattanError, String(error));
    assert.ok(error.detail, `${error.code} says nothing about where`);
    return error.code;
  }
}

const namesIn = async (journal: Journal) =>
  (await journal.browse({ topic: 'observations', limit: 5000 })).items.map((record) => record.headers.name);

/** Appends until the disk is full; returns the names that were acknowledged. */
async function fill(journal: Journal, bytes: number): Promise<{ acked: string[]; refused: string }> {
  const acked: string[] = [];
  for (;;) {
    const name = `n${acked.length}`;
    const code = await codeOf(journal.append('observations', [sized(name, bytes)]));
    if (code !== 'nothing was thrown') {
      assert.equal(code, 'HMT_JOURNAL_FULL');
      return { acked, refused: name };
    }
    acked.push(name);
    assert.ok(acked.length < 5000, 'the disk never filled');
  }
}

/** A full disk refuses, keeps what it acknowledged, stays readable, and takes appends again once there is room. */
async function livesThroughFullDisk(open: () => Promise<Journal>, makeRoom: (journal: Journal) => Promise<Journal>) {
  let journal = await open();
  const { acked, refused } = await fill(journal, 50_000);
  assert.ok(acked.length > 5, `only ${acked.length} fitted`);
  assert.equal(await codeOf(journal.append('observations', [sized('x', 10), sized('y', 400_000)])), 'HMT_JOURNAL_FULL');
  assert.deepEqual(await namesIn(journal), acked);
  await journal.close();
  journal = await makeRoom(await open());
  const left = await namesIn(journal);
  assert.deepEqual(left, acked.slice(acked.length - left.length), 'something acknowledged is gone');
  await journal.append('observations', [sized('after', 50_000)]);
  const after = await namesIn(journal);
  assert.equal(after.at(-1), 'after');
  assert.ok(!after.includes(refused) && !after.includes('x'), 'something refused is there');
  await journal.close();
}

test('a full disk refuses appends; nothing acknowledged is lost; it goes on when there is room', async (t) => {
  const log = await scratch(t);
  await livesThroughFullDisk(
    () => log.open({ maxFileBytes: 2 * MIB }),
    async (full) => {
      await full.close();
      return log.open({ maxFileBytes: 4 * MIB });
    },
  );
});

test('on a full disk retention makes room', async (t) => {
  const log = await scratch(t);
  await livesThroughFullDisk(
    () => log.open({ maxFileBytes: 2 * MIB, retentionDays: 1 }),
    async (full) => {
      await log.clock.advanceBy(DAY_MS + 1);
      assert.ok((await full.trim(log.clock.now())) > 5);
      return full;
    },
  );
});

test('on a file system that is really full it is the same', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-full-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]).status === 0;
  t.after(() => {
    if (mounted) spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  if (!mounted) return t.skip('a small file system cannot be mounted here');
  const clock = manualClock(Date.UTC(2026, 6, 22));
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(MIB));
  await livesThroughFullDisk(
    () => sqliteJournal({ folder, clock, logger: silentLogger, watchForeignMs: null }),
    async (full) => {
      rmSync(ballast);
      return full;
    },
  );
});

test('on a full disk a consumer can begin, read and acknowledge', async (t) => {
  const log = await scratch(t);
  const journal = await log.open({ maxFileBytes: 2 * MIB });
  const { acked } = await fill(journal, 50_000);
  const options = {
    topics: ['observations'],
    group: 'process',
    essential: true,
    maxRecords: 10,
    maxBytes: MIB,
  } as const;
  const consumer = await journal.consume({ ...options, startFrom: async () => [] });
  const delivery = await consumer.read();
  assert.ok(delivery && delivery.records.length === 10 && acked.length >= 10);
  await delivery.ack();
  assert.equal((await journal.consumers())[0]?.lagMessages, acked.length - 10);
});

test('an append that fails does not take those beside it along', async (t) => {
  const log = await scratch(t);
  const journal = await log.open({ maxFileBytes: 2 * MIB });
  const [small, large, other] = await Promise.all([
    codeOf(journal.append('observations', [sized('small', 100)])),
    codeOf(journal.append('observations', [sized('large', 4 * MIB)])),
    codeOf(journal.append('polls', [sized('other', 100)])),
  ]);
  assert.deepEqual([small, large, other], ['nothing was thrown', 'HMT_JOURNAL_FULL', 'nothing was thrown']);
  assert.deepEqual(await namesIn(journal), ['small']);
  assert.equal((await journal.browse({ topic: 'polls', limit: 5 })).items.length, 1);
  await journal.append('observations', [sized('next', 100)]);
  const { items } = await journal.browse({ topic: 'observations', limit: 5 });
  assert.deepEqual(
    items.map((record) => record.offset),
    [0, 1],
    'an append that failed has used offsets up',
  );
});

test('a message that cannot be written keeps its whole append out, and the next one goes in', async (t) => {
  const log = await scratch(t);
  const journal = await log.open();
  const unwritable = { ...sized('b', 10), headers: { n: 1n as unknown as string } };
  await assert.rejects(journal.append('observations', [sized('a', 10), unwritable]), TypeError);
  await journal.append('observations', [sized('c', 10)]);
  assert.deepEqual(await namesIn(journal), ['c']);
});

/** Runs `work` as a user for whom permissions count. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  const { seteuid, geteuid } = process;
  if (!seteuid || geteuid?.() !== 0) return work();
  seteuid(65_534);
  try {
    return await work();
  } finally {
    seteuid(0);
  }
}

test('a folder that cannot be written is named', async (t) => {
  const log = await scratch(t);
  const open = (folder: string) =>
    sqliteJournal({ folder, clock: log.clock, logger: silentLogger, watchForeignMs: null });
  chmodSync(log.folder, 0o555);
  assert.equal(await codeOf(unprivileged(() => open(log.folder))), 'HMT_FOLDER_READ_ONLY');
  assert.equal(await codeOf(unprivileged(() => open(join(log.folder, 'new')))), 'HMT_FOLDER_READ_ONLY');
  chmodSync(log.folder, 0o755);
});

test('a journal that cannot be written is named', async (t) => {
  const log = await scratch(t);
  const journal = await log.open();
  await journal.append('observations', [sized('kept', 10)]);
  await journal.close();
  chmodSync(join(log.folder, 'journal.db'), 0o444);
  chmodSync(log.folder, 0o555);
  assert.equal(await codeOf(unprivileged(() => log.open())), 'HMT_FOLDER_READ_ONLY');
  chmodSync(join(log.folder, 'journal.db'), 0o644);
  chmodSync(log.folder, 0o755);
  assert.deepEqual(await namesIn(await log.open()), ['kept']);
});

test('a journal of a newer version is refused and left as it is', async (t) => {
  const log = await scratch(t);
  await (await log.open()).close();
  const path = join(log.folder, 'journal.db');
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  db.close();
  const before = readFileSync(path);
  assert.equal(await codeOf(log.open()), 'HMT_JOURNAL_NEWER');
  assert.deepEqual(readFileSync(path), before);
});

test('a file that is no journal, or a damaged one, is refused and left as it is', async (t) => {
  const log = await scratch(t);
  const path = join(log.folder, 'journal.db');
  const refusedAs = async (code: string) => {
    const before = readFileSync(path);
    assert.equal(await codeOf(log.open()), code);
    assert.deepEqual(readFileSync(path), before);
    rmSync(path);
  };
  writeFileSync(path, Buffer.alloc(8192, 'this is no database'));
  await refusedAs('HMT_JOURNAL_DAMAGED');
  const foreign = new DatabaseSync(path);
  foreign.exec('CREATE TABLE songs (title TEXT)');
  foreign.close();
  await refusedAs('HMT_JOURNAL_DAMAGED');
  await (await log.open()).close();
  truncateSync(path, 8192);
  await refusedAs('HMT_JOURNAL_DAMAGED');
  mkdirSync(path);
  assert.equal(await codeOf(log.open()), 'HMT_JOURNAL_UNAVAILABLE');
});

test('damage that appears while it is open is told as such', async (t) => {
  const log = await scratch(t);
  const journal = await log.open();
  for (let i = 0; i < 200; i++) await journal.append('observations', [sized(`n${i}`, 3000)]);
  await journal.close();
  const path = join(log.folder, 'journal.db');
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 20 * 4096, bytes.length - 4096);
  writeFileSync(path, bytes);
  const damaged = await log.open();
  assert.equal(await codeOf(namesIn(damaged)), 'HMT_JOURNAL_DAMAGED');
});

test('while another process writes, an append waits its turn and the event loop goes on', async (t) => {
  const log = await scratch(t);
  const journal = await log.open();
  const other = new DatabaseSync(join(log.folder, 'journal.db'));
  t.after(() => other.close());
  await journal.append('observations', [sized('before', 10)]);
  const options = {
    topics: ['observations'],
    group: 'process',
    essential: true,
    maxRecords: 10,
    maxBytes: MIB,
  } as const;
  const consumer = await journal.consume({ ...options, startFrom: async () => [] });
  const delivery = await consumer.read();
  other.exec('BEGIN IMMEDIATE');
  let done = 0;
  const appends = ['first', 'second', 'third'].map((name) =>
    journal.append('observations', [sized(name, 10)]).then(() => done++),
  );
  const startedAt = performance.now();
  await delivery?.ack();
  await log.clock.advanceBy(2000);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(performance.now() - startedAt < 5000, 'the event loop stood still');
  assert.equal(done, 0);
  other.exec('COMMIT');
  await Promise.all(appends);
  assert.deepEqual(await namesIn(journal), ['before', 'first', 'second', 'third']);
});
