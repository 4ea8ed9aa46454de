import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Logger } from '../../core/log.ts';
import { DAY_MS, type Instant } from '../../core/time.ts';
import { TOPICS, type Topic } from '../topics.ts';
import type { AppendTimes } from './append-times.ts';
import type { ConsumerRegistry } from './consumer-registry.ts';
import type { Database } from './database.ts';
import { howManyFit, type TopicLog } from './topic-log.ts';

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
const STEP_RECORDS = 1000;
const STEP_BYTES = 4 * 1024 * 1024;

/** Everything of `topic` before the offset `to` goes. */
interface Step {
  readonly topic: Topic;
  readonly to: number;
}

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
    for (const topic of TOPICS) dropped += await this.#dropAll(() => this.#agedStep(topic, now));
    dropped += await this.#dropAll(() => this.#oversizeStep());
    while (db.isOpen && db.read(() => db.shrink())) await turnOfTheLoop();
    return dropped;
  }

  /** Drops step by step, with a turn for others in between, until there is no next step or nothing more goes. */
  async #dropAll(next: () => Step | null): Promise<number> {
    const { db } = this.#input;
    const look = () => (db.isOpen ? db.read(next) : null);
    let dropped = 0;
    for (let step = look(); step !== null; ) {
      const records = await this.#drop(step);
      dropped += records;
      step = records > 0 ? look() : null;
      if (step !== null) await turnOfTheLoop();
    }
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

  /** The next bounded step of what age lets go; `null` when there is nothing. */
  #agedStep(topic: Topic, now: Instant): Step | null {
    const end = this.#agedTo(topic, now);
    const first = this.#input.logs[topic].first();
    if (first >= end) return null;
    const sizes = this.#input.logs[topic].sizes({ from: first, to: end, limit: STEP_RECORDS });
    const last = sizes[howManyFit(sizes, STEP_BYTES) - 1];
    return last ? { topic, to: last.offset + 1 } : null;
  }

  /** Where to drop next because all records together are too large; `null` when they are not or nothing may go. */
  #oversizeStep(): Step | null {
    const { db, logs, retentionBytes } = this.#input;
    const excessBytes = db.usedBytes() - retentionBytes;
    if (excessBytes <= 0) return null;
    const [oldest] = TOPICS.map((topic) => ({ topic, head: logs[topic].at(0), end: this.#essentialFrom(topic) }))
      .flatMap(({ topic, head, end }) => (head && head.offset < end ? [{ topic, head, end }] : []))
      .sort((a, b) => a.head.appendedAt - b.head.appendedAt);
    if (!oldest) return null;
    const { topic, head, end } = oldest;
    // Short steps: each looks again which topic has the oldest records.
    const sizes = logs[topic].sizes({ from: head.offset, to: end, limit: STEP_RECORDS / 10 });
    const last = sizes[howManyFit(sizes, Math.min(excessBytes, STEP_BYTES)) - 1];
    return last ? { topic, to: last.offset + 1 } : null;
  }

  /** Drops everything of a topic before a step's end, as far as essential groups have acknowledged it. */
  async #drop({ topic, to: end }: Step): Promise<number> {
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
