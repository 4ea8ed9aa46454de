import { HarmattanError } from '../../core/errors.ts';
import type { Clock, Instant } from '../../core/time.ts';
import type { JournalMessage } from '../journal.ts';
import type { Partitioner } from '../partition.ts';
import { TOPICS, type Topic } from '../topics.ts';
import type { AppendTimes } from './append-times.ts';
import type { Database } from './database.ts';
import type { TopicLog } from './topic-log.ts';

interface Call {
  readonly topic: Topic;
  readonly messages: readonly JournalMessage[];
  resolve(): void;
  reject(error: unknown): void;
}

/** The end of a topic: what the next append needs to know. */
interface Tail {
  next: number;
  lastAppendedAt: Instant;
}

export interface AppenderInput {
  readonly db: Database;
  readonly logs: Readonly<Record<Topic, TopicLog>>;
  readonly times: Readonly<Record<Topic, AppendTimes>>;
  readonly clock: Clock;
  readonly partitioner: Partitioner;
  readonly maxRecordBytes: number;
  /** Called after something was appended. */
  onAppended(): void;
}

/**
 * Appends. Calls made together share one transaction and so one fsync; if it fails each is tried alone, so that no call
 * fails for another's sake.
 */
export class Appender {
  readonly #input: AppenderInput;
  readonly #calls: Call[] = [];
  #working: Promise<void> | null = null;
  #tails: Record<Topic, Tail> | null = null;
  #foreignVersion = -1;

  constructor(input: AppenderInput) {
    this.#input = input;
  }

  append(topic: Topic, messages: readonly JournalMessage[]): Promise<void> {
    const { db, maxRecordBytes } = this.#input;
    if (!db.isOpen)
      return Promise.reject(new HarmattanError('HMT_JOURNAL_UNAVAILABLE', { detail: 'It is closed already.' }));
    const tooLong = messages.find((message) => message.value.length > maxRecordBytes);
    if (tooLong)
      return Promise.reject(
        new HarmattanError('HMT_JOURNAL_TOO_LARGE', {
          detail: `It has ${tooLong.value.length} bytes, the limit is ${maxRecordBytes}.`,
        }),
      );
    if (messages.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#calls.push({ topic, messages, resolve, reject });
      // A microtask, not a timer: everything that is appended in the same breath is in, and nobody waits for it.
      this.#working ??= Promise.resolve().then(() => this.#work());
    });
  }

  /** Resolves once nothing is waiting to be committed. */
  async finish(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#calls.length > 0) {
      // Calls that come while another process has its turn join in.
      let calls: readonly Call[] = [];
      try {
        await this.#commit(() => {
          calls = this.#calls.slice();
          return calls;
        });
        this.#calls.splice(0, calls.length);
        for (const call of calls) call.resolve();
        this.#input.onAppended();
      } catch (error) {
        await this.#refuse(calls, error);
      }
    }
    this.#working = null;
  }

  /** What to do with calls whose common transaction failed; none of them was tried when it was never our turn. */
  async #refuse(tried: readonly Call[], error: unknown): Promise<void> {
    const calls = this.#calls.splice(0, tried.length === 0 ? this.#calls.length : tried.length);
    if (tried.length > 1) for (const call of calls) await this.#commitAlone(call);
    else for (const call of calls) call.reject(error);
  }

  async #commitAlone(call: Call): Promise<void> {
    try {
      await this.#commit(() => [call]);
      call.resolve();
      this.#input.onAppended();
    } catch (error) {
      call.reject(error);
    }
  }

  async #commit(calls: () => readonly Call[]): Promise<void> {
    const { db, clock } = this.#input;
    try {
      await db.writeInTurn('disk', () => {
        const tails = this.#freshTails();
        // Read under the lock, so that two processes' records carry their times in the order they lie in.
        const appendedAt = clock.now();
        for (const { topic, messages } of calls()) this.#insert(topic, messages, tails[topic], appendedAt);
      });
    } catch (error) {
      this.#tails = null;
      throw error;
    }
  }

  #insert(topic: Topic, messages: readonly JournalMessage[], tail: Tail, appendedAt: Instant): void {
    const { db, times, partitioner } = this.#input;
    const insert = db.statement(`INSERT INTO ${topic} VALUES (?, ?, ?, ?, ?, ?)`);
    const partition = partitioner.next();
    if (appendedAt < tail.lastAppendedAt) times[topic].addStep(tail.next);
    tail.lastAppendedAt = appendedAt;
    for (const { key, headers, value } of messages)
      insert.run(tail.next++, partition(key), appendedAt, key, headersText(headers), value);
  }

  /** The topics' ends; read again where another process, or a failure of ours, may have changed them. */
  #freshTails(): Record<Topic, Tail> {
    const { db, logs } = this.#input;
    const version = db.foreignVersion();
    if (this.#tails === null || version !== this.#foreignVersion) {
      const tailOf = (topic: Topic): Tail => {
        const next = logs[topic].next();
        return { next, lastAppendedAt: logs[topic].at(next - 1)?.appendedAt ?? Number.NEGATIVE_INFINITY };
      };
      this.#tails = Object.fromEntries(TOPICS.map((topic) => [topic, tailOf(topic)])) as Record<Topic, Tail>;
      this.#foreignVersion = version;
    }
    return this.#tails;
  }

  /** Offsets of a topic below `next` count as given from now on. */
  async raise(topic: Topic, next: number): Promise<void> {
    const { db } = this.#input;
    await db.writeInTurn('disk', () => {
      db.statement('UPDATE topics SET nextOffset = max(nextOffset, ?) WHERE topic = ?').run(next, topic);
      this.#tails = null;
    });
  }
}

function headersText(headers: Readonly<Record<string, string>>): string | null {
  for (const _ in headers) return JSON.stringify(headers);
  return null;
}
