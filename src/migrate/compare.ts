import { createHash } from 'node:crypto';
import type { Instant } from '../core/time.ts';
import type { Slot } from '../ledger/ledger.ts';
import type { StoredObservation } from '../store/store.ts';
import { ALL_TIME, BATCH_ROWS, everyPage, type MigrationInput } from './migration.ts';

/** How one kind of row compares: every row of the source must stand in the target as it is. */
export interface Comparison {
  readonly rows: number;
  /** Of the source's rows, and of the same rows as the target has them: SHA-256 of their canonical JSON. */
  readonly checksumFrom: string;
  readonly checksumTo: string;
  /** Rows that the target lacks or has otherwise. */
  readonly different: number;
  /** The first of them. */
  readonly first: readonly string[];
}

const SHOWN = 10;

/** Reads both stores once, in order, and compares readings, slots and forecasts row by row. */
export async function compareStores(
  input: MigrationInput,
): Promise<Readonly<Record<'observations' | 'slots' | 'predictions' | 'providerForecasts', Comparison>>> {
  const { from, to, placeIds, onProgress } = input;
  const all = { which: 'all', ...ALL_TIME } as const;
  onProgress(null, 'comparing readings');
  const observations = await compared(
    groupsOf(from.observations.stream(all), readingKey),
    groupsOf(to.observations.stream(all), readingKey),
  );
  onProgress(null, 'comparing slots');
  const slots = (store: MigrationInput['from']) =>
    groupsOf(
      everyPage((cursor) => store.slots.query({ ...ALL_TIME, limit: BATCH_ROWS, ...cursor })),
      slotKey,
    );
  const slotsCompared = await compared(slots(from), slots(to));
  onProgress(null, 'comparing forecasts');
  const issues = (store: MigrationInput['from'], which: 'issues' | 'providerIssues') =>
    groupsOf(issuesOf(store, which, placeIds), ({ placeIndex, issuedAt, placeId }) => ({
      order: [placeIndex, issuedAt],
      name: `${placeId} ${new Date(issuedAt).toISOString()}`,
    }));
  return {
    observations,
    slots: slotsCompared,
    predictions: await compared(issues(from, 'issues'), issues(to, 'issues')),
    providerForecasts: await compared(issues(from, 'providerIssues'), issues(to, 'providerIssues')),
  };
}

async function* issuesOf(store: MigrationInput['from'], which: 'issues' | 'providerIssues', places: readonly string[]) {
  for (const [placeIndex, placeId] of places.entries())
    for await (const issue of store.predictions[which](placeId, ALL_TIME.from, ALL_TIME.to))
      yield { ...issue, placeIndex };
}

interface Key {
  readonly order: readonly (number | string)[];
  readonly name: string;
}

const readingKey = ({ validAt, placeId }: StoredObservation): Key => keyAt(validAt, placeId);
const slotKey = ({ slotAt, placeId }: Slot): Key => keyAt(slotAt, placeId);
const keyAt = (at: Instant, placeId: string): Key => ({
  order: [at, placeId],
  name: `${placeId} ${new Date(at).toISOString()}`,
});

/** Rows of one key, as canonical lines in an order that does not depend on the store. */
interface Group extends Key {
  readonly lines: readonly string[];
}

async function* groupsOf<Row extends object>(
  rows: AsyncIterable<Row>,
  keyOf: (row: Row) => Key,
): AsyncGenerator<Group, void> {
  let [key, lines]: [Key | null, string[]] = [null, []];
  for await (const row of rows) {
    const next = keyOf(row);
    if (key !== null && compareKeys(key, next) !== 0) {
      yield { ...key, lines: lines.sort() };
      lines = [];
    }
    key = next;
    lines.push(lineOf(row));
  }
  if (key !== null) yield { ...key, lines: lines.sort() };
}

/** Merges two ordered lists: a row of the source is there when its group has the same line in the target. */
async function compared(from: AsyncGenerator<Group, void>, to: AsyncGenerator<Group, void>): Promise<Comparison> {
  const [hashFrom, hashTo] = [createHash('sha256'), createHash('sha256')];
  const first: string[] = [];
  let [rows, different] = [0, 0];
  let there = await to.next();
  for await (const group of from) {
    while (!there.done && compareKeys(there.value, group) < 0) there = await to.next();
    const found = !there.done && compareKeys(there.value, group) === 0 ? new Set(there.value.lines) : new Set<string>();
    for (const line of group.lines) {
      rows++;
      hashFrom.update(line);
      if (found.has(line)) hashTo.update(line);
      else {
        different++;
        if (first.length < SHOWN) first.push(group.name);
      }
    }
  }
  await to.return();
  return { rows, different, first, checksumFrom: hashFrom.digest('hex'), checksumTo: hashTo.digest('hex') };
}

function compareKeys({ order: one }: Key, { order: other }: Key): number {
  for (const [index, value] of one.entries()) {
    const against = other[index] ?? value;
    if (value !== against) return value < against ? -1 : 1;
  }
  return 0;
}

/** Versions count a store's own writes, and say nothing about the row. */
const lineOf = (row: object): string =>
  `${JSON.stringify(row, (key, value: unknown) =>
    key === 'version' || key === 'placeIndex'
      ? undefined
      : typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
        ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
        : value,
  )}\n`;
