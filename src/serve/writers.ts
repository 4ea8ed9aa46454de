import type { FastifyReply, FastifyRequest } from 'fastify';
import { HarmattanError } from '../core/errors.ts';
import { audit } from './audit-log.ts';
import type { Served } from './served.ts';
import { sessionOf } from './session.ts';
import { type KeptToken, type Scope, tokenOf } from './token.ts';

const writers = new WeakMap<FastifyRequest, KeptToken>();

/**
 * Stands before every route that changes something (`onRequest: mayWrite(served, 'alerts')`): a living bearer token with
 * the scope, or the session of a browser that logged in with one, and no page of another site. Runs before the body is
 * read, so that a stranger learns nothing from it.
 *
 * @throws HarmattanError HMT_HTTP_UNAUTHORISED, HMT_HTTP_FORBIDDEN
 */
export function mayWrite(served: Admitting, scope: Scope) {
  return holdsToken(served, scope);
}

/**
 * The same for what only those may read who may write something.
 *
 * @throws HarmattanError HMT_HTTP_UNAUTHORISED, HMT_HTTP_FORBIDDEN
 */
export function mayReadWrites(served: Admitting) {
  return holdsToken(served, null);
}

type Admitting = Pick<Served, 'store' | 'clock'>;

function holdsToken(served: Admitting, scope: Scope | null) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    refuseOtherSites(request);
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    try {
      await admit(served, request, given, scope);
    } catch (error) {
      if (error instanceof HarmattanError && error.code === 'HMT_HTTP_UNAUTHORISED')
        reply.header('www-authenticate', 'Bearer realm="harmattan"');
      throw error;
    }
  };
}

/**
 * The same for a form that carries the token itself, whose body is read by then; an empty one means the session.
 *
 * @throws HarmattanError HMT_HTTP_UNAUTHORISED, HMT_HTTP_FORBIDDEN
 */
export async function admitForm(
  served: Admitting,
  request: FastifyRequest,
  given: string,
  scope: Scope,
): Promise<void> {
  refuseOtherSites(request);
  await admit(served, request, given === '' ? undefined : given, scope);
}

/** @throws HarmattanError HMT_HTTP_FORBIDDEN */
export function refuseOtherSites(request: FastifyRequest): void {
  if (siteOf(request) === 'another')
    throw new HarmattanError('HMT_HTTP_FORBIDDEN', { detail: 'The request comes from a page of another site.' });
}

async function admit(
  { store, clock }: Admitting,
  request: FastifyRequest,
  given: string | undefined,
  scope: Scope | null,
): Promise<void> {
  const token =
    given === undefined ? await inSession({ store, clock }, request, scope) : await tokenOf(store.documents, given);
  if (token === null)
    throw new HarmattanError('HMT_HTTP_UNAUTHORISED', {
      detail: given === undefined ? 'There is neither a token nor a login.' : 'The token is unknown or revoked.',
    });
  if (scope !== null && !token.scopes.includes(scope))
    throw new HarmattanError('HMT_HTTP_FORBIDDEN', { detail: `The token "${token.name}" lacks the scope "${scope}".` });
  writers.set(request, token);
}

/** A cookie is sent by the browser and not by a person: it counts only where the browser says that one of our pages asks. */
async function inSession(
  { store, clock }: Admitting,
  request: FastifyRequest,
  scope: Scope | null,
): Promise<KeptToken | null> {
  const session = await sessionOf(store.documents, request.headers.cookie, clock.now());
  if (session === null) return null;
  if (scope !== null && siteOf(request) !== 'ours')
    throw new HarmattanError('HMT_HTTP_FORBIDDEN', {
      detail: 'With a login, a change is taken only from a page of this site.',
    });
  return session.token;
}

/** Notes in the audit log what the request's token did. Only behind `mayWrite`. */
export async function noteWrite(
  { store, clock }: Pick<Served, 'store' | 'clock'>,
  request: FastifyRequest,
  what: string,
  target: string,
  why: string | null,
): Promise<void> {
  await audit(store.documents, { at: clock.now(), who: writerName(request), what, target, why });
}

/** Who writes, as logs and pages say it. */
export function writerName(request: FastifyRequest): string {
  const writer = writers.get(request);
  if (!writer) throw new TypeError('This route does not ask for a token.');
  return `token ${writer.name} (${writer.id})`;
}

/** Browsers say where a request comes from; programs say nothing, and have no cookies that could be abused. */
function siteOf({ headers }: FastifyRequest): 'ours' | 'another' | 'unsaid' {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' ? 'ours' : site === 'none' ? 'unsaid' : 'another';
  const { origin } = headers;
  if (origin === undefined) return 'unsaid';
  return URL.canParse(origin) && new URL(origin).host === headers.host ? 'ours' : 'another';
}
