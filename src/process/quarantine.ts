import { HarmattanError } from '../core/errors.ts';
import { toRfc3339 } from '../core/time.ts';
import type { Journal, JournalMessage, JournalRecord } from '../journal/journal.ts';
import { pollRecord } from '../journal/poll-record.ts';
import type { Topic } from '../journal/topics.ts';
import type { QuarantineEntry, Store } from '../store/store.ts';
import { parseRecord } from './parse.ts';

/** Header of a record that was appended again: the id of the quarantine entry it came from. The audit follows it. */
export const REPLAY_HEADER = 'hmt_replayOf';

/** A provider's answer that could not be decoded when it came. */
export interface KeptBody {
  readonly source: string;
  readonly body: Uint8Array;
  /** What it was the answer to. */
  readonly placeIds: readonly string[];
  readonly slotAts: readonly number[];
  readonly receivedAt: number;
}

/** Messages of the `observations` topic made from a kept body; `null` when no source of this program can read it. */
export type BodyDecoder = (kept: KeptBody) => Promise<readonly JournalMessage[] | null>;

export interface ReplayInput {
  readonly store: Store;
  readonly journal: Journal;
  /** Only these entries; absent: all. */
  readonly ids?: readonly string[];
  /** Only entries with this code. */
  readonly reason?: string;
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean;
  /** Decodes providers' bodies after a fix; without it such entries are left alone. */
  readonly decodeBody?: BodyDecoder;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ReplayReport {
  /** Entries whose bytes were (or would be) appended again. */
  readonly replayed: readonly string[];
  /** Entries left in quarantine, with why. */
  readonly left: readonly { readonly id: string; readonly why: string }[];
}

/** Entries read together: a page of them may hold the largest bodies. */
const PAGE_ENTRIES = 20;

/**
 * Appends quarantined bytes to the journal again and removes their entries once the append is durable. A record that is
 * still bad comes back as a new entry. Killed in between, the entry stays and the next replay appends a second copy: the
 * journal may hold a record twice, the store never a row.
 *
 * @throws HarmattanError HMT_QUARANTINE_UNKNOWN for an id that is not there, before anything is done; those of the
 *   journal and the store, after which a second call goes on
 */
export async function replayQuarantine(input: ReplayInput): Promise<ReplayReport> {
  const ids = input.ids && input.ids.length > 0 ? await knownIds(input) : await allIds(input.store, input.reason);
  const replayed: string[] = [];
  const left: { id: string; why: string }[] = [];
  for (const [index, id] of ids.entries()) {
    const entry = await input.store.quarantine.get(id);
    if (entry === null) continue;
    const again = await messagesOf(entry, input);
    if (typeof again === 'string') left.push({ id, why: again });
    else {
      if (!input.dryRun) {
        await input.journal.append(again.topic, again.messages);
        await input.store.quarantine.remove([id]);
      }
      replayed.push(id);
    }
    input.onProgress?.(index + 1, ids.length);
  }
  return { replayed, left };
}

/**
 * One entry.
 *
 * @throws HarmattanError HMT_QUARANTINE_UNKNOWN
 */
export async function quarantinedEntry(store: Store, id: string): Promise<QuarantineEntry> {
  const entry = await store.quarantine.get(id);
  if (entry === null) throw new HarmattanError('HMT_QUARANTINE_UNKNOWN', { detail: `"${id}".`, field: 'id' });
  return entry;
}

/** An entry as JSON for people: its bytes as text where they are UTF-8, in base64 where they are not. */
export function shownEntry(entry: QuarantineEntry): Readonly<Record<string, string | number | boolean | null>> {
  const { value, slotAt, receivedAt, ...rest } = entry;
  const cut = value.byteLength < entry.valueBytes;
  return {
    ...rest,
    receivedAt: toRfc3339(receivedAt),
    slotAt: slotAt === null ? null : toRfc3339(slotAt),
    ...textOrBase64(value, cut),
    cut,
  };
}

function textOrBase64(value: Uint8Array, cut: boolean): { readonly text: string } | { readonly base64: string } {
  try {
    // As a stream, a character that the cut went through is left out instead of refused.
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value, { stream: cut }) };
  } catch {
    return { base64: Buffer.from(value).toString('base64') };
  }
}

async function knownIds({ store, ids = [], reason }: ReplayInput): Promise<readonly string[]> {
  const known: string[] = [];
  for (const id of new Set(ids)) {
    const entry = await quarantinedEntry(store, id);
    if (reason === undefined || entry.code === reason) known.push(id);
  }
  return known;
}

/** Listed before the first append, so that what comes back as a new entry is not replayed for ever. */
async function allIds(store: Store, code: string | undefined): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.quarantine.query({
      limit: PAGE_ENTRIES,
      ...(code === undefined ? {} : { code }),
      ...(cursor === null ? {} : { cursor }),
    });
    for (const { id } of page.items) ids.push(id);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

interface Again {
  readonly topic: Topic;
  readonly messages: readonly JournalMessage[];
}

/** What to append for an entry, or why it cannot be replayed. */
async function messagesOf(entry: QuarantineEntry, input: ReplayInput): Promise<Again | string> {
  const record = await input.journal.get(entry.topic, entry.partition, entry.offset);
  const kept = keptBodyOf(entry, record);
  if (kept !== null) return bodyMessages(entry, kept, input.decodeBody);
  const value = wholeValue(entry, record);
  if (value === null) return 'Its bytes were cut, and the journal no longer has the record.';
  const whole = record !== null && value.byteLength === record.value.byteLength;
  const headers = { ...(whole ? record.headers : {}), [REPLAY_HEADER]: entry.id };
  return { topic: entry.topic, messages: [{ key: record?.key ?? entry.placeId, headers, value }] };
}

async function bodyMessages(
  entry: QuarantineEntry,
  kept: KeptBody,
  decodeBody: BodyDecoder | undefined,
): Promise<Again | string> {
  if (!decodeBody) return 'It is the body of a provider, and no decoder was given.';
  try {
    const messages = await decodeBody(kept);
    if (messages === null) return `No source of this program reads the bodies of "${kept.source}".`;
    if (messages.length === 0) return 'Its decoder found no reading in it.';
    const marked = messages.map((message) => ({
      ...message,
      headers: { ...message.headers, [REPLAY_HEADER]: entry.id },
    }));
    return { topic: 'observations', messages: marked };
  } catch (error) {
    return `It still cannot be decoded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The provider's body behind an entry of the `polls` topic; `null` for every other entry. */
function keptBodyOf(entry: QuarantineEntry, record: JournalRecord | null): KeptBody | null {
  if (entry.topic !== 'polls' || entry.source === null) return null;
  const asked = record === null ? null : undecodableOf(record, entry.item);
  return {
    source: entry.source,
    body: asked === null ? entry.value : Buffer.from(asked.bodyBase64, 'base64'),
    placeIds: asked?.placeIds ?? (entry.placeId === null ? [] : [entry.placeId]),
    slotAts: asked?.slotAts ?? (entry.slotAt === null ? [] : [entry.slotAt]),
    receivedAt: entry.receivedAt,
  };
}

/** Deeper than any poll record, and no danger: the record was accepted once. */
const POLL_DEPTH = 16;

function undecodableOf(record: JournalRecord, item: number) {
  const parsed = parseRecord(record.value, POLL_DEPTH);
  const checked = parsed.ok ? pollRecord.safeParse(parsed.value) : null;
  return checked?.success ? (checked.data.undecodable[item] ?? null) : null;
}

/** All bytes of an entry: its own, or, where they were cut, from the journal. */
function wholeValue(entry: QuarantineEntry, record: JournalRecord | null): Uint8Array | null {
  if (entry.value.byteLength === entry.valueBytes) return entry.value;
  if (record === null) return null;
  if (record.value.byteLength === entry.valueBytes) return record.value;
  const parsed = parseRecord(record.value, Number.MAX_SAFE_INTEGER);
  if (!parsed.ok || !Array.isArray(parsed.value)) return null;
  return Buffer.from(JSON.stringify(parsed.value[entry.item]));
}
