import type { Arrival, IngestBatch, StoredObservation } from '../store/store.ts';
import {
  ALL_TIME,
  BATCH_ROWS,
  CARRIED,
  type Carried,
  type CarryCount,
  type CarryCounts,
  everyPage,
  inBatches,
  type MigrationInput,
} from './migration.ts';

/** Facts of the carrying itself: how far it is. They are not carried on. */
const OWN_FACTS = 'migrate/';
const REACHED_FACT = `${OWN_FACTS}observationsAt`;
/** The group under which the target is told of carried rows. */
const GROUP = 'migrate';
/** Issues of forecasts that one commit holds: each is some kilobytes. */
const BATCH_ISSUES = 100;
/** Commits between two notes of how far it is. */
const NOTE_EVERY = 10;

/**
 * Carries everything that cannot be made again from one store to another. Every write is idempotent by natural key, so that
 * it can be cut off anywhere and run again, also into a store that has rows already: there the later arrival wins, as
 * always. Readings are gone on with where they were; the positions of the journal's readers move last. Forecasters learn
 * anew from the readings, and the feed and the log of events begin anew.
 *
 * @throws HarmattanError HMT_STORE_*
 */
export async function carry(input: MigrationInput): Promise<CarryCounts> {
  const counts = Object.fromEntries(CARRIED.map((kind) => [kind, { read: 0, written: 0 }])) as Record<
    Carried,
    CarryCount
  >;
  await carryObservations(input, counts.observations);
  await carrySlots(input, counts.slots);
  await carryQuarantine(input, counts.quarantine);
  await carryForecasts(input, counts);
  await carryDocuments(input, counts.documents);
  await carryFacts(input, counts.facts);
  await carryQuota(input);
  if (!input.signal.aborted) await carryPositions(input);
  return counts;
}

async function carryObservations({ from, to, now, onProgress, signal }: MigrationInput, count: CarryCount) {
  const extent = await from.observations.extent();
  if (extent === null) return;
  const reachedAt = await to.facts.get<number>(REACHED_FACT);
  const rows = from.observations.stream({
    which: 'all',
    from: Math.max(extent.from, reachedAt ?? extent.from),
    to: extent.to + 1,
  });
  let batches = 0;
  for await (const batch of inBatches(rows, BATCH_ROWS)) {
    const { inserted, corrections } = await to.ingest.commit({ ...emptyBatch(now()), arrivals: batch.map(arrivalOf) });
    count.read += batch.length;
    count.written += inserted + corrections;
    const lastAt = batch.at(-1)?.validAt ?? extent.to;
    if (++batches % NOTE_EVERY === 0) await to.facts.set(REACHED_FACT, lastAt);
    onProgress((lastAt - extent.from) / Math.max(1, extent.to - extent.from), `${count.read} readings`);
    if (signal.aborted) return;
  }
  // All are through: another run looks at everything again, also at what has come before that since.
  await to.facts.set(REACHED_FACT, null);
}

const emptyBatch = (at: number): IngestBatch => ({
  journalId: GROUP,
  group: GROUP,
  positions: [],
  arrivals: [],
  slots: [],
  quarantined: [],
  providerForecasts: [],
  at,
});

/** Where its bytes lay in the journal is not known to a row's readers: of arrivals received at one instant it is the first. */
const arrivalOf = ({ corrections, ...observation }: StoredObservation): Arrival => ({
  observation,
  partition: 0,
  offset: 0,
  item: 0,
  ...(corrections > 0 ? { corrections } : {}),
});

async function carrySlots({ from, to, onProgress, signal }: MigrationInput, count: CarryCount): Promise<void> {
  const rows = everyPage((cursor) => from.slots.query({ ...ALL_TIME, limit: BATCH_ROWS, ...cursor }));
  for await (const batch of inBatches(rows, BATCH_ROWS)) {
    const known = await to.slots.get(batch);
    // What the target says of a slot itself is newer than what is carried.
    const missing = batch.filter((_, index) => known[index] === null).map((slot) => ({ ...slot, version: 1 }));
    if (missing.length > 0) await to.slots.put(missing);
    count.read += batch.length;
    count.written += missing.length;
    onProgress(null, `${count.read} slots`);
    if (signal.aborted) return;
  }
}

async function carryQuarantine({ from, to, now, signal }: MigrationInput, count: CarryCount): Promise<void> {
  const rows = everyPage((cursor) => from.quarantine.query({ limit: 100, ...cursor }));
  for await (const quarantined of inBatches(rows, 100)) {
    const receipt = await to.ingest.commit({ ...emptyBatch(now()), quarantined });
    count.read += quarantined.length;
    count.written += receipt.quarantined;
    if (signal.aborted) return;
  }
}

async function carryForecasts(
  { from, to, placeIds, now, onProgress, signal }: MigrationInput,
  counts: Readonly<Record<'predictions' | 'providerForecasts', CarryCount>>,
): Promise<void> {
  for (const placeId of placeIds) {
    for await (const batch of inBatches(
      from.predictions.providerIssues(placeId, ALL_TIME.from, ALL_TIME.to),
      BATCH_ISSUES,
    )) {
      await to.ingest.commit({ ...emptyBatch(now()), providerForecasts: batch });
      counts.providerForecasts.read += batch.length;
      counts.providerForecasts.written += batch.length;
      if (signal.aborted) return;
    }
    // A newer issue of the target's own stays the newest: what is older is kept beside it, one an hour.
    for await (const batch of inBatches(from.predictions.issues(placeId, ALL_TIME.from, ALL_TIME.to), BATCH_ISSUES)) {
      const reached = { group: GROUP, position: (await to.feed.head()) ?? '0' };
      await to.states.commit([], batch, reached, now());
      counts.predictions.read += batch.length;
      counts.predictions.written += batch.length;
      onProgress(null, `${counts.predictions.read} forecasts`);
      if (signal.aborted) return;
    }
  }
}

async function carryDocuments({ from, to, collections, signal }: MigrationInput, count: CarryCount): Promise<void> {
  for (const collection of collections) {
    const rows = everyPage((cursor) => from.documents.list(collection, { limit: 200, ...cursor }));
    for await (const batch of inBatches(rows, 200)) {
      // Without a version: what is there already stays as it is.
      await to.documents.commit(batch.map(({ key, value }) => ({ collection, key, value, version: null })));
      count.read += batch.length;
      count.written += batch.length;
      if (signal.aborted) return;
    }
  }
}

async function carryFacts({ from, to }: MigrationInput, count: CarryCount): Promise<void> {
  for (const [key, value] of await from.facts.list('')) {
    if (key.startsWith(OWN_FACTS)) continue;
    count.read++;
    if ((await to.facts.get(key)) !== null) continue;
    await to.facts.set(key, value);
    count.written++;
  }
}

/** What of a source's standing names the counters of its credential. */
interface Standing {
  readonly source: string;
  readonly credential: string;
  readonly quota: readonly { readonly window: string }[];
}

/** What the present windows have used: a target that began at zero would overspend them. */
async function carryQuota({ from, to }: MigrationInput): Promise<void> {
  for (const { source, credential, quota } of (await from.facts.list<Standing>('poll/')).values()) {
    const ids = quota.map(({ window }) => `${source}/${credential}/${window}`);
    const [used, known] = [await from.quota.read(ids), await to.quota.read(ids)];
    for (const [index, use] of used.entries()) {
      if (use === null) continue;
      const counted = known[index]?.windowAt === use.windowAt ? (known[index]?.used ?? 0) : 0;
      if ((known[index]?.windowAt ?? 0) > use.windowAt || counted >= use.used) continue;
      const window = { id: use.id, windowAt: use.windowAt, limit: Number.MAX_SAFE_INTEGER };
      await to.quota.reserve([window], use.used - counted);
    }
  }
}

async function carryPositions({ from, to, groups, now }: MigrationInput): Promise<void> {
  for (const { journalId, group } of groups) {
    const [positions, known] = [
      await from.ingest.positions(journalId, group),
      await to.ingest.positions(journalId, group),
    ];
    const further = positions.filter(({ topic, partition, offset }) => {
      const there = known.find((one) => one.topic === topic && one.partition === partition);
      return there === undefined || there.offset < offset;
    });
    if (further.length > 0) await to.ingest.commit({ ...emptyBatch(now()), journalId, group, positions: further });
  }
}
