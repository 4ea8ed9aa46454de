import type { Instant } from '../../core/time.ts';
import { type EngineClient, refuseUnless } from './client.ts';

/** One state of a document in the engine, as far as it decides whether another replaces it. */
export interface Revision {
  readonly seqNo: number;
  readonly primaryTerm: number;
  /** `null` for a document that is not ours. */
  readonly hash: string | null;
  /** When the reading that it holds reached us. */
  readonly createdAt: Instant;
}

interface Found {
  readonly found?: boolean;
  readonly _seq_no: number;
  readonly _primary_term: number;
  readonly _source?: { readonly event?: { readonly hash?: string; readonly created?: string } };
}

/** The newest revision under each key, in the same order, `null` where there is none. Not delayed by refreshes. */
export async function revisionsOf(
  client: EngineClient,
  keys: readonly { readonly index: string; readonly id: string }[],
  signal: AbortSignal,
): Promise<readonly (Revision | null)[]> {
  const docs = keys.map(({ index, id }) => ({ _index: index, _id: id }));
  const path = '/_mget?_source_includes=event.hash,event.created';
  const reply = await client.call({ method: 'POST', path, body: JSON.stringify({ docs }), signal });
  refuseUnless(reply, '_mget');
  const found = (reply.body as { readonly docs?: readonly Found[] }).docs ?? [];
  return keys.map((_, at) => {
    const one = found[at];
    if (!one?.found) return null;
    const { hash = null, created } = one._source?.event ?? {};
    const createdAt = created === undefined ? Number.NEGATIVE_INFINITY : Date.parse(created);
    return { seqNo: one._seq_no, primaryTerm: one._primary_term, hash, createdAt };
  });
}
