import type { Instant } from '../../core/time.ts';
import type { Database } from './database.ts';
import type { TopicLog } from './topic-log.ts';

/** Offsets `[from, to)`. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Finds records by append time without an index. Offsets ascend with the clock except where it was set back; those
 * places are kept in `clock_steps`, so that between two of them a binary search is exact, whatever the clock did.
 */
export interface AppendTimes {
  /** Ranges of offsets that hold exactly the records appended in `[from, to)`, ascending. */
  ranges(from: Instant, to: Instant): readonly OffsetRange[];
  /**
   * The first offset that must stay when everything appended before `cutoffAt` may go from the front. A record that is
   * dated after `now` (the clock was ahead once) is as old as the one after it.
   */
  frontBefore(cutoffAt: Instant, now: Instant): number;
  /** Called in the transaction that appends a record from `offset` on after the clock was set back. */
  addStep(offset: number): void;
  /** Called in the transaction that drops everything before `offset`. */
  dropBefore(offset: number): void;
}

export function appendTimes(db: Database, log: TopicLog): AppendTimes {
  const runs = (): OffsetRange[] => {
    const first = log.first();
    const steps = db
      .query<[number]>('SELECT "offset" FROM clock_steps WHERE topic = ? AND "offset" > ? ORDER BY "offset"')
      .all(log.topic, first)
      .map(([offset]) => offset);
    const starts = [first, ...steps];
    return starts.map((from, index) => ({ from, to: starts[index + 1] ?? log.next() }));
  };
  /** First offset of a run that was appended at or after `at`; the run's end when none was. */
  const firstAtOrAfter = (at: Instant, run: OffsetRange): number => {
    let { from, to } = run;
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      const record = log.at(middle);
      if (record === null || record.offset >= to || record.appendedAt >= at) to = middle;
      else from = record.offset + 1;
    }
    return from;
  };
  return {
    ranges: (from, to) =>
      runs()
        .map((run) => ({ from: firstAtOrAfter(from, run), to: firstAtOrAfter(to, run) }))
        .filter((range) => range.from < range.to),
    frontBefore(cutoffAt, now) {
      let front = log.first();
      for (const run of runs()) {
        const expiredTo = firstAtOrAfter(cutoffAt, run);
        if (expiredTo > run.from) front = expiredTo;
        if (expiredTo < firstAtOrAfter(now + 1, run)) break;
      }
      return front;
    },
    addStep(offset) {
      db.statement('INSERT OR IGNORE INTO clock_steps VALUES (?, ?)').run(log.topic, offset);
    },
    dropBefore(offset) {
      db.statement('DELETE FROM clock_steps WHERE topic = ? AND "offset" <= ?').run(log.topic, offset);
    },
  };
}
