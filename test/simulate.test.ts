import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentOf, outputOf, runProgram, temporaryFolder } from './program.ts';

/** `HMT_DAYS=30 node --test test/simulate.test.ts` lives through a month. */
const DAYS = process.env.HMT_DAYS ?? '2';

interface AlertsDocument {
  readonly alerts: readonly unknown[];
  readonly sent: readonly unknown[];
}

test(`${DAYS} simulated days with every fault give the same bytes twice, nothing lost, doubled, silent or leaked`, async (t) => {
  const folder = join(temporaryFolder(t, 'simulate'), 'kept');
  const args = ['simulate', '--days', DAYS, '--seed', '7', '--faults', 'all', '--json'];
  const [once, again] = await Promise.all([outputOf(args), outputOf([...args, '--data', folder])]);
  assert.equal(once, again);
  const { holesSilent, quotaOverspent, lost, doubled, secretsLeaked, findings, faultsMet, slots } = JSON.parse(once);
  assert.deepEqual(
    { holesSilent, quotaOverspent, lost, doubled, secretsLeaked, findings },
    {
      holesSilent: 0,
      quotaOverspent: 0,
      lost: 0,
      doubled: 0,
      secretsLeaked: 0,
      findings: [],
    },
  );
  assert.ok(Object.keys(faultsMet).length > 10, 'too few faults were met for this to prove anything');
  assert.ok(slots.arrived > 0 && slots.backfilled > 0, once);
  const past = await documentOf<AlertsDocument>(['alerts', 'dry-run', '--data', folder]);
  assert.deepEqual(past.alerts, JSON.parse(once).alerts);
  assert.deepEqual(past.alerts, past.sent);
  assert.ok(past.alerts.length > 0, JSON.stringify(past));
});

test('a simulation that cannot be is refused in a sentence', async () => {
  for (const args of [
    ['--days', '0', '--seed', '1'],
    ['--days', '1', '--seed', '1', '--faults', 'outrage'],
    ['--days', '1', '--seed', 'x'],
  ]) {
    const { code, out, err } = await runProgram(['simulate', ...args]);
    assert.equal(code, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(err, /^HMT_[A-Z_]+: /);
  }
});
