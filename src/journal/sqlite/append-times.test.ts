import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import type { Journal, JournalRecord } from '../journal.ts';
import { scratchJournal } from './scratch-journal.contract.ts';

const message = (value: string) => ({ key: 'dakar', headers: {}, value: Buffer.from(value) });

async function all(journal: Journal, options: { from?: number; to?: number } = {}): Promise<JournalRecord[]> {
  return [...(await journal.browse({ topic: 'observations', limit: 1000, ...options })).items];
}

test('whatever the clock does, browsing by append time finds exactly what was appended then', async () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: -5, max: 8 }), fc.integer({ min: 1, max: 3 })), { maxLength: 30 });
  const bound = fc.integer({ min: -40, max: 120 });
  await fc.assert(
    fc.asyncProperty(steps, bound, bound, async (appends, from, to) => {
      const log = await scratchJournal();
      try {
        const journal = await log.open();
        const zeroAt = log.clock.now();
        for (const [move, count] of appends) {
          log.clock.set(log.clock.now() + move);
          await journal.append(
            'observations',
            Array.from({ length: count }, () => message('x')),
          );
        }
        const found = await all(journal, { from: zeroAt + from, to: zeroAt + to });
        const expected = (await all(journal)).filter(
          ({ appendedAt }) => appendedAt >= zeroAt + from && appendedAt < zeroAt + to,
        );
        assert.deepEqual(found, expected);
      } finally {
        await log.remove();
      }
    }),
    { numRuns: 40 },
  );
});

test('two processes whose clocks differ leave records that are still found by time', async (t) => {
  const [log, other] = [await scratchJournal(), await scratchJournal()];
  t.after(() => Promise.all([log.remove(), other.remove()]));
  const here = await log.open();
  other.clock.set(log.clock.now() - HOUR_MS);
  const there = await log.open({ clock: other.clock });
  for (let i = 0; i < 10; i++) {
    await here.append('observations', [message(`here ${i}`)]);
    await there.append('observations', [message(`there ${i}`)]);
  }
  const found = await all(here, { from: log.clock.now() - 2 * HOUR_MS, to: log.clock.now() - MINUTE_MS });
  assert.deepEqual(
    found.map(({ value }) => Buffer.from(value).toString()),
    Array.from({ length: 10 }, (_, i) => `there ${i}`),
  );
});

test('a clock that was set back an hour drops nothing early', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ retentionDays: 1 });
  for (let hour = 0; hour < 30; hour++) {
    await journal.append('observations', [message(String(hour))]);
    await log.clock.advanceBy(hour === 20 ? -HOUR_MS : HOUR_MS);
    if (hour === 20) log.clock.set(log.clock.now() - HOUR_MS);
  }
  await journal.trim(log.clock.now());
  const cutoffAt = log.clock.now() - DAY_MS;
  assert.ok((await all(journal)).length >= 24);
  assert.ok((await all(journal)).every(({ appendedAt }) => appendedAt >= cutoffAt));
});

test('a clock that was far ahead for a while does not keep its records, and all behind them, for ever', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ retentionDays: 10 });
  const startedAt = log.clock.now();
  await journal.append('observations', [message('before')]);
  log.clock.set(startedAt + 36_500 * DAY_MS);
  await journal.append('observations', [message('a century ahead')]);
  log.clock.set(startedAt + MINUTE_MS);
  await journal.append('observations', [message('after')]);
  assert.equal(await journal.trim(startedAt + 5 * DAY_MS), 0);
  assert.equal(await journal.trim(startedAt + 11 * DAY_MS), 3);
});

test('a clock that was far behind for a while drops nothing that is young', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ retentionDays: 10 });
  const startedAt = log.clock.now();
  await journal.append('observations', [message('before')]);
  log.clock.set(0);
  await journal.append('observations', [message('in 1970')]);
  log.clock.set(startedAt + MINUTE_MS);
  await journal.append('observations', [message('after')]);
  assert.equal(await journal.trim(startedAt + 5 * DAY_MS), 0);
  assert.equal(await journal.trim(startedAt + 11 * DAY_MS), 3);
});
