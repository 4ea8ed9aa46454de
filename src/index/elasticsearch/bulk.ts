import { HarmattanError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { decorrelatedDelayMs } from '../../core/retry.ts';
import { type Clock, SECOND_MS } from '../../core/time.ts';
import type { IndexDocument, RefusedDocument, WriteReceipt } from '../search-index.ts';
import { BUSY_STATUSES, type EngineClient, errorOf, isBlock, reasonOf } from './client.ts';
import { type Revision, revisionsOf } from './revision.ts';

export interface BulkOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly attempts: number;
  /** The index that a document goes to. */
  readonly indexOf: (document: IndexDocument) => string;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 20 * SECOND_MS;

/** What `_bulk` says of one document. */
interface BulkItem {
  readonly status: number;
  readonly error?: unknown;
}

/** What `write` still has to bring in. */
interface Waiting {
  readonly item: number;
  readonly document: IndexDocument;
  /** Where an older document lies that this one replaces; `null`: none is expected. */
  readonly over: Revision | null;
}

/** What became of the documents of one request. */
interface Settled {
  /** The engine was too busy for these. */
  readonly busy: readonly Waiting[];
  /** Another document has their id. */
  readonly contested: readonly Waiting[];
}

type Tally = { indexed: number; kept: number; refused: RefusedDocument[] };

/**
 * Writes documents through `_bulk`. Each is created under its id; only the ones refused because a document is there are
 * compared with it, and where they hold other values and arrived later, written over exactly that revision. What the
 * engine was too busy for is sent again, each document by itself.
 *
 * @throws HarmattanError HMT_INDEX_BUSY after the last attempt, and what the client throws
 */
export async function writeBulk(
  documents: readonly IndexDocument[],
  options: BulkOptions,
  signal: AbortSignal,
): Promise<WriteReceipt> {
  const { clock, random, attempts } = options;
  const tally: Tally = { indexed: 0, kept: 0, refused: [] };
  let retried = 0;
  let waiting: readonly Waiting[] = documents.map((document, item) => ({ item, document, over: null }));
  let delayMs = FIRST_DELAY_MS;
  for (let failures = 0; waiting.length > 0; ) {
    let busy: HarmattanError;
    try {
      const settled = settle(waiting, await send(waiting, options, signal), tally);
      waiting = [...settled.busy, ...(await toReplace(settled.contested, options, tally, signal))];
      if (settled.busy.length === 0) continue;
      busy = new HarmattanError('HMT_INDEX_BUSY', { detail: `It had no room for ${settled.busy.length} documents.` });
      retried += settled.busy.length;
    } catch (error) {
      if (!(error instanceof HarmattanError) || error.code !== 'HMT_INDEX_BUSY') throw error;
      busy = error;
      retried += waiting.length;
    }
    if (++failures >= attempts || signal.aborted) throw busy;
    delayMs = decorrelatedDelayMs(delayMs, FIRST_DELAY_MS, LONGEST_DELAY_MS, random);
    await clock.sleep(Math.max(delayMs, busy.retryAfterMs ?? 0), signal);
  }
  return { ...tally, retried };
}

/** Those of the contested documents that replace what is there; the others are left out. */
async function toReplace(
  contested: readonly Waiting[],
  options: BulkOptions,
  tally: Tally,
  signal: AbortSignal,
): Promise<readonly Waiting[]> {
  if (contested.length === 0) return [];
  const keys = contested.map(({ document }) => ({ index: options.indexOf(document), id: document.id }));
  const there = await revisionsOf(options.client, keys, signal);
  return contested.flatMap(({ item, document }, at) => {
    const over = there[at] ?? null;
    if (over === null || (over.hash !== document.hash && over.createdAt <= document.receivedAt))
      return [{ item, document, over }];
    tally.kept++;
    return [];
  });
}

/** Counts what is settled, and returns what is not. */
function settle(sent: readonly Waiting[], items: readonly BulkItem[], tally: Tally): Settled {
  const busy: Waiting[] = [];
  const contested: Waiting[] = [];
  for (const [at, one] of sent.entries()) {
    const { status, error } = items[at] ?? { status: 503 };
    const reason = reasonOf(error) ?? `status ${status}`;
    if (status >= 200 && status < 300) tally.indexed++;
    else if (status === 409) contested.push(one);
    else if (isBlock(reason)) throw new HarmattanError('HMT_INDEX_BLOCKED', { detail: `${reason}.` });
    else if (BUSY_STATUSES.has(status)) busy.push(one);
    // No right to write, an index that may not be made: this is about the index, not about the document.
    else if (status === 401 || status === 403)
      throw new HarmattanError('HMT_INDEX_CREDENTIALS', { detail: `${reason}.` });
    else if (status === 404) throw new HarmattanError('HMT_INDEX_REFUSED', { detail: `${reason}.` });
    else tally.refused.push({ item: one.item, reason: `${reason}.` });
  }
  return { busy, contested };
}

/** One request, or several halves where the engine (or a proxy before it) finds one too large. */
async function send(
  waiting: readonly Waiting[],
  options: BulkOptions,
  signal: AbortSignal,
): Promise<readonly BulkItem[]> {
  const body = waiting.map((one) => lines(one, options.indexOf(one.document))).join('');
  const path = '/_bulk?filter_path=errors,items.*.status,items.*.error';
  const { status, body: answer } = await options.client.call({ method: 'POST', path, body, ndjson: true, signal });
  if (status === 413) {
    if (waiting.length === 1) return [{ status, error: 'The engine finds it too large' }];
    const half = Math.ceil(waiting.length / 2);
    const first = await send(waiting.slice(0, half), options, signal);
    return [...first, ...(await send(waiting.slice(half), options, signal))];
  }
  if (status !== 200)
    throw new HarmattanError('HMT_INDEX_REFUSED', {
      detail: `_bulk: ${reasonOf(errorOf(answer)) ?? `status ${status}`}.`,
    });
  return itemsOf(answer, waiting.length);
}

function lines({ document: { id, json }, over }: Waiting, index: string): string {
  const key = { _index: index, _id: id };
  const action = over
    ? { index: { ...key, if_seq_no: over.seqNo, if_primary_term: over.primaryTerm } }
    : { create: key };
  return `${JSON.stringify(action)}\n${json}\n`;
}

function itemsOf(answer: unknown, count: number): readonly BulkItem[] {
  const { items } = (answer ?? {}) as { items?: unknown };
  if (!Array.isArray(items) || items.length !== count)
    throw new HarmattanError('HMT_INDEX_NOT_AN_ENGINE', {
      detail: 'Its answer to _bulk does not list every document.',
    });
  return items.map((item) => {
    const [result] = Object.values((item ?? {}) as Record<string, unknown>);
    const { status, error } = (result ?? {}) as { status?: unknown; error?: unknown };
    return { status: typeof status === 'number' ? status : 503, error };
  });
}
