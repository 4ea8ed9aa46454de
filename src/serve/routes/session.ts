import type { FastifyReply, FastifyRequest } from 'fastify';
import { HarmattanError } from '../../core/errors.ts';
import { toRfc3339 } from '../../core/time.ts';
import { sessionReply } from '../alert-contract.ts';
import { audit } from '../audit-log.ts';
import { noQuery, sessionBody } from '../request.ts';
import type { ServeApp, Served } from '../served.ts';
import { beginSession, endSession, noSessionCookie, type Session, sessionCookie, sessionOf } from '../session.ts';
import { refuseOtherSites } from '../writers.ts';

/** Logging in and out, for browsers: programs send their token with each request. */
export function sessionRoutes(app: ServeApp, served: Served): void {
  const { clock } = served;
  const { documents } = served.store;
  const tags = ['session'];
  const reply200 = { 200: sessionReply };

  const read = { tags, summary: 'Who is logged in', querystring: noQuery, response: reply200 };
  app.get('/api/v1/session', { schema: read }, async (request) =>
    shown(await sessionOf(documents, request.headers.cookie, clock.now())),
  );

  const begin = {
    tags,
    summary: 'Logs in with a token: a cookie stands for it, for twelve hours, and for this site’s own pages alone',
    body: sessionBody,
    response: reply200,
  };
  app.post('/api/v1/session', { schema: begin }, async (request, reply) =>
    shown(await logIn(served, request, reply, request.body.token)),
  );

  const end = { tags, summary: 'Logs out', response: reply200 };
  app.post('/api/v1/session/end', { schema: end }, async (request, reply) => {
    await logOut(served, request, reply);
    return shown(null);
  });
}

const shown = (session: Session | null) => ({
  who: session && { name: session.token.name, scopes: [...session.token.scopes] },
  endsAt: session && toRfc3339(session.endsAt),
});

/** Begins a session and sets its cookie. @throws HarmattanError HMT_HTTP_UNAUTHORISED, HMT_HTTP_FORBIDDEN */
export async function logIn(
  { store, clock }: Pick<Served, 'store' | 'clock'>,
  request: FastifyRequest,
  reply: FastifyReply,
  given: string,
): Promise<Session> {
  // Otherwise another site could log a reader in as somebody else.
  refuseOtherSites(request);
  const now = clock.now();
  const begun = await beginSession(store.documents, given, now);
  if (begun === null) throw new HarmattanError('HMT_HTTP_UNAUTHORISED', { detail: 'The token is unknown or revoked.' });
  const { session, secret } = begun;
  const { name, id } = session.token;
  await audit(store.documents, { at: now, who: `token ${name} (${id})`, what: 'session.begin', target: id, why: null });
  reply.header('set-cookie', sessionCookie(secret, session.endsAt - now, request.protocol === 'https'));
  return session;
}

/** Ends the session of the request, if there is one. @throws HarmattanError HMT_HTTP_FORBIDDEN */
export async function logOut(
  { store }: Pick<Served, 'store'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  refuseOtherSites(request);
  await endSession(store.documents, request.headers.cookie);
  reply.header('set-cookie', noSessionCookie(request.protocol === 'https'));
}
