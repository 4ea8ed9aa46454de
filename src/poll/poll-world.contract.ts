import { HarmattanError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { floorTo, HOUR_MS, type Instant, type ManualClock, MINUTE_MS, manualClock } from '../core/time.ts';
import type { Journal, JournalMessage } from '../journal/journal.ts';
import type { PollRecord } from '../journal/poll-record.ts';
import type { Topic } from '../journal/topics.ts';
import type { Slot, SlotEvent, SlotKey, SlotState } from '../ledger/ledger.ts';
import { applySlotEvent } from '../ledger/transition.ts';
import type { QuotaStore } from '../store/quota-store.ts';
import type { SlotStore, Store } from '../store/store.ts';
import type { Observation } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import { QUANTITY_NAMES } from '../weather/quantity.ts';
import { type PollOptions, pollOptions } from './config.ts';
import { type PollStage, pollStage } from './poller.ts';
import type { FetchResult, Source, SourceCapabilities, SourceContext } from './source.ts';

/** What the tests of the poll stage run in: a store and a journal in memory, sources that do as they are told. */

export const START_AT = Date.UTC(2024, 1, 28, 12);

export const placesOf = (count: number): readonly Place[] =>
  Array.from({ length: count }, (_, index) => {
    const id = `place-${String(index).padStart(2, '0')}`;
    return {
      id,
      name: id,
      names: { fr: id, en: id },
      latitude: 14 + index / 1000,
      longitude: -17,
      elevationM: null,
      landscape: null,
      icao: null,
      timeZone: 'Africa/Dakar',
    };
  });

/** Slots, quota and facts in memory; everything else is absent on purpose. */
export function memoryStore(): Store & { readonly rows: Map<string, Slot> } {
  const rows = new Map<string, Slot>();
  const facts = new Map<string, string>();
  const store = {
    nature: 'live',
    rows,
    slots: memorySlots(rows),
    quota: memoryQuota(),
    facts: {
      get: async (key: string) => JSON.parse(facts.get(key) ?? 'null'),
      set: async (key: string, value: unknown) => void facts.set(key, JSON.stringify(value)),
      list: async () => new Map(),
    },
  };
  return store as unknown as Store & { readonly rows: Map<string, Slot> };
}

const keyOf = ({ placeId, slotAt }: SlotKey) => `${String(slotAt).padStart(15, '0')}/${placeId}`;

function memorySlots(rows: Map<string, Slot>): SlotStore {
  return {
    get: async (keys) => keys.map((key) => rows.get(keyOf(key)) ?? null),
    async put(slots) {
      for (const slot of slots)
        if ((rows.get(keyOf(slot))?.version ?? 0) !== slot.version - 1) throw new HarmattanError('HMT_STORE_CONFLICT');
      for (const slot of slots) rows.set(keyOf(slot), slot);
    },
    async open(keys) {
      let opened = 0;
      for (const key of keys) {
        if (rows.has(keyOf(key))) continue;
        rows.set(keyOf(key), applySlotEvent(null, key, { kind: 'opened', at: key.slotAt }));
        opened++;
      }
      return opened;
    },
    async query({ from, to, placeId, states, limit, cursor = '' }) {
      const found = [...rows.values()]
        .filter((slot) => slot.slotAt >= from && slot.slotAt < to && keyOf(slot) > cursor)
        .filter((slot) => (!states || states.includes(slot.state)) && (!placeId || slot.placeId === placeId))
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, nextCursor: found.length > limit && last ? keyOf(last) : null };
    },
    async count(from, to) {
      const counts: Record<SlotState, number> = {
        pending: 0,
        arrived: 0,
        late: 0,
        backfilled: 0,
        stale: 0,
        missing: 0,
        quarantined: 0,
      };
      for (const slot of rows.values()) if (slot.slotAt >= from && slot.slotAt < to) counts[slot.state]++;
      return counts;
    },
    async extent() {
      const times = [...rows.values()].map(({ slotAt }) => slotAt);
      return times.length === 0 ? null : { from: Math.min(...times), to: Math.max(...times) };
    },
  };
}

function memoryQuota(): QuotaStore {
  const uses = new Map<string, { windowAt: Instant; used: number }>();
  return {
    async reserve(windows, cost) {
      const charged = windows.map(({ id, windowAt, limit }) => {
        const stored = uses.get(id);
        const goesOn = stored !== undefined && stored.windowAt >= windowAt;
        return { id, limit, windowAt: goesOn ? stored.windowAt : windowAt, used: (goesOn ? stored.used : 0) + cost };
      });
      const full = charged.find(({ used, limit }) => used > limit);
      if (full) return full.id;
      for (const { id, windowAt, used } of charged) uses.set(id, { windowAt, used });
      return null;
    },
    read: async (ids) => ids.map((id) => ({ id, ...(uses.get(id) ?? { windowAt: 0, used: 0 }) })),
  };
}

/** A journal in memory whose records reach the ledger at once, as the process stage would bring them. */
export interface MemoryJournal extends Journal {
  readonly messages: Record<Topic, JournalMessage[]>;
  polls(): readonly PollRecord[];
  /** The flat records of `observations`. */
  readings(): readonly Readonly<Record<string, string | number>>[];
  /** Thrown by appends as long as it is set. */
  failure: HarmattanError | null;
  /** Whether the ledger hears of what is appended. */
  processing: boolean;
}

export function memoryJournal(store: Store, graceMs: number): MemoryJournal {
  const messages: Record<Topic, JournalMessage[]> = { observations: [], forecasts: [], polls: [] };
  const parsed = (topic: Topic) => messages[topic].map(({ value }) => JSON.parse(Buffer.from(value).toString()));
  const apply = async (key: SlotKey, event: SlotEvent) => {
    const [slot] = await store.slots.get([key]);
    const after = applySlotEvent(slot ?? null, key, event, graceMs);
    if (after !== slot) await store.slots.put([after]);
  };
  const process = async (topic: Topic, message: JournalMessage) => {
    const value = JSON.parse(Buffer.from(message.value).toString());
    if (topic === 'observations') {
      const [record] = value;
      if (record.hmt_slotAt === undefined) return;
      const event: SlotEvent = {
        kind: 'reading',
        at: record.hmt_receivedAt,
        fresh: record.hmt_stale !== 1,
        backfill: record.hmt_backfill === 1,
        validAt: record.hmt_validAt,
        source: record.hmt_source,
      };
      await apply({ placeId: record.hmt_placeId, slotAt: record.hmt_slotAt }, event);
    }
    if (topic !== 'polls') return;
    const poll = value as PollRecord;
    for (const { placeId, slotAt, reason, code } of poll.missing)
      await apply({ placeId, slotAt }, { kind: 'given-up', at: poll.finishedAt, reason, detail: code });
    for (const { placeIds, slotAts, code } of poll.undecodable)
      for (const placeId of placeIds)
        for (const slotAt of slotAts)
          await apply({ placeId, slotAt }, { kind: 'quarantined', at: poll.finishedAt, detail: code });
  };
  const journal = {
    id: 'memory',
    maxRecordBytes: 16 * 1024 * 1024,
    messages,
    failure: null as HarmattanError | null,
    processing: true,
    polls: () => parsed('polls') as PollRecord[],
    readings: () => parsed('observations').map(([record]) => record),
    async append(topic: Topic, appended: readonly JournalMessage[]) {
      if (journal.failure) throw journal.failure;
      messages[topic].push(...appended);
      if (journal.processing) for (const message of appended) await process(topic, message);
    },
  };
  return journal as unknown as MemoryJournal;
}

/** One call that a source received. */
export interface SourceCall {
  readonly at: Instant;
  readonly placeIds: readonly string[];
  readonly slots: readonly Instant[];
  readonly backfill: boolean;
}

/** What a told source does with a call; `undefined` answers well. */
export type Behaviour = (call: SourceCall, context: SourceContext) => Promise<FetchResult | undefined> | undefined;

export interface ToldSource extends Source {
  readonly calls: SourceCall[];
  behave: Behaviour;
}

export function readingOf(source: string, placeId: string, slotAt: Instant, receivedAt: Instant, stale = false) {
  const values = Object.fromEntries(QUANTITY_NAMES.map((name) => [name, null])) as Record<string, number | null>;
  values.temperatureC = 25;
  const observation: Observation = {
    placeId,
    validAt: slotAt,
    slotAt,
    receivedAt,
    source,
    kind: 'analysis',
    issuedAt: null,
    values: values as unknown as Observation['values'],
    condition: null,
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
  };
  return { observation, stale };
}

/** A source that answers every call, unless it is told otherwise. */
export function toldSource(id: string, capabilities: Partial<SourceCapabilities> = {}): ToldSource {
  const calls: SourceCall[] = [];
  const answer = async (
    places: readonly Place[],
    slots: readonly Instant[],
    context: SourceContext,
    backfill: boolean,
  ) => {
    const call = { at: context.clock.now(), placeIds: places.map((place) => place.id), slots, backfill };
    calls.push(call);
    const told = await source.behave(call, context);
    if (told) return told;
    const receivedAt = context.clock.now();
    const readings = places.flatMap((place) => slots.map((slotAt) => readingOf(id, place.id, slotAt, receivedAt)));
    return { readings, forecasts: [], failures: [] };
  };
  const source: ToldSource = {
    id,
    calls,
    behave: () => undefined,
    capabilities: {
      kind: 'analysis',
      quantities: QUANTITY_NAMES,
      placesPerCall: 100,
      costOf: (places) => places,
      backfillCostOf: (places) => places,
      quota: [],
      credential: '-',
      lookBackMs: 30 * 24 * HOUR_MS,
      backfillSpanMs: 24 * HOUR_MS,
      publishedEveryMs: 15 * MINUTE_MS,
      ownTimes: false,
      attribution: { text: id, url: '', licence: '' },
      ...capabilities,
    },
    fetch: (places, slotAt, context) => answer(places, [slotAt], context, false),
    backfill: (places, slots, context) => answer(places, slots, context, true),
  };
  return source;
}

/** Everything a test needs; `restart` makes a new stage on the same store and journal, as a new process would. */
export interface World {
  readonly clock: ManualClock;
  readonly store: ReturnType<typeof memoryStore>;
  readonly journal: MemoryJournal;
  readonly counts: Map<string, number>;
  readonly places: readonly Place[];
  stage: PollStage;
  start(): void;
  /** Stops the running stage as SIGTERM does. */
  stop(): Promise<void>;
  restart(options?: Partial<PollOptions>): Promise<void>;
  statesOf(slotAt: Instant): readonly string[];
}

export interface WorldOptions {
  readonly sources: readonly Source[];
  readonly places?: number;
  readonly startAt?: Instant;
  readonly seed?: number;
  readonly options?: Partial<PollOptions>;
  readonly expectEveryMinutes?: number;
}

export function world(given: WorldOptions): World {
  const clock = manualClock(given.startAt ?? START_AT);
  const store = memoryStore();
  const places = placesOf(given.places ?? 2);
  const counts = new Map<string, number>();
  const meter: Meter = {
    count: (name, labels, amount = 1) => {
      const key = `${name}{${Object.values(labels).join(',')}}`;
      counts.set(key, (counts.get(key) ?? 0) + amount);
    },
    observe() {},
    gauge() {},
  };
  const graceMinutes = given.options?.graceMinutes ?? 5;
  const graceMs = (graceMinutes + (given.expectEveryMinutes ?? 0)) * MINUTE_MS;
  const journal = memoryJournal(store, graceMs);
  const make = (options: Partial<PollOptions> = {}) =>
    pollStage({
      sources: given.sources,
      places,
      journal,
      store,
      context: { clock, random: seededRandom(given.seed ?? 1), logger: silentLogger, meter },
      transport: () => Promise.reject(new HarmattanError('HMT_POLL_UNREACHABLE')),
      options: pollOptions.parse({ ...given.options, ...options }),
      expect: { everyMinutes: given.expectEveryMinutes ?? null },
    });
  let running: { stop: AbortController; ended: Promise<void> } | null = null;
  const self: World = {
    clock,
    store,
    journal,
    counts,
    places,
    stage: make(),
    start() {
      const stop = new AbortController();
      running = { stop, ended: self.stage.run(stop.signal) };
    },
    async stop() {
      running?.stop.abort();
      await running?.ended;
      running = null;
    },
    async restart(options) {
      await self.stop();
      self.stage = make(options);
      self.start();
    },
    statesOf: (slotAt) =>
      [...store.rows.values()]
        .filter((slot) => slot.slotAt === slotAt)
        .map(({ state, placeId }) => `${placeId} ${state}`),
  };
  return self;
}

export const slotsBetween = (from: Instant, to: Instant, everyMs = 15 * MINUTE_MS): readonly Instant[] => {
  const slots: Instant[] = [];
  for (let slotAt = floorTo(from, everyMs); slotAt < to; slotAt += everyMs) slots.push(slotAt);
  return slots;
};
