import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { HarmattanError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Clock } from '../../core/time.ts';
import type { ConsumeOptions, Consumer, Delivery, JournalRecord } from '../journal.ts';
import type { Topic } from '../topics.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Bounds, Fetcher } from './fetcher.ts';
import type { Membership, Partition } from './membership.ts';
import { PartitionQueue, takeNext, weightOf } from './partition-queue.ts';

export interface ConsumerInput {
  readonly options: ConsumeOptions;
  readonly fetcher: Fetcher;
  readonly clock: Clock;
  readonly logger: Logger;
  /** After how long with the same records in hand the group takes the partitions away, ms. */
  readonly stuckMs: number;
  member(events: { onChange(): void; beforeHandover(): Promise<void> }): Membership;
  onClosed(): void;
}

/** Fetched and not handed out yet: beyond it nothing more is asked for, and the brokers keep the rest. */
const BUFFER_BYTES = 1024 * 1024;
const FETCH_BYTES = 64 * 1024;
const PARTITION_BYTES = 16 * 1024;
/** How long the brokers hold an answer back until there is something, ms; never when a read would wait for it. */
const LONG_POLL_MS = 500;
/** How long a rebalance waits for the delivery in hand, ms: longer, and the next owner may repeat it. */
const HANDOVER_MS = 5_000;

const NEVER = new AbortController().signal;

const keyOf = ({ topic, partition }: Partition) => `${topic}/${partition}`;

/** Reads a group's partitions: those that the group gives to this member, from where the store says. */
export class KafkaConsumer implements Consumer {
  readonly #input: ConsumerInput;
  readonly #member: Membership;
  readonly #acks: Acknowledgements;
  readonly #queues = new Map<string, PartitionQueue>();
  /** The list of the membership that the queues were made for. */
  #adopted: readonly Partition[] | null = null;
  #adopting: Promise<void> | null = null;
  readonly #fetching = new Map<number, Promise<void>>();
  #fetchFailure: unknown = null;
  #bufferedBytes = 0;
  #wakers = new Set<() => void>();
  #watchdog: NodeJS.Timeout | null = null;
  #stuck = false;
  #closed = false;

  constructor(input: ConsumerInput) {
    this.#input = input;
    this.#member = input.member({
      onChange: () => this.#wake(),
      beforeHandover: () => this.#handOver(),
    });
    this.#acks = new Acknowledgements(input.clock, input.options.essential, (commits) => this.#member.commit(commits));
  }

  /** Joins the group; resolves once this member has partitions, or none seem to be left for it. */
  async open(): Promise<void> {
    await this.#member.join();
    // The others hand over in a second round, when each has noticed the first.
    const deadline = performance.now() + 2 * this.#member.heartbeatMs + HANDOVER_MS;
    while (!this.#closed && this.#member.assigned.length === 0 && performance.now() < deadline)
      await this.#woken(NEVER);
  }

  async read(): Promise<Delivery | null> {
    this.#refuseClosed();
    this.#calmWatchdog();
    this.#member.check();
    await this.#adopt();
    await this.#topUp();
    // A rebalance may have taken partitions away meanwhile: theirs must not be handed out.
    await this.#adopt();
    this.#refuseClosed();
    const { maxRecords, maxBytes } = this.#input.options;
    const records = takeNext([...this.#queues.values()], maxRecords, maxBytes);
    for (const record of records) this.#bufferedBytes -= weightOf(record);
    if (this.#bufferedBytes < BUFFER_BYTES / 2) void this.#startFetches(0);
    return records.length === 0 ? null : this.#delivery(records);
  }

  async wait(signal: AbortSignal): Promise<void> {
    await this.#acks.flush().catch(() => {});
    const stops = () => signal.aborted || this.#closed || this.#bufferedBytes > 0;
    while (!stops()) {
      this.#member.check();
      if (this.#member.assigned !== this.#adopted) return;
      const woken = this.#woken(signal);
      await this.#startFetches(LONG_POLL_MS);
      await woken;
      this.#throwFetchFailure();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#calmWatchdog();
    this.#wake();
    await this.#acks.flush().catch(() => {});
    await this.#member.leave();
    await this.#input.fetcher.close();
    this.#queues.clear();
    this.#input.onClosed();
  }

  /** Writes acknowledgements that are not written yet. */
  async flush(): Promise<void> {
    await this.#acks.flush().catch(() => {});
  }

  #refuseClosed(): void {
    if (this.#closed) throw new HarmattanError('HMT_JOURNAL_UNAVAILABLE', { detail: 'This consumer is closed.' });
    if (this.#stuck)
      throw new HarmattanError('HMT_JOURNAL_UNREACHABLE', {
        detail: 'The same records were in hand for too long; the partitions were given back.',
        retryAfterMs: 0,
      });
  }

  /** Makes the queues those of the assigned partitions; what others own now is forgotten. */
  async #adopt(): Promise<void> {
    while (this.#adopted !== this.#member.assigned) {
      this.#adopting ??= this.#adoptAssigned().finally(() => {
        this.#adopting = null;
      });
      await this.#adopting;
    }
  }

  async #adoptAssigned(): Promise<void> {
    const { assigned } = this.#member;
    const owned = new Set(assigned.map(keyOf));
    for (const key of this.#queues.keys()) if (!owned.has(key)) this.#queues.delete(key);
    const added = assigned.filter((one) => !this.#queues.has(keyOf(one)));
    if (added.length > 0) await this.#begin(added);
    this.#bufferedBytes = [...this.#queues.values()].reduce((sum, queue) => sum + queue.weight, 0);
    this.#adopted = assigned;
  }

  /** Begins to read partitions where the store says, within what the brokers have. */
  async #begin(added: readonly Partition[]): Promise<void> {
    const { options, fetcher } = this.#input;
    const stored = new Map((await options.startFrom()).map((position) => [keyOf(position), position.offset]));
    const bounds = new Map<Topic, readonly Bounds[]>();
    for (const topic of new Set(added.map((one) => one.topic))) bounds.set(topic, await fetcher.bounds(topic));
    for (const { topic, partition } of added) {
      const { start, end } = bounds.get(topic)?.[partition] ?? { start: 0, end: 0 };
      const position = stored.get(keyOf({ topic, partition })) ?? start;
      const queue = new PartitionQueue(topic, partition, this.#within(topic, partition, position, { start, end }));
      this.#queues.set(keyOf(queue), queue);
      this.#acks.startAt(queue, Math.max(0, start - position));
    }
    await this.#acks.flush().catch((error: unknown) => {
      this.#input.logger.debug('The group could not be told where it starts.', { reason: String(error) });
    });
  }

  /** A position that the brokers have: their oldest where it was dropped, or where they lost their end. */
  #within(topic: Topic, partition: number, position: number, { start, end }: Bounds): number {
    if (position >= start && position <= end) return position;
    const fields = { topic, partition, position, start, end };
    if (position > end) this.#input.logger.warn('The brokers lost records; the partition is read anew.', fields);
    else this.#input.logger.warn('Retention dropped records that this group had not read.', fields);
    return start;
  }

  /** Asks for more unless enough is at hand; with nothing at hand, until the brokers have said that there is nothing. */
  async #topUp(): Promise<void> {
    const { maxRecords, maxBytes } = this.#input.options;
    const waiting = [...this.#queues.values()].reduce((sum, queue) => sum + queue.size, 0);
    if (waiting >= maxRecords || this.#bufferedBytes >= Math.min(maxBytes, BUFFER_BYTES / 2)) return;
    if (waiting === 0) await Promise.all(this.#fetching.values());
    if (this.#queues.size === 0) await turnOfTheLoop();
    else await Promise.all(await this.#startFetches(0));
    if (this.#bufferedBytes === 0) await Promise.all(this.#fetching.values());
    this.#throwFetchFailure();
  }

  /** Asks every broker that leads partitions of ours and is not being asked; resolves with what was begun. */
  async #startFetches(waitMs: number): Promise<readonly Promise<void>[]> {
    if (this.#bufferedBytes >= BUFFER_BYTES || this.#closed) return [];
    const begun: Promise<void>[] = [];
    try {
      const wanted = [...this.#queues.values()].map(({ topic, partition, fetchAt }) => ({
        topic,
        partition,
        offset: fetchAt,
      }));
      for (const [node, own] of await this.#input.fetcher.byLeader(wanted)) {
        if (this.#fetching.has(node)) continue;
        const work = this.#fetch(node, own, waitMs).finally(() => {
          this.#fetching.delete(node);
          this.#wake();
        });
        this.#fetching.set(node, work);
        begun.push(work);
      }
    } catch (error) {
      this.#fetchFailure = error;
      this.#wake();
    }
    return begun;
  }

  async #fetch(node: number, wanted: Parameters<Fetcher['fetch']>[1], waitMs: number): Promise<void> {
    const limits = { waitMs, maxBytes: FETCH_BYTES, partitionBytes: PARTITION_BYTES };
    try {
      for (const part of await this.#input.fetcher.fetch(node, wanted, limits)) {
        const queue = this.#queues.get(keyOf(part));
        const asked = wanted.find((one) => one.topic === part.topic && one.partition === part.partition);
        // Taken away, or taken away and given back, while the answer was on its way.
        if (!queue || queue.fetchAt !== asked?.offset) continue;
        if (part.outOfRange) this.#queues.delete(keyOf(part));
        else queue.add(part.records, part.next);
        for (const record of part.records) this.#bufferedBytes += weightOf(record);
        if (part.outOfRange) this.#adopted = null;
      }
    } catch (error) {
      if (!this.#closed) this.#fetchFailure = error;
    }
  }

  #throwFetchFailure(): void {
    const failure = this.#fetchFailure;
    this.#fetchFailure = null;
    if (failure !== null && !this.#closed) throw failure;
  }

  #delivery(records: readonly JournalRecord[]): Delivery {
    const topics = new Set(records.map((record) => record.topic));
    const positions = [...this.#queues.values()]
      .filter((queue) => topics.has(queue.topic))
      .map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
    const acknowledge = this.#acks.handOut(positions);
    this.#watch();
    return {
      records,
      positions,
      ack: async () => {
        this.#calmWatchdog();
        if (this.#closed) return;
        acknowledge();
        this.#wake();
        await this.#acks.flushSoon();
      },
    };
  }

  /** Before partitions go to another member: what of theirs is in hand becomes durable first, if it does so soon. */
  async #handOver(): Promise<void> {
    const { assigned } = this.#member;
    const owned = new Set(assigned.map(keyOf));
    const deadline = performance.now() + HANDOVER_MS;
    while (!this.#closed && performance.now() < deadline && this.#acks.openBeside(owned))
      await this.#woken(AbortSignal.timeout(Math.max(1, deadline - performance.now())));
    await this.#acks.flush().catch(() => {});
  }

  #watch(): void {
    this.#watchdog ??= setTimeout(() => {
      this.#stuck = true;
      this.#input.logger.error('The same records have been in hand for too long; others take over the partitions.', {
        group: this.#input.options.group,
        seconds: Math.round(this.#input.stuckMs / 1000),
      });
      void this.#member.leave();
    }, this.#input.stuckMs).unref();
  }

  #calmWatchdog(): void {
    if (this.#watchdog) clearTimeout(this.#watchdog);
    this.#watchdog = null;
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#wakers.delete(finish);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      // A member without partitions has no fetch that would wake it.
      const timer = setTimeout(finish, LONG_POLL_MS);
      this.#wakers.add(finish);
      signal.addEventListener('abort', finish, { once: true });
      if (signal.aborted) finish();
    });
  }
}
