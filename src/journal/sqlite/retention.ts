import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Logger } from '../../core/log.ts';
import { DAY_MS, type Instant } from '../../core/time.ts';
import { TOPICS, type Topic } from '../topics.ts';
import type { AppendTimes } from './append-times.ts';
import type { ConsumerRegistry } from './consumer-registry.ts';
import type { Database } from './database.ts';
import type { TopicLog } from './topic-log.ts';

export interface RetentionInput {
  readonly db: Database;
  readonly logs: Readonly<Record<Topic, TopicLog>>;
  readonly times: Readonly<Record<Topic, AppendTimes>>;
  readonly registry: ConsumerRegistry;
  readonly logger: Logger;
  readonly retentionDays: number;
  readonly retentionBytes: number;
  readonly optionalHoldDays: number;
}

/** One transaction drops at most this much: a few milliseconds, after which others have their turn. */
const STEP_RECORDS = 2000;
const STEP_BYTES = 8 * 1024 * 1024;

/**
 * Drops records from the front of the topics, by age and then by size.
 *
 * By age: what is older than `retentionDays`; records that an optional group has not read yet stay `optionalHoldDays`
 * longer. By size: the oldest of all topics while everything together takes more than `retentionBytes`, read by
 * optional groups or not. Neither ever drops what an essential group has not acknowledged.
 */
export class Retention {
  readonly #input: RetentionInput;

  constructor(input: RetentionInput) {
    this.#input = input;
  }

  /** Returns how many records went. */
  async trim(now: Instant): Promise<number> {
    const { db, registry } = this.#input;
    registry.write();
    let dropped = 0;
    for (const topic of TOPICS) {
      for (let to = this.#nextStep(topic, this.#agedTo(topic, now)); to !== null; ) {
        dropped += await this.#drop(topic, to);
        to = this.#nextStep(topic, this.#agedTo(topic, now));
        if (to !== null) await turnOfTheLoop();
        if (!db.isOpen) return dropped;
      }
    }
    for (let step = this.#oversizeStep(); step !== null; ) {
      dropped += await this.#drop(step.topic, step.to);
      step = this.#oversizeStep();
      if (step !== null) await turnOfTheLoop();
      if (!db.isOpen) return dropped;
    }
    while (db.isOpen && db.read(() => db.shrink())) await turnOfTheLoop();
    return dropped;
  }

  /** The first offset that age alone does not let go. */
  #agedTo(topic: Topic, now: Instant): number {
    const { times, registry, retentionDays, optionalHoldDays } = this.#input;
    const retainedFrom = now - retentionDays * DAY_MS;
    const aged = times[topic].frontBefore(retainedFrom, now);
    const unread = registry.rows().filter((row) => row.topic === topic && !row.essential && row.position < aged);
    if (unread.length === 0) return Math.min(aged, this.#essentialFrom(topic));
    const heldFrom = times[topic].frontBefore(retainedFrom - optionalHoldDays * DAY_MS, now);
    const readTo = Math.min(...unread.map((row) => row.position));
    return Math.min(Math.max(readTo, heldFrom), this.#essentialFrom(topic));
  }

  /** The first offset that an essential group has not acknowledged. */
  #essentialFrom(topic: Topic): number {
    const rows = this.#input.registry.rows().filter((row) => row.topic === topic && row.essential);
    return Math.min(...rows.map((row) => row.position), this.#input.logs[topic].next());
  }

  /** The end of the next bounded step towards `end`, or `null` when there is nothing to drop. */
  #nextStep(topic: Topic, end: number): number | null {
    const first = this.#input.logs[topic].first();
    if (first >= end) return null;
    const sizes = this.#input.logs[topic].sizes({ from: first, to: end, limit: STEP_RECORDS });
    let bytes = 0;
    for (const { offset, bytes: size } of sizes) {
      bytes += size;
      if (bytes > STEP_BYTES) return offset + 1;
    }
    return sizes.length < STEP_RECORDS ? end : (sizes.at(-1)?.offset ?? end) + 1;
  }

  /** Where to drop next because all records together are too large; `null` when they are not or nothing may go. */
  #oversizeStep(): { readonly topic: Topic; readonly to: number } | null {
    const { db, logs, retentionBytes } = this.#input;
    let excessBytes = db.read(() => db.usedBytes()) - retentionBytes;
    if (excessBytes <= 0) return null;
    const [oldest] = TOPICS.map((topic) => ({ topic, head: logs[topic].at(0), end: this.#essentialFrom(topic) }))
      .flatMap(({ topic, head, end }) => (head && head.offset < end ? [{ topic, head, end }] : []))
      .sort((a, b) => a.head.appendedAt - b.head.appendedAt);
    if (!oldest) return null;
    const { topic, head, end } = oldest;
    for (const { offset, bytes } of logs[topic].sizes({ from: head.offset, to: end, limit: STEP_RECORDS / 10 })) {
      excessBytes -= bytes;
      if (excessBytes <= 0) return { topic, to: offset + 1 };
    }
    return { topic, to: Math.min(end, head.offset + STEP_RECORDS / 10) };
  }

  /** Drops everything of a topic before `end`, as far as essential groups have acknowledged it. */
  async #drop(topic: Topic, end: number): Promise<number> {
    const { db, times, registry, logger } = this.#input;
    const dropped = await db.writeInTurn('memory', () => {
      // Asked again under the lock: a group of another process may have gone back to an earlier position.
      const to = Math.min(end, this.#essentialFrom(topic));
      const losses = registry.countLost(topic, to);
      const { changes } = db.statement(`DELETE FROM ${topic} WHERE "offset" < ?`).run(to);
      times[topic].dropBefore(to);
      db.statement('UPDATE topics SET nextOffset = max(nextOffset, ?) WHERE topic = ?').run(to, topic);
      return { losses, records: Number(changes) };
    });
    for (const { group, records } of dropped.losses)
      logger.warn('Retention dropped records that an optional consumer had not read.', { group, topic, records });
    return dropped.records;
  }
}
