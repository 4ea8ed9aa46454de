import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { HarmattanError } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';

/** What a token may write. */
export const SCOPES = ['alerts', 'observations', 'quarantine'] as const;
export type Scope = (typeof SCOPES)[number];

/** A token as it is kept: never the token itself. */
export interface KeptToken {
  readonly id: string;
  /** Who or what holds it, as the operator calls them; shown wherever it wrote. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the whole token, hexadecimal. Its 256 random bits leave nothing to guess, so that no slow hash is needed. */
  readonly hash: string;
  readonly createdAt: Instant;
  readonly revokedAt: Instant | null;
}

export const TOKENS = 'tokens';
const MOST_TOKENS = 1000;
const SHAPE = /^hmt_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;

/** Makes a token and returns it: it is shown this once and cannot be had again. @throws HarmattanError HMT_TOKEN_INVALID */
export async function createToken(
  documents: DocumentStore,
  { name, scopes = SCOPES, now }: { readonly name: string; readonly scopes?: readonly string[]; readonly now: Instant },
): Promise<{ readonly token: string; readonly kept: KeptToken }> {
  const kept = await tokens(documents);
  const known = scopes.filter((scope): scope is Scope => (SCOPES as readonly string[]).includes(scope));
  if (known.length !== scopes.length || known.length === 0)
    throw new HarmattanError('HMT_TOKEN_INVALID', { field: 'scope', detail: `Scopes are ${SCOPES.join(', ')}.` });
  if (!/^\S(.{0,58}\S)?$/.test(name))
    throw new HarmattanError('HMT_TOKEN_INVALID', { field: 'name', detail: 'The name is empty or too long.' });
  if (kept.some((one) => one.name === name && one.revokedAt === null))
    throw new HarmattanError('HMT_TOKEN_INVALID', { field: 'name', detail: `A living token is called "${name}".` });
  if (kept.length >= MOST_TOKENS)
    throw new HarmattanError('HMT_TOKEN_INVALID', { detail: `There are ${MOST_TOKENS} tokens already.` });
  const id = randomBytes(4).toString('hex');
  const token = `hmt_${id}_${randomBytes(32).toString('base64url')}`;
  const made: KeptToken = { id, name, scopes: known, hash: hashOf(token), createdAt: now, revokedAt: null };
  await documents.commit([{ collection: TOKENS, key: id, value: made, version: 1 }]);
  return { token, kept: made };
}

/** Every token, revoked ones too, in the order of their making. */
export async function tokens(documents: DocumentStore): Promise<readonly KeptToken[]> {
  const { items } = await documents.list<KeptToken>(TOKENS, { limit: MOST_TOKENS });
  return items.map(({ value }) => value).sort((a, b) => a.createdAt - b.createdAt);
}

/** From now on nobody writes with it. @throws HarmattanError HMT_TOKEN_UNKNOWN */
export async function revokeToken(documents: DocumentStore, id: string, now: Instant): Promise<KeptToken> {
  const found = /^[0-9a-f]{8}$/.test(id) ? await documents.get<KeptToken>(TOKENS, id) : null;
  if (!found) throw new HarmattanError('HMT_TOKEN_UNKNOWN', { field: 'id', detail: `The id is "${id.slice(0, 40)}".` });
  const revoked = { ...found.value, revokedAt: found.value.revokedAt ?? now };
  await documents.commit([{ collection: TOKENS, key: id, value: revoked, version: found.version + 1 }]);
  return revoked;
}

/** The living token that `given` is, or `null`. Takes the same time whichever part of it is wrong. */
export async function tokenOf(documents: DocumentStore, given: string): Promise<KeptToken | null> {
  const id = SHAPE.exec(given)?.[1];
  const kept = id === undefined ? undefined : (await documents.get<KeptToken>(TOKENS, id))?.value;
  const isRight = timingSafeEqual(Buffer.from(hashOf(given), 'hex'), Buffer.from(kept?.hash ?? NOBODY, 'hex'));
  return kept !== undefined && isRight && kept.revokedAt === null ? kept : null;
}

/** The living token of an id, or `null`. */
export async function tokenById(documents: DocumentStore, id: string): Promise<KeptToken | null> {
  const kept = (await documents.get<KeptToken>(TOKENS, id))?.value;
  return kept !== undefined && kept.revokedAt === null ? kept : null;
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const NOBODY = '0'.repeat(64);
