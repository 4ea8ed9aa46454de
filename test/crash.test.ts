import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { seededRandom } from '../src/core/random.ts';
import { Publisher, recount } from './crash-lines.ts';
import { documentOf, letRun, outputOf, startProgram, stopProgram, temporaryFolder, until } from './program.ts';

/** `HMT_ROUNDS=2000 node --test test/crash.test.ts` runs more, `HMT_SEED` others. */
const ROUNDS = Number(process.env.HMT_ROUNDS ?? 200);
const SEED = Number(process.env.HMT_SEED ?? 20_260_722);
/** A kill comes at most this long after the victims were seen working. */
const LONGEST_WAIT_MS = 60;

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
