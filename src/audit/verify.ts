import { floorTo, HOUR_MS, type Instant } from '../core/time.ts';
import type { Journal, JournalRecord, Position } from '../journal/journal.ts';
import { TOPICS, type Topic } from '../journal/topics.ts';
import { REMOVED_BEFORE_FACT, type Store } from '../store/store.ts';
import type { ProviderForecast } from '../weather/prediction.ts';
import { EntryAudit } from './audit-entries.ts';
import { auditLedger } from './audit-ledger.ts';
import { type DecodedReadings, ObservationAudit } from './audit-observations.ts';
import { auditRows } from './audit-rows.ts';
import { AuditCount, type AuditReport } from './report.ts';

/** What the process stage makes of a record: its own decoders, handed in so that the audit repeats the same judgement. */
export interface AuditDecoders {
  readonly observations: (record: JournalRecord) => DecodedReadings;
  readonly forecasts: (record: JournalRecord) => { readonly ok: boolean; readonly forecast?: ProviderForecast };
  readonly polls: (record: JournalRecord) => { readonly quarantined: readonly { readonly id: string }[] };
}

export interface VerifyInput {
  readonly journal: Journal;
  readonly store: Store;
  readonly decoders: AuditDecoders;
  /** The group whose positions say what was processed. */
  readonly group: string;
  /** Slot time `[from, to)` that is audited; absent: all that the folder holds. */
  readonly from?: Instant;
  readonly to?: Instant;
  /** How many findings of a kind are listed; all are counted. Default 100. */
  readonly listed?: number;
  /** Called after each page with the number of journal records read so far. */
  readonly onProgress?: (records: number) => void;
}

const PAGE_RECORDS = 1000;

/**
 * The audit: every journal record that was processed is in the store, in quarantine or superseded, exactly once; every
 * expected slot has one row in one state; positions lie within the journal. Reads everything, changes nothing, works
 * beside a running program; memory grows by 16 to 32 bytes per distinct reading and with nothing else.
 *
 * Records that retention dropped from the journal cannot be audited; rows that it removed from the store are not lost.
 *
 * @throws HarmattanError of the journal and the store
 */
export async function verify(input: VerifyInput): Promise<AuditReport> {
  const { journal, store, group } = input;
  const count = new AuditCount(input.listed ?? 100);
  const keptFromAt = (await store.facts.get<Instant>(REMOVED_BEFORE_FACT)) ?? Number.NEGATIVE_INFINITY;
  // Read before the journal: what is processed while the audit runs counts as unread, never as lost.
  const positions = await store.ingest.positions(journal.id, group);
  const entries = new EntryAudit(store.quarantine, count);
  const observations = new ObservationAudit({ store, decode: input.decoders.observations, keptFromAt, count, entries });
  // By topic: a journal may number all of a topic's partitions in one row.
  const ends = new Map<Topic, number>();
  let read = 0;

  for (const topic of TOPICS) {
    for await (const page of pages(journal, topic)) {
      const processed = page.filter((record) => isBefore(record, positions));
      count.records += processed.length;
      count.unread += page.length - processed.length;
      for (const { offset } of page) ends.set(topic, Math.max(ends.get(topic) ?? 0, offset + 1));
      entries.note(page);
      if (topic === 'observations') await observations.page(processed);
      if (topic === 'forecasts') await auditForecasts(processed, input, keptFromAt, count, entries);
      if (topic === 'polls') for (const record of processed) await auditPoll(record, input, count, entries);
      read += page.length;
      input.onProgress?.(read);
    }
  }
  await observations.finish(() => pagesOf(journal, 'observations', positions));
  await entries.finish();

  for (const position of positions) {
    const end = ends.get(position.topic);
    if (end !== undefined && position.offset > end)
      count.misplaced.add(partitionText(position), `Its position is ${position.offset}; the journal ends at ${end}.`);
  }
  await auditRows(store, count);
  await auditLedger({ store, from: input.from, to: input.to, keptFromAt, count });
  return count.report();
}

async function auditPoll(record: JournalRecord, input: VerifyInput, count: AuditCount, entries: EntryAudit) {
  count.polls++;
  for (const { id } of input.decoders.polls(record).quarantined) await entries.expect(id);
}

async function auditForecasts(
  records: readonly JournalRecord[],
  { store, decoders }: VerifyInput,
  keptFromAt: Instant,
  count: AuditCount,
  entries: EntryAudit,
): Promise<void> {
  for (const record of records) {
    const id = `${record.topic}/${record.partition}/${record.offset}/0`;
    const { forecast } = decoders.forecasts(record);
    if (!forecast) {
      await entries.expect(id);
      continue;
    }
    count.providerForecasts++;
    if (await hasForecast(store, forecast)) continue;
    if (forecast.issuedAt < keptFromAt) count.expired++;
    else await entries.expect(id, `The forecast of ${forecast.source} for ${forecast.placeId} is not in the store.`);
  }
}

/** The forecast itself, or a later issue of its clock hour: of one hour the store keeps the last. */
async function hasForecast(store: Store, { placeId, source, issuedAt }: ProviderForecast): Promise<boolean> {
  const hourEndAt = floorTo(issuedAt, HOUR_MS) + HOUR_MS;
  for await (const issue of store.predictions.providerIssues(placeId, issuedAt, hourEndAt))
    if (issue.source === source) return true;
  return false;
}

const partitionText = ({ topic, partition }: { readonly topic: Topic; readonly partition: number }) =>
  `${topic}/${partition}`;

const isBefore = (record: JournalRecord, positions: readonly Position[]) =>
  positions.some(
    ({ topic, partition, offset }) =>
      topic === record.topic && partition === record.partition && record.offset < offset,
  );

async function* pages(journal: Journal, topic: Topic): AsyncGenerator<readonly JournalRecord[]> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Journal['browse']>> = await journal.browse({
      topic,
      limit: PAGE_RECORDS,
      ...(cursor === null ? {} : { cursor }),
    });
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** The processed records of a topic, page by page. */
async function* pagesOf(
  journal: Journal,
  topic: Topic,
  positions: readonly Position[],
): AsyncGenerator<readonly JournalRecord[]> {
  for await (const page of pages(journal, topic)) yield page.filter((record) => isBefore(record, positions));
}
