import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { HarmattanError } from '../core/errors.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import type { EventLog, EventQuery, ProgramEvent, StoredEvent } from './event-log.ts';

const T0: Instant = Date.UTC(2026, 6, 22);

const event = (minute: number, differs: Partial<ProgramEvent> = {}): ProgramEvent => ({
  at: T0 + minute * MINUTE_MS,
  stage: 'poll',
  level: 'info',
  message: 'A round is over.',
  code: null,
  placeId: null,
  fields: {},
  ...differs,
});

const ALL: EventQuery = { from: T0, to: T0 + 24 * HOUR_MS, limit: 100 };
const minutesOf = (items: readonly StoredEvent[]) => items.map(({ at }) => (at - T0) / MINUTE_MS);

/** What every event log keeps to. `open` makes an empty one that keeps `most` entries. */
export function eventLogContract(
  name: string,
  open: (most: number) => Promise<{ readonly log: EventLog; remove(): Promise<void> }>,
): void {
  describe(`${name} as an event log`, () => {
    let log: EventLog;
    let remove: () => Promise<void>;
    beforeEach(async () => {
      ({ log, remove } = await open(1000));
    });
    afterEach(() => remove());

    it('gives back what was appended, newest first, with ids that ascend', async () => {
      const told = event(1, {
        level: 'warn',
        code: 'HMT_POLL_TIMEOUT',
        placeId: 'kolda',
        fields: { calls: 3, ok: false },
      });
      await log.append([event(0), told]);
      await log.append([event(2)]);
      const { items, nextCursor } = await log.query(ALL);
      assert.deepEqual(minutesOf(items), [2, 1, 0]);
      const [third, second, first] = items.map(({ id }) => id) as [number, number, number];
      assert.ok(first < second && second < third);
      assert.deepEqual({ ...items[1], id: 0 }, { ...told, id: 0 });
      assert.equal(nextCursor, null);
    });

    it('ranges are half-open, and what came while the clock stood back is found in its range', async () => {
      await log.append([event(10), event(30), event(20)]);
      const range = { ...ALL, from: T0 + 10 * MINUTE_MS, to: T0 + 30 * MINUTE_MS };
      assert.deepEqual(minutesOf((await log.query(range)).items), [20, 10]);
    });

    it('finds by stage, place and least level, all at once', async () => {
      await log.append([
        event(0, { stage: 'process', level: 'error', placeId: 'kolda' }),
        event(1, { stage: 'process', level: 'warn', placeId: 'kolda' }),
        event(2, { stage: 'process', level: 'info', placeId: 'kolda' }),
        event(3, { stage: 'poll', level: 'error', placeId: 'kolda' }),
        event(4, { stage: 'process', level: 'error', placeId: 'matam' }),
      ]);
      const minutes = async (query: Partial<EventQuery>) => minutesOf((await log.query({ ...ALL, ...query })).items);
      assert.deepEqual(await minutes({ stage: 'process' }), [4, 2, 1, 0]);
      assert.deepEqual(await minutes({ placeId: 'matam' }), [4]);
      assert.deepEqual(await minutes({ level: 'warn' }), [4, 3, 1, 0]);
      assert.deepEqual(await minutes({ stage: 'process', placeId: 'kolda', level: 'warn' }), [1, 0]);
    });

    it('finds text in the sentence, the code and the facts, whatever its case; signs mean themselves', async () => {
      await log.append([
        event(0, { message: 'Délai dépassé à Kédougou' }),
        event(1, { code: 'HMT_POLL_TIMEOUT' }),
        event(2, { fields: { reason: '100% "busy" * OR NOT (x)', host: 'api' } }),
        event(3),
      ]);
      const minutes = async (text: string) => minutesOf((await log.query({ ...ALL, text })).items);
      assert.deepEqual(await minutes('kédougou'), [0]);
      assert.deepEqual(await minutes('timeout'), [1]);
      assert.deepEqual(await minutes('HMT_POLL'), [1]);
      assert.deepEqual(await minutes('100% "busy" *'), [2]);
      assert.deepEqual(await minutes('host=api'), [2]);
      assert.deepEqual(await minutes('nowhere to be found'), []);
      assert.deepEqual(await minutes('OR NOT'), [2]);
    });

    it('pages give every entry once, whatever arrives in between', async () => {
      await log.append(Array.from({ length: 25 }, (_, minute) => event(minute)));
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<EventLog['query']>> = await log.query({
          ...ALL,
          limit: 4,
          ...(cursor === null ? {} : { cursor }),
        });
        seen.push(...minutesOf(page.items));
        await log.append([event(100 + seen.length)]);
        cursor = page.nextCursor;
      } while (cursor !== null);
      assert.deepEqual(
        seen,
        Array.from({ length: 25 }, (_, index) => 24 - index),
      );
    });

    it('refuses a cursor that is none of its own', async () => {
      await assert.rejects(
        log.query({ ...ALL, cursor: 'made up' }),
        (error) =>
          error instanceof HarmattanError && error.code === 'HMT_HTTP_BAD_PARAMETER' && error.field === 'cursor',
      );
    });

    it('counts by level over equal stretches', async () => {
      await log.append([event(0), event(5, { level: 'error' }), event(59), event(60), event(61, { level: 'warn' })]);
      const range = { from: T0, to: T0 + 2 * HOUR_MS };
      assert.deepEqual(await log.histogram(range, 2), [
        { at: T0, info: 2, warn: 0, error: 1 },
        { at: T0 + HOUR_MS, info: 1, warn: 1, error: 0 },
      ]);
      assert.deepEqual(await log.histogram({ ...range, level: 'error' }, 4), [{ at: T0, info: 0, warn: 0, error: 1 }]);
    });

    it('keeps no more than it may', async () => {
      const small = await open(10);
      try {
        for (let part = 0; part < 5; part++)
          await small.log.append(Array.from({ length: 10 }, (_, index) => event(part * 10 + index)));
        assert.equal(await small.log.trim(), 40);
        assert.equal(await small.log.trim(), 0);
        const { items } = await small.log.query(ALL);
        assert.deepEqual(minutesOf(items), [49, 48, 47, 46, 45, 44, 43, 42, 41, 40]);
        assert.equal((await small.log.query({ ...ALL, text: 'round' })).items.length, 10);
      } finally {
        await small.remove();
      }
    });
  });
}
