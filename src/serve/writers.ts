import type { FastifyReply, FastifyRequest } from 'fastify';
import { HarmattanError } from '../core/errors.ts';
import { audit } from './audit-log.ts';
import type { Served } from './served.ts';
import { type KeptToken, type Scope, tokenOf } from './token.ts';

const writers = new WeakMap<FastifyRequest, KeptToken>();

/**
 * Stands before every route that changes something (`onRequest: mayWrite(served, 'alerts')`): a living bearer token with
 * the scope, and no page of another site. Runs before the body is read, so that a stranger learns nothing from it.
 *
 * @throws HarmattanError HMT_HTTP_UNAUTHORISED, HMT_HTTP_FORBIDDEN
 */
export function mayWrite(served: Pick<Served, 'store'>, scope: Scope) {
  return holdsToken(served, scope);
}

/**
 * The same for what only those may read who may write something.
 *
 * @throws HarmattanError HMT_HTTP_UNAUTHORISED, HMT_HTTP_FORBIDDEN
 */
export function mayReadWrites(served: Pick<Served, 'store'>) {
  return holdsToken(served, null);
}

function holdsToken({ store }: Pick<Served, 'store'>, scope: Scope | null) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (isFromAnotherSite(request))
      throw new HarmattanError('HMT_HTTP_FORBIDDEN', { detail: 'The request comes from a page of another site.' });
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    await admit({ store }, request, given, scope).catch((error: unknown) => {
      if (error instanceof HarmattanError && error.code === 'HMT_HTTP_UNAUTHORISED')
        reply.header('www-authenticate', 'Bearer realm="harmattan"');
      throw error;
    });
  };
}

/**
 * The same for a form that carries the token itself, whose body is read by then.
 *
 * @throws HarmattanError HMT_HTTP_UNAUTHORISED, HMT_HTTP_FORBIDDEN
 */
export async function admitForm(
  served: Pick<Served, 'store'>,
  request: FastifyRequest,
  given: string,
  scope: Scope,
): Promise<void> {
  if (isFromAnotherSite(request))
    throw new HarmattanError('HMT_HTTP_FORBIDDEN', { detail: 'The request comes from a page of another site.' });
  await admit(served, request, given, scope);
}

async function admit(
  { store }: Pick<Served, 'store'>,
  request: FastifyRequest,
  given: string | undefined,
  scope: Scope | null,
): Promise<void> {
  const token = given === undefined ? null : await tokenOf(store.documents, given);
  if (token === null)
    throw new HarmattanError('HMT_HTTP_UNAUTHORISED', {
      detail: given === undefined ? 'The Authorization header is missing.' : 'The token is unknown or revoked.',
    });
  if (scope !== null && !token.scopes.includes(scope))
    throw new HarmattanError('HMT_HTTP_FORBIDDEN', { detail: `The token "${token.name}" lacks the scope "${scope}".` });
  writers.set(request, token);
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
function isFromAnotherSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== headers.host);
}
