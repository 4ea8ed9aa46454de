import type { Instant } from '../../core/time.ts';
import type { JournalRecord } from '../journal.ts';
import type { Topic } from '../topics.ts';
import type { Database } from './database.ts';

type Head = readonly [number, number, Instant, string | null, string | null];
type Row = readonly [...Head, Uint8Array];

/** Where a record lies and how much memory it will take, without its bytes. */
export interface RecordSize {
  readonly topic: Topic;
  readonly offset: number;
  readonly appendedAt: Instant;
  readonly bytes: number;
}

/** What is looked for in a stretch of a topic, `[from, to)` of offsets. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** Only records with this key. */
  readonly key?: string | undefined;
  /** Only records at or after their partition's position here; a partition that is absent has none. */
  readonly positions?: Readonly<Record<number, number>> | undefined;
}

const HEAD = '"offset", partition, appendedAt, key, headers';
const FILTER = `"offset" >= ? AND "offset" < ?`;
const KEY_FILTER = 'AND key = ?';
const POSITION_FILTER = `AND "offset" >= coalesce(json_extract(?, '$."' || partition || '"'), 0)`;

/** One topic's table as a log: dense offsets, read from any of them on. */
export interface TopicLog {
  readonly topic: Topic;
  /** Offset of the oldest record; `next()` when there is none. */
  first(): number;
  /** The offset that the next record gets. */
  next(): number;
  /** The first record at or after an offset. */
  at(offset: number): { readonly offset: number; readonly appendedAt: Instant } | null;
  sizes(stretch: Stretch): RecordSize[];
  /** As many as fit into `maxBytes`, the first one always. */
  records(stretch: Stretch & { readonly maxBytes?: number }): JournalRecord[];
  record(partition: number, offset: number): JournalRecord | null;
}

/** `table` is where the records lie when not in the journal's own table of the topic. */
export function topicLog(db: Database, topic: Topic, table: string = topic): TopicLog {
  const select = (columns: string, { key, positions }: Pick<Stretch, 'key' | 'positions'>) =>
    `SELECT ${columns} FROM ${table} WHERE ${FILTER} ${key === undefined ? '' : KEY_FILTER} ${
      positions === undefined ? '' : POSITION_FILTER
    } ORDER BY "offset" LIMIT ?`;
  const parameters = ({ from, to, limit, key, positions }: Stretch) => [
    from,
    to,
    ...(key === undefined ? [] : [key]),
    ...(positions === undefined ? [] : [JSON.stringify(positions)]),
    limit,
  ];
  const recordOf = ([offset, partition, appendedAt, key, headers, value]: Row): JournalRecord => ({
    topic,
    partition,
    offset,
    appendedAt,
    key,
    headers: headers === null ? {} : JSON.parse(headers),
    value,
  });
  const next = () =>
    db
      .query<[number]>(
        `SELECT max(coalesce((SELECT max("offset") + 1 FROM ${table}), 0),
                    (SELECT nextOffset FROM topics WHERE topic = '${topic}'))`,
      )
      .get()?.[0] ?? 0;
  return {
    topic,
    next,
    first: () => db.query<[number | null]>(`SELECT min("offset") FROM ${table}`).get()?.[0] ?? next(),
    at(offset) {
      const row = db
        .query<[number, number]>(
          `SELECT "offset", appendedAt FROM ${table} WHERE "offset" >= ? ORDER BY "offset" LIMIT 1`,
        )
        .get(offset);
      return row ? { offset: row[0], appendedAt: row[1] } : null;
    },
    sizes(stretch) {
      const columns = '"offset", appendedAt, length(value) + coalesce(length(headers), 0)';
      return db
        .query<[number, number, number]>(select(columns, stretch))
        .all(...parameters(stretch))
        .map(([offset, appendedAt, bytes]) => ({ topic, offset, appendedAt, bytes }));
    },
    records({ maxBytes = Number.POSITIVE_INFINITY, ...stretch }) {
      const heads = db.query<[...Head, number]>(select(`${HEAD}, length(value)`, stretch)).all(...parameters(stretch));
      const count = howManyFit(
        heads.map(([, , , , headers, valueBytes]) => ({ bytes: valueBytes + (headers?.length ?? 0) })),
        maxBytes,
      );
      if (count === 0) return [];
      // One buffer for all of them: making one for each costs more than everything else that reading does.
      const [values = null] =
        db
          .query<[Uint8Array | null]>(`SELECT CAST(group_concat(value, '') AS BLOB) FROM (${select('value', stretch)})`)
          .get(...parameters({ ...stretch, limit: count })) ?? [];
      let at = 0;
      return heads.slice(0, count).map(([offset, partition, appendedAt, key, headers, valueBytes]) => {
        const value = values?.subarray(at, at + valueBytes) ?? new Uint8Array();
        at += valueBytes;
        return recordOf([offset, partition, appendedAt, key, headers, value]);
      });
    },
    record(partition, offset) {
      const row = db
        .query<Row>(`SELECT ${HEAD}, value FROM ${table} WHERE "offset" = ? AND partition = ?`)
        .get(offset, partition);
      return row ? recordOf(row) : null;
    },
  };
}

/** How many of `sizes`, in order, fit into `maxBytes`; the first always does. */
export function howManyFit(sizes: readonly Pick<RecordSize, 'bytes'>[], maxBytes: number): number {
  let bytes = 0;
  let count = 0;
  for (const size of sizes) {
    bytes += size.bytes;
    if (bytes > maxBytes && count > 0) break;
    count++;
  }
  return count;
}
