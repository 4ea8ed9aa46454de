import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Context } from '../core/context.ts';
import { asHarmattanError, HarmattanError } from '../core/errors.ts';
import { HOUR_MS, type Instant, SECOND_MS } from '../core/time.ts';
import type { Consumer, Delivery, Journal } from '../journal/journal.ts';
import { TOPICS } from '../journal/topics.ts';
import { applySlotEvent } from '../ledger/transition.ts';
import type { IngestReceipt, Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import { batchOf, judgedArrivals } from './batch.ts';
import type { ProcessOptions } from './config.ts';
import { type Decoders, decoders } from './decoders.ts';
import { countBatch } from './metrics.ts';
import { SeriesMemory } from './series-memory.ts';
import type { SlotTransition } from './slot-events.ts';
import { tellBatch } from './tell-batch.ts';

/** Consumer group of the stage in the journal, and owner of its positions in the store. */
export const PROCESS_GROUP = 'process';

/** Fact in the store: `{ lastSuccessAt }`, when a batch was last committed. */
export const PROCESS_FACT = 'process/last';

export interface ProcessStageInput {
  readonly journal: Journal;
  readonly store: Store;
  readonly places: readonly Place[];
  readonly context: Context;
  readonly options: ProcessOptions;
  /** The ledger's transition with the plan's grace; absent: with the default one. */
  readonly transition?: SlotTransition;
  /** The slot that a reading nobody asked for falls in, where arrivals of foreign producers are expected. */
  readonly slotOf?: (validAt: Instant) => Instant | null;
}

/**
 * Brings the journal into the store, each record once (invariant 1): decode, check, ledger, one commit with the
 * positions, then the acknowledgement. The store's positions are where it starts again after anything.
 */
export interface ProcessStage {
  /** Works until `signal` aborts, finishes the batch in hand and returns. No failure ends it: it backs off and goes on. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Does all the work there is at this moment; returns the number of records. Not while `run` is running.
   *
   * @throws HarmattanError of the journal or the store; nothing is lost, the next call goes on from the last commit
   */
  drain(): Promise<number>;
  /** Gives the partitions back; a later `run` or `drain` takes them again. */
  close(): Promise<void>;
}

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30 * SECOND_MS;
/** Tries in a row against writers of the same slots before the batch is dropped and read again. */
const CONFLICT_TRIES = 20;
/** Work for longer than this without a turn of the event loop keeps HTTP waiting. */
const TURN_MS = 2;
const FACT_EVERY_MS = SECOND_MS;

export function processStage(input: ProcessStageInput): ProcessStage {
  return new Stage(input);
}

class Stage implements ProcessStage {
  readonly #input: ProcessStageInput;
  readonly #decoders: Decoders;
  readonly #series: SeriesMemory;
  #consumer: Consumer | null = null;
  #turnAt: Instant;
  #lastSuccessAt: Instant | null = null;
  #factAt: Instant | null = null;

  constructor(input: ProcessStageInput) {
    this.#input = input;
    const { options } = input;
    this.#decoders = decoders(input);
    this.#series = new SeriesMemory(input.store, { frozenMs: options.frozenHours * HOUR_MS, jumpC: options.jumpC });
    this.#turnAt = input.context.clock.now();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, meter } = this.#input.context;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!signal.aborted) {
      try {
        const consumer = await this.#open();
        const records = await this.#step(consumer);
        await this.#saveFact();
        if (records === 0) {
          await consumer.wait(signal);
          this.#turnAt = clock.now();
        }
        backoffMs = FIRST_BACKOFF_MS;
      } catch (thrown) {
        const error = asHarmattanError(thrown, 'HMT_STORE_UNAVAILABLE');
        meter.count('harmattan_process_retries_total', { code: error.code });
        logger.error('A batch could not be processed; trying again.', {
          code: error.code,
          reason: error.message,
          waitMs: backoffMs,
        });
        await this.close();
        await clock.sleep(error.retryAfterMs ?? backoffMs, signal);
        backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      }
    }
    await this.close();
  }

  async drain(): Promise<number> {
    let total = 0;
    try {
      const consumer = await this.#open();
      this.#turnAt = this.#input.context.clock.now();
      for (let records = 1; records > 0; total += records) records = await this.#step(consumer);
      await this.#saveFact();
      return total;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = null;
    this.#series.clear();
    try {
      await consumer?.close();
    } catch (error) {
      this.#input.context.logger.warn('The journal did not take its partitions back.', { reason: String(error) });
    }
  }

  async #open(): Promise<Consumer> {
    const { journal, store, options } = this.#input;
    this.#consumer ??= await journal.consume({
      topics: TOPICS,
      group: PROCESS_GROUP,
      essential: true,
      startFrom: () => {
        // Another process may have worked on the partitions that come now.
        this.#series.clear();
        return store.ingest.positions(journal.id, PROCESS_GROUP);
      },
      maxRecords: options.batchRecords,
      maxBytes: options.batchBytes,
    });
    return this.#consumer;
  }

  /** One delivery, from the journal to the acknowledgement. Returns how many records it had; 0: nothing to do. */
  async #step(consumer: Consumer): Promise<number> {
    const delivery = await consumer.read();
    if (delivery === null) return 0;
    await this.#commit(delivery);
    await delivery.ack();
    const { clock } = this.#input.context;
    if (Math.abs(clock.now() - this.#turnAt) > TURN_MS) {
      await turnOfTheLoop();
      this.#turnAt = clock.now();
    }
    return delivery.records.length;
  }

  async #commit(delivery: Delivery): Promise<void> {
    const { journal, store, context, options, transition = applySlotEvent } = this.#input;
    const startedAt = context.clock.now();
    const batch = batchOf(delivery, this.#decoders, options.quarantineBytes);
    await this.#series.prepare(batch.readings);
    const arrivals = judgedArrivals(batch.readings, (reading) => this.#series.judge(reading));
    const keys = batch.slotEvents.keys();
    const receipt = await this.#againstOthers(async () => {
      const current = keys.length === 0 ? [] : await store.slots.get(keys);
      return store.ingest.commit({
        journalId: journal.id,
        group: PROCESS_GROUP,
        positions: delivery.positions,
        arrivals,
        slots: batch.slotEvents.applyTo(current, transition),
        quarantined: batch.quarantined,
        providerForecasts: batch.providerForecasts,
        at: context.clock.now(),
      });
    });
    this.#lastSuccessAt = context.clock.now();
    tellBatch(context.logger, batch, receipt);
    countBatch(context.meter, { delivery, batch, receipt, startedAt, committedAt: this.#lastSuccessAt });
  }

  /** Somebody else may write the same slot between reading and commit: then its row is read again. */
  async #againstOthers(attempt: () => Promise<IngestReceipt>): Promise<IngestReceipt> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        const conflict = error instanceof HarmattanError && error.code === 'HMT_STORE_CONFLICT';
        if (!conflict || tries >= CONFLICT_TRIES) throw error;
        this.#input.context.meter.count('harmattan_process_conflicts_total', {});
      }
    }
  }

  async #saveFact(): Promise<void> {
    const lastSuccessAt = this.#lastSuccessAt;
    if (lastSuccessAt === null || lastSuccessAt === this.#factAt) return;
    if (this.#factAt !== null && Math.abs(lastSuccessAt - this.#factAt) < FACT_EVERY_MS) return;
    await this.#input.store.facts.set(PROCESS_FACT, { lastSuccessAt });
    this.#factAt = lastSuccessAt;
  }
}
