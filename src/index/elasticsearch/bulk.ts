import { HarmattanError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { decorrelatedDelayMs } from '../../core/retry.ts';
import { type Clock, SECOND_MS } from '../../core/time.ts';
import type { IndexDocument, RefusedDocument, WriteReceipt } from '../search-index.ts';
import { BUSY_STATUSES, type EngineClient, errorOf, isBlock, reasonOf } from './client.ts';

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

interface Waiting {
  readonly item: number;
  readonly document: IndexDocument;
}

/**
 * Writes documents through `_bulk`, each under its id with its arrival as external version: an older arrival than the
 * one that is there is left out (409), the same one again changes nothing. Only the documents that the engine was too
 * busy for are sent again.
 *
 * @throws HarmattanError HMT_INDEX_BUSY after the last attempt, and what the client throws
 */
export async function writeBulk(
  documents: readonly IndexDocument[],
  options: BulkOptions,
  signal: AbortSignal,
): Promise<WriteReceipt> {
  const { clock, random, attempts } = options;
  const receipt = { indexed: 0, superseded: 0, refused: [] as RefusedDocument[], retried: 0 };
  let waiting: readonly Waiting[] = documents.map((document, item) => ({ item, document }));
  let delayMs = FIRST_DELAY_MS;
  for (let attempt = 1; waiting.length > 0; attempt++) {
    let busy: HarmattanError;
    try {
      waiting = settle(waiting, await send(waiting, options, signal), receipt);
      busy = new HarmattanError('HMT_INDEX_BUSY', { detail: `It had no room for ${waiting.length} documents.` });
    } catch (error) {
      if (!(error instanceof HarmattanError) || error.code !== 'HMT_INDEX_BUSY') throw error;
      busy = error;
    }
    if (waiting.length === 0) break;
    if (attempt >= attempts || signal.aborted) throw busy;
    receipt.retried += waiting.length;
    delayMs = decorrelatedDelayMs(delayMs, FIRST_DELAY_MS, LONGEST_DELAY_MS, random);
    await clock.sleep(Math.max(delayMs, busy.retryAfterMs ?? 0), signal);
  }
  return receipt;
}

/** Counts what is settled, and returns what the engine was too busy for. */
function settle(
  sent: readonly Waiting[],
  items: readonly BulkItem[],
  receipt: { indexed: number; superseded: number; refused: RefusedDocument[] },
): readonly Waiting[] {
  return sent.filter(({ item }, at) => {
    const { status, error } = items[at] ?? { status: 503 };
    const reason = reasonOf(error) ?? `status ${status}`;
    if (status >= 200 && status < 300) receipt.indexed++;
    else if (status === 409) receipt.superseded++;
    else if (isBlock(reason)) throw new HarmattanError('HMT_INDEX_BLOCKED', { detail: `${reason}.` });
    else if (BUSY_STATUSES.has(status)) return true;
    // No right to write, an index that may not be made: this is about the index, not about the document.
    else if (status === 401 || status === 403)
      throw new HarmattanError('HMT_INDEX_CREDENTIALS', { detail: `${reason}.` });
    else if (status === 404) throw new HarmattanError('HMT_INDEX_REFUSED', { detail: `${reason}.` });
    else receipt.refused.push({ item, reason: `${reason}.` });
    return false;
  });
}

/** One request, or several halves where the engine (or a proxy before it) finds one too large. */
async function send(
  waiting: readonly Waiting[],
  options: BulkOptions,
  signal: AbortSignal,
): Promise<readonly BulkItem[]> {
  const body = waiting.map(({ document }) => lines(document, options.indexOf(document))).join('');
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

const lines = ({ id, version, json }: IndexDocument, index: string) =>
  `${JSON.stringify({ index: { _index: index, _id: id, version, version_type: 'external_gte' } })}\n${json}\n`;

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
