import { HarmattanError } from '../../core/errors.ts';
import type { BrowseOptions, JournalRecord } from '../journal.ts';
import type { Topic } from '../topics.ts';
import type { Fetcher } from './fetcher.ts';
import { PartitionQueue, takeNext } from './partition-queue.ts';

/** One page looks at so many records at most, and holds so many bytes (one longer record still comes). */
const SEARCH_RECORDS = 20_000;
const PAGE_BYTES = 32 * 1024 * 1024;
const FETCH = { waitMs: 0, maxBytes: 4 * 1024 * 1024, partitionBytes: 256 * 1024 };

interface Page {
  readonly items: readonly JournalRecord[];
  readonly nextCursor: string | null;
}

/**
 * One page of a topic, oldest first over its partitions. `from` and `to` are looked up in Kafka's index of times, by
 * partition: a record that is dated before its neighbours may lie outside of what is found. The cursor holds where each
 * partition goes on and where it ended when the first page was asked for.
 */
export async function browse(fetcher: Fetcher, options: BrowseOptions): Promise<Page> {
  const { topic, key, limit } = options;
  const stretches = options.cursor === undefined ? await stretchesOf(fetcher, options) : fromCursor(options.cursor);
  const queues = stretches.map(([at], partition) => new PartitionQueue(topic, partition, at));
  const endOf = (queue: PartitionQueue) => stretches[queue.partition]?.[1] ?? 0;
  const items: JournalRecord[] = [];
  let looked = 0;
  let bytes = 0;
  const unread = () => queues.filter((queue) => queue.position < endOf(queue));
  while (items.length < limit && looked < SEARCH_RECORDS && bytes < PAGE_BYTES && unread().length > 0) {
    await refill(fetcher, unread());
    const ready = unread();
    const [record] = takeNext(ready, 1, Number.MAX_SAFE_INTEGER);
    if (!record) break;
    looked++;
    const stretch = stretches[record.partition];
    if (!stretch || record.offset >= stretch[1] || (key !== undefined && record.key !== key)) continue;
    bytes += record.value.length;
    items.push(record);
  }
  const rest = queues.map((queue): Stretch => [Math.min(queue.position, endOf(queue)), endOf(queue)]);
  return { items, nextCursor: rest.some(([at, end]) => at < end) ? toCursor(rest) : null };
}

/** A partition that has nothing at hand and is not at its end is read on, so that the oldest head is the oldest record. */
async function refill(fetcher: Fetcher, queues: readonly PartitionQueue[]): Promise<void> {
  const empty = queues.filter((queue) => queue.head === undefined);
  if (empty.length === 0) return;
  const wanted = empty.map(({ topic, partition, fetchAt }) => ({ topic, partition, offset: fetchAt }));
  const parts = await fetcher.fetchAll(wanted, FETCH);
  for (const queue of empty) {
    const part = parts.find(({ partition }) => partition === queue.partition);
    // Dropped by retention since the page before: nothing of it can be shown any more.
    if (part?.outOfRange) queue.add([], Number.MAX_SAFE_INTEGER);
    else if (part) queue.add(part.records, part.next);
  }
}

/** Where a partition goes on, and where it ends. */
type Stretch = readonly [at: number, end: number];

async function stretchesOf(fetcher: Fetcher, options: BrowseOptions): Promise<readonly Stretch[]> {
  const { topic, from, to } = options;
  const bounds = await fetcher.bounds(topic);
  const offsetsAt = async (at: number | undefined) => (at === undefined ? null : await offsetsFrom(fetcher, topic, at));
  const [starts, ends] = [await offsetsAt(from), await offsetsAt(to)];
  return bounds.map(({ start, end }, partition) => [
    starts === null ? start : Math.max(start, starts[partition] ?? end),
    ends === null ? end : Math.min(end, ends[partition] ?? end),
  ]);
}

/** By partition the first offset at or after a time; `undefined` where all records are older. */
async function offsetsFrom(fetcher: Fetcher, topic: Topic, at: number): Promise<readonly (number | undefined)[]> {
  const offsets = await fetcher.offsetsAt(topic, BigInt(Math.max(0, Math.ceil(at))));
  return offsets.map((offset) => (offset < 0 ? undefined : offset));
}

const toCursor = (stretches: readonly Stretch[]): string => stretches.map(([at, end]) => `${at}-${end}`).join('.');

function fromCursor(cursor: string): readonly Stretch[] {
  if (!/^\d{1,15}-\d{1,15}(\.\d{1,15}-\d{1,15}){0,9999}$/.test(cursor))
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { detail: 'The cursor is not one of ours.', field: 'cursor' });
  return cursor.split('.').map((part): Stretch => {
    const [at = '0', end = '0'] = part.split('-');
    return [Number(at), Number(end)];
  });
}
