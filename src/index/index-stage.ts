import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Context } from '../core/context.ts';
import { asHarmattanError, type HarmattanError } from '../core/errors.ts';
import { decorrelatedDelayMs } from '../core/retry.ts';
import { floorTo, HOUR_MS, type Instant, SECOND_MS } from '../core/time.ts';
import { flatRecord } from '../journal/flat-record.ts';
import type { Consumer, Delivery, Journal, JournalRecord } from '../journal/journal.ts';
import type { QuarantineEntry, Store } from '../store/store.ts';
import type { Observation } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import type { IndexOptions } from './config.ts';
import { documentOf } from './document.ts';
import type { SearchIndex, WriteReceipt } from './search-index.ts';

/** Consumer group of the stage in the journal, and owner of its positions in the store. */
export const INDEX_GROUP = 'index';

/** Fact in the store: `{ lastSuccessAt }`, when a batch was last indexed. */
export const INDEX_FACT = 'index/last';

/** A usable reading of a record, as the process stage decodes it. */
export interface ReadingToIndex {
  readonly arrival: { readonly observation: Observation; readonly item: number };
  readonly place: Place;
}

export interface IndexStageInput {
  readonly journal: Journal;
  readonly store: Store;
  readonly index: SearchIndex;
  /** The process stage's judgement of a record: what it quarantines is not indexed. Never throws. */
  readonly decode: (record: JournalRecord) => { readonly readings: readonly ReadingToIndex[] };
  readonly context: Context;
  readonly options: IndexOptions;
}

/**
 * Copies the journal's readings into a search engine, one document per record. An optional reader: it never holds the
 * journal back for longer than `journal.optionalHoldDays`, and what it lost can be indexed again from the store.
 *
 * Its positions lie in the store, beside the process stage's: the store keeps them per journal, so that a new or restored
 * journal is read from its start, and one commit holds both the refused documents' quarantine rows and the position after
 * them. They are committed after the engine has answered; what is killed in between is indexed again under the same ids.
 */
export interface IndexStage {
  /** Works until `signal` aborts, drops the request in hand and returns. No failure ends it: it backs off and goes on. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Does all the work there is at this moment; returns the number of records. Not while `run` is running.
   *
   * @throws HarmattanError of the journal, the store or the index; nothing is lost, the next call goes on
   */
  drain(signal?: AbortSignal): Promise<number>;
  /** Gives the partitions back; a later `run` or `drain` takes them again. */
  close(): Promise<void>;
}

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30 * SECOND_MS;
const FACT_EVERY_MS = SECOND_MS;

export function indexStage(input: IndexStageInput): IndexStage {
  return new Stage(input);
}

class Stage implements IndexStage {
  readonly #input: IndexStageInput;
  #consumer: Consumer | null = null;
  #prepared = false;
  #troubled: string | null = null;
  #keptHouseAt: Instant | null = null;
  #factAt: Instant | null = null;
  #lost = 0;

  constructor(input: IndexStageInput) {
    this.#input = input;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#input.context;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!signal.aborted) {
      try {
        const consumer = await this.#open(signal);
        await this.#keepHouse(signal);
        const records = await this.#step(consumer, signal);
        this.#recovered();
        if (records === 0) await this.#waitForWork(consumer, signal);
        else await turnOfTheLoop();
        backoffMs = FIRST_BACKOFF_MS;
      } catch (thrown) {
        await this.close();
        if (signal.aborted) break;
        const error = asHarmattanError(thrown, 'HMT_INDEX_UNREACHABLE');
        this.#tell(error);
        await clock.sleep(error.retryAfterMs ?? backoffMs, signal);
        backoffMs = decorrelatedDelayMs(backoffMs, FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS, random);
      }
    }
    await this.close();
  }

  async drain(signal: AbortSignal = new AbortController().signal): Promise<number> {
    let total = 0;
    try {
      const consumer = await this.#open(signal);
      for (let records = 1; records > 0; total += records) records = await this.#step(consumer, signal);
      return total;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = null;
    this.#prepared = false;
    try {
      await consumer?.close();
    } catch (error) {
      this.#input.context.logger.warn('The journal did not take its partitions back.', { reason: String(error) });
    }
  }

  async #open(signal: AbortSignal): Promise<Consumer> {
    const { journal, store, index, options } = this.#input;
    if (!this.#prepared) await index.prepare(signal);
    this.#prepared = true;
    this.#consumer ??= await journal.consume({
      topics: ['observations'],
      group: INDEX_GROUP,
      essential: false,
      startFrom: () => store.ingest.positions(journal.id, INDEX_GROUP),
      maxRecords: options.batchRecords,
      maxBytes: options.batchBytes,
    });
    return this.#consumer;
  }

  /** One delivery, from the journal to the acknowledgement. Returns how many records it had; 0: nothing to do. */
  async #step(consumer: Consumer, signal: AbortSignal): Promise<number> {
    const delivery = await consumer.read();
    if (delivery === null) return 0;
    const { journal, store, index, context } = this.#input;
    const startedAt = context.clock.now();
    const found = this.#readingsOf(delivery);
    const documents = found.map(({ reading }) => documentOf(reading.arrival.observation, reading.place, startedAt));
    const receipt = await index.write(documents, signal);
    const at = context.clock.now();
    await store.ingest.commit({
      journalId: journal.id,
      group: INDEX_GROUP,
      positions: delivery.positions,
      arrivals: [],
      slots: [],
      quarantined: receipt.refused.flatMap(({ item, reason }) => {
        const one = found[item];
        return one ? [refusedEntry(one.record, one.reading, reason)] : [];
      }),
      providerForecasts: [],
      at,
    });
    await delivery.ack();
    this.#count(delivery, receipt, (at - startedAt) / SECOND_MS);
    await this.#saveFact(at);
    return delivery.records.length;
  }

  #readingsOf(delivery: Delivery) {
    return delivery.records.flatMap((record) =>
      this.#input.decode(record).readings.map((reading) => ({ record, reading })),
    );
  }

  #count(delivery: Delivery, { indexed, kept, refused, retried }: WriteReceipt, seconds: number): void {
    const { meter } = this.#input.context;
    meter.count('harmattan_index_records_total', {}, delivery.records.length);
    meter.count('harmattan_index_documents_total', { result: 'indexed' }, indexed);
    meter.count('harmattan_index_documents_total', { result: 'kept' }, kept);
    meter.count('harmattan_index_documents_total', { result: 'refused' }, refused.length);
    meter.count('harmattan_index_resent_documents_total', {}, retried);
    meter.observe('harmattan_index_batch_seconds', {}, Math.max(0, seconds));
  }

  /** Once an hour: retention, and whether the journal's retention was faster than this reader. */
  async #keepHouse(signal: AbortSignal): Promise<void> {
    const { index, journal, context } = this.#input;
    const now = context.clock.now();
    if (this.#keptHouseAt !== null && floorTo(now, HOUR_MS) === floorTo(this.#keptHouseAt, HOUR_MS)) return;
    await index.trim(now, signal);
    this.#keptHouseAt = now;
    const mine = (await journal.consumers()).filter(({ group }) => group === INDEX_GROUP);
    const lost = mine.reduce((sum, { lostRecords }) => sum + lostRecords, 0);
    if (lost > this.#lost)
      context.logger.warn(
        'The journal dropped records before they were indexed; `harmattan reindex` brings them from the store.',
        { lostRecords: lost },
      );
    this.#lost = lost;
  }

  /** Ends at the full hour as well, when housekeeping is due. */
  async #waitForWork(consumer: Consumer, signal: AbortSignal): Promise<void> {
    const { clock } = this.#input.context;
    const over = new AbortController();
    const now = clock.now();
    const ended = AbortSignal.any([signal, over.signal]);
    void clock.sleep(floorTo(now, HOUR_MS) + HOUR_MS - now, ended).then(() => over.abort());
    await consumer.wait(ended);
    over.abort();
  }

  async #saveFact(lastSuccessAt: Instant): Promise<void> {
    if (this.#factAt !== null && Math.abs(lastSuccessAt - this.#factAt) < FACT_EVERY_MS) return;
    await this.#input.store.facts.set(INDEX_FACT, { lastSuccessAt });
    this.#factAt = lastSuccessAt;
  }

  /** A lasting trouble is said once, and not at every try. */
  #tell(error: HarmattanError): void {
    const { logger, meter } = this.#input.context;
    meter.count('harmattan_index_retries_total', { code: error.code });
    const fields = { code: error.code, cure: error.cure };
    if (this.#troubled === error.code) logger.debug(error.message, fields);
    else logger.error(error.message, fields);
    this.#troubled = error.code;
  }

  #recovered(): void {
    if (this.#troubled !== null) this.#input.context.logger.info('The search index is written again.');
    this.#troubled = null;
  }
}

/** The quarantine's row for a document that the engine refuses; its id never meets one of the process stage's. */
function refusedEntry(record: JournalRecord, { arrival, place }: ReadingToIndex, reason: string): QuarantineEntry {
  const { observation, item } = arrival;
  const value = Buffer.from(JSON.stringify(flatRecord(observation, place)));
  return {
    id: `${record.topic}/${record.partition}/${record.offset}/${item}/index`,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    item,
    receivedAt: record.appendedAt,
    code: 'HMT_INDEX_DOCUMENT',
    detail: reason,
    value,
    valueBytes: value.byteLength,
    placeId: observation.placeId,
    slotAt: observation.slotAt,
    source: observation.source,
  };
}
