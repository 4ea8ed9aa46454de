import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../core/log.ts';
import { seededRandom } from '../../core/random.ts';
import { manualClock } from '../../core/time.ts';
import type { Journal } from '../journal.ts';
import { PAGE_BYTES } from './database.ts';
import { sqliteJournal } from './journal.ts';

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;

/** The end of the last commit in a write-ahead log: what the last fsync before an acknowledgement covered. */
function endOfLastCommit(wal: Buffer): number {
  const salt = wal.subarray(16, 24);
  let end = WAL_HEADER_BYTES;
  for (let at = WAL_HEADER_BYTES; at + FRAME_BYTES <= wal.length; at += FRAME_BYTES) {
    if (!wal.subarray(at + 8, at + 16).equals(salt)) break;
    if (wal.readUInt32BE(at + 4) !== 0) end = at + FRAME_BYTES;
  }
  return end;
}

/** What a power cut may leave behind the last fsync. Every one keeps the bytes before `end`. */
const TORN: Readonly<Record<string, (wal: Buffer, end: number, random: () => number) => Buffer>> = {
  'nothing at all': (wal, end) => wal.subarray(0, end),
  'random bytes': (wal, end, random) =>
    Buffer.concat([wal.subarray(0, end), Buffer.from({ length: 9000 } as ArrayLike<number>).map(() => random() * 256)]),
  zeros: (wal, end) => Buffer.concat([wal.subarray(0, end), Buffer.alloc(3 * FRAME_BYTES)]),
  'half a frame': (wal, end) => wal.subarray(0, end + Math.min(FRAME_BYTES / 2, wal.length - end)),
  'the next commit without its end': (wal) => wal.subarray(0, wal.length - FRAME_BYTES),
  'the next commit with a page cut short': (wal) => wal.subarray(0, wal.length - 100),
  'the next commit with one bit turned': (wal, end, random) => {
    const torn = Buffer.from(wal);
    const at = end + Math.floor(random() * (wal.length - end));
    torn[at] = (torn[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    return torn;
  },
  'the next commit with a page of zeros in it': (wal, end) => {
    const torn = Buffer.from(wal);
    torn.fill(0, end + FRAME_HEADER_BYTES, end + FRAME_BYTES);
    return torn;
  },
  'an old frame once more': (wal, end) =>
    Buffer.concat([wal.subarray(0, end), wal.subarray(WAL_HEADER_BYTES, WAL_HEADER_BYTES + 2 * FRAME_BYTES)]),
};

const batch = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    key: `place-${i % 5}`,
    headers: { name: `${name}/${i}` },
    value: Buffer.alloc(700, name),
  }));

async function namesIn(journal: Journal): Promise<(string | undefined)[]> {
  const { items } = await journal.browse({ topic: 'observations', limit: 10_000 });
  for (const { headers, value } of items) {
    const name = headers.name?.split('/')[0] ?? '';
    assert.deepEqual(Buffer.from(value), Buffer.alloc(700, name), `the bytes of ${headers.name} are wrong`);
  }
  return items.map((record) => record.headers.name);
}

for (const [what, tear] of Object.entries(TORN))
  test(`after a power cut that left ${what} behind the last fsync, every acknowledged record is read`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'harmattan-torn-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const open = (name: string) =>
      sqliteJournal({ folder: join(folder, name), clock, logger: silentLogger, watchForeignMs: null });
    const clock = manualClock(0);
    const random = seededRandom(5, what);
    const journal = await open('live');
    const acked: (string | undefined)[] = [];
    for (let round = 0; round < 12; round++) {
      const messages = batch(`round${round}`, 1 + Math.floor(random() * 40));
      await journal.append('observations', messages);
      acked.push(...messages.map((message) => message.headers.name));
      // The files as they are on the disk at the moment of the acknowledgement, and with a commit that never was.
      const wal = join(folder, 'live', 'journal.db-wal');
      const end = endOfLastCommit(readFileSync(wal));
      const copy = join(folder, `copy${round}`);
      await (await open(`copy${round}`)).close();
      copyFileSync(join(folder, 'live', 'journal.db'), join(copy, 'journal.db'));
      const unacked = batch('unacked', 30);
      const next = journal.append('observations', unacked);
      await next;
      acked.push(...unacked.map((message) => message.headers.name));
      assert.ok(existsSync(wal));
      writeFileSync(join(copy, 'journal.db-wal'), tear(readFileSync(wal), end, random));

      const recovered = await open(`copy${round}`);
      const expected = acked.slice(0, acked.length - unacked.length);
      assert.deepEqual(await namesIn(recovered), expected);
      await recovered.append('observations', batch('afterwards', 2));
      assert.deepEqual(await namesIn(recovered), [...expected, 'afterwards/0', 'afterwards/1']);
      await recovered.close();
    }
    await journal.close();
  });
