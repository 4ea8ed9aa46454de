import { createHash, randomBytes } from 'node:crypto';
import { HOUR_MS, type Instant } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { type KeptToken, tokenById, tokenOf } from './token.ts';

/** A working day: who comes back tomorrow logs in again. */
export const SESSION_MS = 12 * HOUR_MS;
const COOKIE = 'session';
const COLLECTION = 'sessions';
/** `<ends at, ms>.<secret>`: by the instant the row is found and dropped in time. */
const SHAPE = /^(\d{1,15})\.([A-Za-z0-9_-]{43})$/;
const DROPPED_AT_ONCE = 100;

interface KeptSession {
  readonly tokenId: string;
}

/** Somebody who has logged in with a token. */
export interface Session {
  readonly token: KeptToken;
  readonly endsAt: Instant;
}

/** Logs in with a token. The cookie is shown this once; of it only a hash is kept. `null`: the token is none of ours. */
export async function beginSession(
  documents: DocumentStore,
  given: string,
  now: Instant,
): Promise<{ readonly session: Session; readonly secret: string } | null> {
  const token = await tokenOf(documents, given);
  if (token === null) return null;
  const endsAt = now + SESSION_MS;
  const secret = `${endsAt}.${randomBytes(32).toString('base64url')}`;
  const value: KeptSession = { tokenId: token.id };
  await documents.commit([{ collection: COLLECTION, key: keyOf(endsAt, secret), value, version: 1 }]);
  await documents.drop(COLLECTION, keyOf(now, ''), DROPPED_AT_ONCE);
  return { session: { token, endsAt }, secret };
}

/** The session of a Cookie header; `null` where there is none, it has ended, or its token was revoked. */
export async function sessionOf(
  documents: DocumentStore,
  header: string | undefined,
  now: Instant,
): Promise<Session | null> {
  const secret = secretIn(header);
  const endsAt = Number(SHAPE.exec(secret)?.[1] ?? 0);
  if (endsAt <= now) return null;
  const kept = await documents.get<KeptSession>(COLLECTION, keyOf(endsAt, secret));
  const token = kept === null ? null : await tokenById(documents, kept.value.tokenId);
  return token === null ? null : { token, endsAt };
}

/** Logs out: the cookie opens nothing any more, whoever has a copy of it. */
export async function endSession(documents: DocumentStore, header: string | undefined): Promise<void> {
  const secret = secretIn(header);
  const endsAt = Number(SHAPE.exec(secret)?.[1] ?? 0);
  const key = keyOf(endsAt, secret);
  const kept = endsAt === 0 ? null : await documents.get<KeptSession>(COLLECTION, key);
  if (kept) await documents.commit([{ collection: COLLECTION, key, value: null, version: kept.version + 1 }]);
}

/** For this site alone: no page of another one can make a browser send it, and no script can read it. */
export const sessionCookie = (secret: string, maxAgeMs: number, isSecure: boolean): string =>
  `${COOKIE}=${secret}; Path=/; Max-Age=${Math.floor(maxAgeMs / 1000)}; SameSite=Strict; HttpOnly${isSecure ? '; Secure' : ''}`;

/** What a logged-out browser is told to forget. */
export const noSessionCookie = (isSecure: boolean): string => sessionCookie('', 0, isSecure);

const secretIn = (header: string | undefined): string =>
  header
    ?.split(';')
    .map((one) => one.trim())
    .find((one) => one.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1) ?? '';

/** Found by the hash alone, which is as secret to guess as the secret itself: nothing is compared byte by byte. */
const keyOf = (endsAt: Instant, secret: string): string =>
  `${String(endsAt).padStart(15, '0')}/${secret === '' ? '' : createHash('sha256').update(secret).digest('hex')}`;
