import { createHash } from 'node:crypto';
import type { Instant } from '../core/time.ts';
import { toRfc3339 } from '../core/time.ts';
import type { Journal, JournalRecord } from '../journal/journal.ts';
import type { Topic } from '../journal/topics.ts';
import { SLOT_STATES, type SlotState } from '../ledger/ledger.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';

/** What a recount found: all are counted, the first are named. */
export interface Found {
  count: number;
  readonly first: string[];
}

const MOST_LISTED = 20;
const found = (): Found => ({ count: 0, first: [] });
const add = (list: Found, what: string) => {
  list.count += 1;
  if (list.first.length < MOST_LISTED) list.first.push(what);
};

/** What came of the journal's readings, counted without any code of the stages that brought it about. */
export interface ReadingRecount {
  readonly records: number;
  readonly items: number;
  readonly rows: number;
  readonly corrections: number;
  readonly quarantined: number;
  readonly lost: Found;
  readonly doubled: Found;
  /** Of every row of the store, in order: equal runs have equal digests. */
  readonly digest: string;
}

/**
 * Reads the whole journal and the whole store and compares them: every item of an `observations` record is a row (by
 * place, valid time and source) or lies in quarantine; no row is there twice or comes from nowhere; and each row says
 * what the newest item for its key said.
 */
export async function recountReadings(
  journal: Journal,
  store: Store,
  places: readonly Place[],
): Promise<ReadingRecount> {
  const idOfName = new Map(places.map(({ name, id }) => [name, id]));
  const lost = found();
  const doubled = found();
  const quarantined = await quarantineIds(store);
  const said = new Map<string, Item>();
  let [records, items] = [0, 0];
  for await (const record of recordsOf(journal, 'observations')) {
    records += 1;
    const at = `${record.topic}/${record.partition}/${record.offset}`;
    const contents = itemsOf(record, idOfName);
    if (contents === null && !hasPrefix(quarantined, `${at}/`)) add(lost, at);
    for (const [index, content] of (contents ?? []).entries()) {
      items += 1;
      if (quarantined.has(`${at}/${index}`)) continue;
      if (content === null) {
        add(lost, `${at}/${index}`);
        continue;
      }
      const before = said.get(content.key);
      if (!before || content.receivedAt >= before.receivedAt) said.set(content.key, content);
    }
  }

  const digest = createHash('sha256');
  const seen = new Set<string>();
  let [rows, corrections] = [0, 0];
  for await (const row of store.observations.stream({ from: 0, to: Number.MAX_SAFE_INTEGER, which: 'all' })) {
    rows += 1;
    corrections += row.corrections;
    const key = `${row.placeId} ${row.validAt} ${row.source}`;
    digest.update(`${key} ${row.receivedAt} ${JSON.stringify(row.values)}\n`);
    if (seen.has(key)) add(doubled, key);
    seen.add(key);
    const item = said.get(key);
    if (!item) add(doubled, `${key} is in no record of the journal`);
    else if (item.temperatureC !== row.values.temperatureC) add(lost, `${key}: the newest value is not the row's`);
  }
  for (const key of said.keys()) if (!seen.has(key)) add(lost, key);
  return {
    records,
    items,
    rows,
    corrections,
    quarantined: quarantined.size,
    lost,
    doubled,
    digest: digest.digest('hex'),
  };
}

interface Item {
  readonly key: string;
  readonly temperatureC: number | null;
  readonly receivedAt: Instant;
}

/** `null` for a record that is no JSON array or object; a `null` item has no key of ours. */
function itemsOf(record: JournalRecord, idOfName: ReadonlyMap<string, string>): readonly (Item | null)[] | null {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(record.value));
  } catch {
    return null;
  }
  const list: readonly unknown[] = Array.isArray(content) ? content : [content];
  if (typeof content !== 'object' || content === null) return null;
  return list.map((item) => {
    const fields = (item ?? {}) as Record<string, unknown>;
    const { data_temp, data_dt } = fields;
    // A stranger's record has no fields of ours: its sender is OpenWeatherMap, its place goes by its name.
    const placeId = fields.hmt_placeId ?? idOfName.get(String(fields.region_name));
    const validAt = fields.hmt_validAt ?? (typeof data_dt === 'number' ? data_dt * 1000 : undefined);
    if (placeId === undefined || validAt === undefined) return null;
    return {
      key: `${placeId} ${validAt} ${fields.hmt_source ?? 'openweathermap'}`,
      temperatureC: typeof data_temp === 'number' ? data_temp : null,
      receivedAt: typeof fields.hmt_receivedAt === 'number' ? fields.hmt_receivedAt : record.appendedAt,
    };
  });
}

async function quarantineIds(store: Store): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<Store['quarantine']['query']>> = await store.quarantine.query({
      limit: 500,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const { id } of page.items) ids.add(id);
    if (page.nextCursor === null) return ids;
    cursor = page.nextCursor;
  }
}

const hasPrefix = (ids: ReadonlySet<string>, prefix: string): boolean => {
  for (const id of ids) if (id.startsWith(prefix)) return true;
  return false;
};

/** Every record of a topic, oldest first. */
export async function* recordsOf(journal: Journal, topic: Topic): AsyncGenerator<JournalRecord> {
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<Journal['browse']>> = await journal.browse({
      topic,
      limit: 1000,
      ...(cursor === null ? {} : { cursor }),
    });
    yield* page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** What became of the slots that had to be, counted from the cadence and the span alone. */
export interface SlotRecount {
  readonly expected: number;
  readonly states: Readonly<Record<SlotState, number>>;
  /** Expected (place, slot) without a row, or still pending when nobody will fill them any more. */
  readonly silent: Found;
}

export interface ExpectedSlots {
  readonly places: readonly Place[];
  /** `[from, to)` on the wall clock of `everyMs`. */
  readonly from: Instant;
  readonly to: Instant;
  readonly everyMs: number;
  /** A slot of before this may not be pending. */
  readonly settledBefore: Instant;
}

export async function recountSlots(store: Store, expected: ExpectedSlots): Promise<SlotRecount> {
  const { places, from, to, everyMs, settledBefore } = expected;
  const states = Object.fromEntries(SLOT_STATES.map((state) => [state, 0])) as Record<SlotState, number>;
  const silent = found();
  const rows = new Map<string, SlotState>();
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<Store['slots']['query']>> = await store.slots.query({
      from,
      to,
      limit: 5000,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const { placeId, slotAt, state } of page.items) {
      rows.set(`${placeId} ${slotAt}`, state);
      states[state] += 1;
    }
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  let count = 0;
  for (let slotAt = Math.ceil(from / everyMs) * everyMs; slotAt < to; slotAt += everyMs) {
    for (const { id } of places) {
      count += 1;
      const state = rows.get(`${id} ${slotAt}`);
      if (state === undefined) add(silent, `${id} ${toRfc3339(slotAt)} has no row`);
      else if (state === 'pending' && slotAt < settledBefore) add(silent, `${id} ${toRfc3339(slotAt)} is pending`);
    }
  }
  return { expected: count, states, silent };
}
