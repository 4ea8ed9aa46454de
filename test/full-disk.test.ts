import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentOf, exported, getJson, originalRecord, runProgram, startRun, until } from './program.ts';

const MIB = 2 ** 20;
const FIRST_AT_S = 1_600_000_000;

/** Enough lines to fill the small disk several times over. */
const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const n = from + index;
    return `${JSON.stringify([originalRecord('Dakar', 14.7333, -17.5, FIRST_AT_S + 60 * n, 20 + (n % 100) / 10)])}\n`;
  }).join('');

const ackedIn = (out: string) => Number(/acked (\d+)\n$/.exec(out)?.[1] ?? 0);

test('on a disk that is full publish is refused with its reason; what was acknowledged is stored when there is room', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]).status === 0;
  t.after(() => {
    if (mounted) spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  if (!mounted) return t.skip('LEFT OUT: a small file system cannot be mounted here');
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(12 * MIB));
  const run = await startRun(t, ['--data', folder, '--source', 'none']);

  const refused = await runProgram(['publish', '--data', folder], { input: lines(0, 60_000) });
  assert.equal(refused.code, 3, refused.err);
  assert.match(refused.err, /^HMT_JOURNAL_FULL: /);
  assert.doesNotMatch(refused.err, /\n\s+at /);
  const acked = ackedIn(refused.out);
  assert.ok(acked > 100, `only ${acked} fitted`);
  assert.equal(run.child.exitCode, null, 'a full disk ended the program');
  assert.deepEqual(await getJson(`${run.url}/healthz`), { status: 'ok' });

  rmSync(ballast);
  const stored = await until(
    'everything acknowledged is stored',
    async () => {
      const { count } = await rowsOf(folder);
      return count >= acked ? count : null;
    },
    60_000,
  );
  // The append that was refused may have been cut anywhere: nothing of it is there.
  assert.equal(stored, acked);
  const again = await runProgram(['publish', '--data', folder], { input: lines(acked, 10) });
  assert.equal(again.code, 0, again.err);
  await until('the new ones too', async () => (await rowsOf(folder)).count === acked + 10);
  assert.equal((await documentOf<{ ok: boolean }>(['verify', '--data', folder])).ok, true);
  assert.equal((await run.stop()).code, 0);
});

const rowsOf = async (folder: string) => ({ count: (await exported(folder)).length });
