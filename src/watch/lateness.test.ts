import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import { type Due, latenessOf } from '../ledger/lateness.ts';
import { freshnessOf } from '../serve/reply.ts';
import { watchOptions } from './config.ts';
import { findAll } from './rule.ts';
import { START_AT, signalsOf, WELL } from './scenario.contract.ts';

const OPTIONS = watchOptions.parse({});
const DUES: readonly Due[] = [
  { everyMs: 15 * MINUTE_MS, graceMs: 5 * MINUTE_MS },
  { everyMs: 60 * MINUTE_MS, graceMs: 5 * MINUTE_MS },
  { everyMs: 10 * MINUTE_MS, graceMs: 30 * MINUTE_MS },
];

/** What the watch makes of one place at an instant. */
function watched(due: Due, reading: { validAt: Instant; slotAt: Instant | null }, at: Instant): string {
  const { validAt, slotAt } = reading;
  const places = {
    kolda: { ...WELL, lastValidAt: validAt, lastSlotAt: slotAt, issuedAt: validAt },
    dakar: { ...WELL, lastValidAt: at, lastSlotAt: at, issuedAt: at },
  };
  const { findings } = findAll(signalsOf({ expected: { ...due, sinceAt: START_AT }, places }), at, OPTIONS, 'UTC');
  const rules = findings.filter(({ placeId }) => placeId === 'kolda').map(({ rule }) => rule);
  return rules.includes('place-missing') ? 'missing' : rules.includes('place-late') ? 'late' : 'fresh';
}

test('the pages and the watch call a place late and missing at the same instants', () => {
  for (const due of DUES) {
    const { lateMs, missingMs } = latenessOf(due);
    for (const validBefore of [0, 10 * MINUTE_MS])
      for (const slotAt of [START_AT, null]) {
        const reading = { validAt: START_AT - validBefore, slotAt };
        const basisAt = slotAt ?? reading.validAt;
        const seen = [lateMs - 1, lateMs, missingMs - 1, missingMs].map((ms) => {
          const [page, watch] = [freshnessOf(reading, due, basisAt + ms), watched(due, reading, basisAt + ms)];
          assert.equal(page, watch, JSON.stringify({ due, reading, ms }));
          return page;
        });
        const between =
          lateMs === missingMs ? ['fresh', 'missing', 'fresh', 'missing'] : ['fresh', 'late', 'late', 'missing'];
        assert.deepEqual(seen, between);
      }
  }
});
