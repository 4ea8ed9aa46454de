import type { ObjectId } from 'mongodb';
import type { Instant } from '../../core/time.ts';
import type { Place } from '../../weather/place.ts';
import type { ChangedReading } from '../feed-changes.ts';
import type { ComparesSources } from '../preference.ts';
import type { Arrival } from '../store.ts';
import { abreast } from './abreast.ts';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { refusedDocuments } from './failure.ts';
import { instantIdOf } from './natural-key.ts';
import type { NaturalOrder } from './natural-order.ts';
import { type InstantReadings, meet, type Outcome } from './readings.ts';
import { readingsIn, type WeatherDocument, weatherDocument } from './weather-document.ts';

/** What happened to the arrivals of one batch. */
export interface ArrivalOutcome {
  readonly inserted: number;
  readonly duplicates: number;
  readonly corrections: number;
  readonly superseded: number;
  /**
   * Rows that are new or changed, in the order of arrival; and those whose very arrival comes again, because the batch
   * that brought it may have been cut off before it told.
   */
  readonly changed: readonly ChangedReading[];
  /** Valid times per place of the documents that are new. */
  readonly added: ReadonlyMap<string, readonly Instant[]>;
  /** Newest valid time per place among all arrivals. */
  readonly newest: ReadonlyMap<string, Instant>;
}

interface ArrivalsOptions {
  readonly database: MongoDatabase;
  readonly collections: Pick<Collections, 'weather'>;
  readonly order: NaturalOrder;
  readonly compare: ComparesSources;
  readonly placeOf: (placeId: string) => Place | null;
}

/** Arrivals of one (place, instant), by their place in the batch. */
interface Group {
  readonly id: ObjectId;
  readonly arrivals: (readonly [index: number, arrival: Arrival])[];
}

export type ArrivalWriter = (arrivals: readonly Arrival[]) => Promise<ArrivalOutcome>;

/**
 * Writes arrivals by natural key: all at once as new documents, and only those that are refused are compared and, where
 * they differ, replaced. Repeating any part of it ends in the same rows.
 */
export function arrivalWriter(options: ArrivalsOptions): ArrivalWriter {
  const { database, compare, placeOf, order } = options;
  const { weather } = options.collections;

  const documentOf = (readings: InstantReadings) => weatherDocument(readings, placeOf(readings.placeId));

  /** Inserts what is new, in order of valid time; returns which documents the database has already. */
  const insert = async (documents: readonly WeatherDocument[]): Promise<ReadonlySet<number>> => {
    try {
      await database.run(() => weather.insertMany(documents, { ordered: false }));
      return new Set();
    } catch (error) {
      const refused = refusedDocuments(error);
      if (!refused) throw error;
      return refused;
    }
  };

  /** Brings arrivals to the document that is there; reads again where somebody else was first. */
  const reconcile = async (group: Group): Promise<readonly Outcome[]> => {
    for (;;) {
      const document = await database.run(() => weather.findOne({ _id: group.id }));
      if (!document && (await order.putBack(group.id))) continue;
      const { outcomes, readings, before } = fold(group, document ? readingsIn(document, compare) : null, compare);
      if (readings === before) return outcomes;
      const next = documentOf(readings);
      if (!document) {
        // It was refused and is gone since, as retention does it.
        if ((await insert([next])).size === 0) return outcomes;
        continue;
      }
      // An engine that scans would read everything to compare the revision too; it was compared by the read before.
      const asRead = database.scans ? { _id: group.id } : { _id: group.id, 'hmt.revision': before.revision };
      const { matchedCount } = await database.run(() => weather.replaceOne(asRead, next));
      if (matchedCount === 1) return outcomes;
    }
  };

  return async (arrivals) => {
    const groups = groupsOf(arrivals);
    const outcomes = new Array<Outcome>(arrivals.length);
    const take = (group: Group, some: readonly Outcome[]) => {
      for (const [at, [index]] of group.arrivals.entries()) outcomes[index] = some[at] as Outcome;
    };
    const fresh = groups.map((group) => fold(group, null, compare));
    const refused =
      groups.length === 0 ? new Set<number>() : await insert(fresh.map((one) => documentOf(one.readings)));
    const known = groups.filter((_, index) => refused.has(index));
    for (const [index, group] of groups.entries()) if (!refused.has(index)) take(group, fresh[index]?.outcomes ?? []);
    const met = await abreast(known, reconcile);
    for (const [index, group] of known.entries()) take(group, met[index] ?? []);
    return outcomeOf(
      arrivals,
      outcomes,
      groups.filter((_, index) => !refused.has(index)),
    );
  };
}

/** Groups in order of valid time, as the documents shall lie. */
function groupsOf(arrivals: readonly Arrival[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const [index, arrival] of arrivals.entries()) {
    const { placeId, validAt } = arrival.observation;
    const key = `${placeId} ${validAt}`;
    const group = groups.get(key);
    if (group) group.arrivals.push([index, arrival]);
    else groups.set(key, { id: instantIdOf(placeId, validAt), arrivals: [[index, arrival]] });
  }
  return [...groups.values()].sort((one, other) => validAtOf(one) - validAtOf(other));
}

const validAtOf = (group: Group): Instant => group.arrivals[0]?.[1].observation.validAt ?? 0;

/** What a group's arrivals make of what is there, one after the other. */
function fold(group: Group, known: InstantReadings | null, compare: ComparesSources) {
  const { placeId = '', validAt = 0 } = group.arrivals[0]?.[1].observation ?? {};
  const before = known ?? { placeId, validAt, revision: 0, readings: [] };
  let readings = before;
  const outcomes: Outcome[] = [];
  for (const [, arrival] of group.arrivals) {
    const met = meet(readings, arrival, compare);
    outcomes.push(met.outcome);
    readings = met.readings;
  }
  return { before, readings, outcomes };
}

function outcomeOf(
  arrivals: readonly Arrival[],
  outcomes: readonly Outcome[],
  groups: readonly Group[],
): ArrivalOutcome {
  const counts = { inserted: 0, duplicates: 0, corrections: 0, superseded: 0 };
  const changed: ChangedReading[] = [];
  const newest = new Map<string, Instant>();
  for (const [index, { observation }] of arrivals.entries()) {
    const { placeId, validAt, source } = observation;
    const outcome = outcomes[index] ?? 'duplicates';
    counts[outcome === 'redelivered' ? 'duplicates' : outcome]++;
    newest.set(placeId, Math.max(validAt, newest.get(placeId) ?? validAt));
    if (outcome !== 'duplicates' && outcome !== 'superseded')
      changed.push({ placeId, validAt, source, correction: outcome === 'corrections' });
  }
  const added = new Map<string, Instant[]>();
  for (const group of groups) {
    const placeId = group.arrivals[0]?.[1].observation.placeId ?? '';
    const known = added.get(placeId);
    if (known) known.push(validAtOf(group));
    else added.set(placeId, [validAtOf(group)]);
  }
  return { ...counts, changed, added, newest };
}
