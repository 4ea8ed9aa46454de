import { HarmattanError } from '../../core/errors.ts';
import type { Clock, Instant } from '../../core/time.ts';
import type { ConsumerStatus } from '../journal.ts';
import { TOPICS, type Topic } from '../topics.ts';
import type { Database } from './database.ts';
import type { TopicLog } from './topic-log.ts';

/** How far a group is in one topic: everything before `position`, and in some partitions what lies `ahead` of it. */
export interface Reached {
  readonly position: number;
  readonly ahead: Readonly<Record<number, number>> | null;
}

/** A row of the registry. */
export interface Registered extends Reached {
  readonly group: string;
  readonly topic: Topic;
  readonly essential: boolean;
  readonly lost: number;
  readonly lastAckAt: Instant | null;
}

/** What was acknowledged and not written yet. */
interface Pending extends Reached {
  readonly group: string;
  readonly topic: Topic;
  readonly lastAckAt: Instant;
}

/** Acknowledgements are hints: they are written together, at most this often while work is going on. */
const WRITE_EVERY_MS = 1000;

/** Reduces positions by partition to what the registry keeps. */
export function reachedOf(positions: readonly number[]): Reached {
  const position = Math.min(...positions);
  const ahead = Object.fromEntries([...positions.entries()].filter(([, offset]) => offset > position));
  return { position, ahead: Object.keys(ahead).length === 0 ? null : ahead };
}

/** Who reads the journal, and how far each is: what retention and lag are computed from. */
export class ConsumerRegistry {
  readonly #db: Database;
  readonly #logs: Readonly<Record<Topic, TopicLog>>;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  #writtenAt: Instant;

  constructor(db: Database, logs: Readonly<Record<Topic, TopicLog>>, clock: Clock) {
    this.#db = db;
    this.#logs = logs;
    this.#clock = clock;
    this.#writtenAt = clock.now();
  }

  /** Makes a group known, so that from now on records are kept for it; topics it no longer reads are forgotten. */
  async register(group: string, topics: readonly Topic[], essential: boolean): Promise<void> {
    const known = this.rows().filter((row) => row.group === group);
    const same = known.length === topics.length && known.every((row) => row.essential === essential);
    if (same && topics.every((topic) => known.some((row) => row.topic === topic))) return;
    await this.#db.writeInTurn('memory', () => {
      for (const topic of TOPICS)
        if (topics.includes(topic))
          this.#db
            .statement(
              `INSERT INTO consumers VALUES (?, ?, ?, 0, NULL, 0, NULL)
               ON CONFLICT DO UPDATE SET essential = excluded.essential`,
            )
            .run(group, topic, Number(essential));
        else this.#db.statement('DELETE FROM consumers WHERE "group" = ? AND topic = ?').run(group, topic);
    });
  }

  /** Notes where a group begins to read: the truth, also when it lies before what was acknowledged. */
  async startAt(group: string, topic: Topic, { position, ahead }: Reached): Promise<void> {
    this.#pending.delete(`${group}/${topic}`);
    try {
      await this.#db.writeInTurn('memory', () =>
        this.#db
          .statement('UPDATE consumers SET position = ?, ahead = ? WHERE "group" = ? AND topic = ?')
          .run(position, ahead && JSON.stringify(ahead), group, topic),
      );
    } catch (error) {
      // On a full disk reading goes on: it is what makes room again.
      if (!(error instanceof HarmattanError) || error.code !== 'HMT_JOURNAL_FULL') throw error;
    }
  }

  /** Notes an acknowledgement; written later. */
  acknowledge(group: string, topic: Topic, reached: Reached): void {
    this.#pending.set(`${group}/${topic}`, { group, topic, ...reached, lastAckAt: this.#clock.now() });
    this.writeWhenDue();
  }

  /** Writes what is pending unless that was done a moment ago. */
  writeWhenDue(): void {
    if (Math.abs(this.#clock.now() - this.#writtenAt) >= WRITE_EVERY_MS) this.write();
  }

  /**
   * Writes what is pending. A failure (a full disk) leaves it pending: acknowledgements are hints, and nothing but
   * retention waits for them; so does another process that is writing. Groups that were removed meanwhile stay removed.
   */
  write(patience: 'now' | 'in turn' = 'now'): void {
    this.#writtenAt = this.#clock.now();
    if (this.#pending.size === 0) return;
    try {
      const work = () => {
        const update = this.#db.statement(
          `UPDATE consumers SET ahead = CASE WHEN ?3 >= position THEN ?4 ELSE ahead END,
             position = max(position, ?3), lastAckAt = ?5 WHERE "group" = ?1 AND topic = ?2`,
        );
        for (const { group, topic, position, ahead, lastAckAt } of this.#pending.values())
          update.run(group, topic, position, ahead && JSON.stringify(ahead), lastAckAt);
      };
      const written =
        patience === 'now' ? this.#db.tryWrite('memory', work) : { result: this.#db.write('memory', work) };
      if (written) this.#pending.clear();
    } catch {}
  }

  async remove(group: string): Promise<boolean> {
    for (const topic of TOPICS) this.#pending.delete(`${group}/${topic}`);
    return this.#db.writeInTurn('memory', () => {
      const { changes } = this.#db.statement('DELETE FROM consumers WHERE "group" = ?').run(group);
      return Number(changes) > 0;
    });
  }

  /** Every group and topic, with what is acknowledged but not written yet. */
  rows(): readonly Registered[] {
    return this.#db
      .query<[string, Topic, number, number, string | null, number, number | null]>(
        'SELECT "group", topic, essential, position, ahead, lost, lastAckAt FROM consumers ORDER BY "group", topic',
      )
      .all()
      .map(([group, topic, essential, position, ahead, lost, lastAckAt]) => {
        const row = { group, topic, essential: essential === 1, lost, lastAckAt, position, ahead: aheadOf(ahead) };
        const pending = this.#pending.get(`${group}/${topic}`);
        return pending && pending.position >= position ? { ...row, ...pending } : row;
      });
  }

  /** How many records of `[first, to)` a group has not acknowledged. */
  unread({ topic, position, ahead }: Registered, to: number): number {
    const from = Math.max(position, this.#logs[topic].first());
    if (from >= to) return 0;
    if (ahead === null) return to - from;
    const furthest = Math.min(to, Math.max(...Object.values(ahead)));
    const row = this.#db
      .query<[number]>(
        `SELECT count(*) FROM ${topic} WHERE "offset" >= ? AND "offset" < ?
           AND "offset" < json_extract(?, '$."' || partition || '"')`,
      )
      .get(from, furthest, JSON.stringify(ahead));
    return to - from - (row?.[0] ?? 0);
  }

  statuses(): readonly ConsumerStatus[] {
    return this.rows().map((row) => {
      const log = this.#logs[row.topic];
      const lagMessages = this.unread(row, log.next());
      // Most that ask find everybody at the end, where there is nothing to look for.
      const [oldest] =
        lagMessages === 0
          ? []
          : log.sizes({
              from: row.position,
              to: Number.MAX_SAFE_INTEGER,
              limit: 1,
              ...(row.ahead === null ? {} : { positions: row.ahead }),
            });
      return {
        group: row.group,
        topic: row.topic,
        essential: row.essential,
        lagMessages,
        lagMs: oldest ? Math.max(0, this.#clock.now() - oldest.appendedAt) : 0,
        lostRecords: row.lost,
        lastAckAt: row.lastAckAt,
      };
    });
  }

  /**
   * Counts what optional groups lose when everything of `topic` before `to` goes; called in the transaction that drops
   * it. Returns who lost how much.
   */
  countLost(topic: Topic, to: number): readonly { readonly group: string; readonly records: number }[] {
    const losses = this.rows()
      .filter((row) => row.topic === topic && !row.essential && row.position < to)
      .map((row) => ({ group: row.group, records: this.unread(row, to) }));
    for (const { group, records } of losses)
      this.#db
        .statement('UPDATE consumers SET lost = lost + ?, position = ? WHERE "group" = ? AND topic = ?')
        .run(records, to, group, topic);
    return losses.filter(({ records }) => records > 0);
  }
}

function aheadOf(text: string | null): Reached['ahead'] {
  return text === null ? null : JSON.parse(text);
}
