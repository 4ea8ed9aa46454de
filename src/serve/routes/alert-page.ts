import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HarmattanError } from '../../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { timeZoneOf } from '../../text/format.ts';
import {
  acknowledge,
  activeAlerts,
  addSilence,
  channelsReport,
  endedAlerts,
  endSilence,
  listSilences,
  meanTimes,
  previewSilence,
  silenceOfAlert,
} from '../../watch/alert-desk.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import { ACTIONS, ALERT_PAGE, type AlertPageModel, alertPage, DONE, type Done, hoursIn } from '../page/alert-page.ts';
import type { PageLanguage } from '../page-contract.ts';
import { asRequestError, statusOf } from '../problem.ts';
import type { ServeApp, Served } from '../served.ts';
import { sessionOf } from '../session.ts';
import { admitForm, noteWrite, writerName } from '../writers.ts';
import { logIn, logOut } from './session.ts';

const MONTH_MS = 30 * DAY_MS;
const MOST_ENDED = 50;
const MOST_FORM_BYTES = 16_384;

const asked = z.object({
  silence: z.string().max(40).optional().catch(undefined),
  hours: z.string().optional().catch(undefined),
  done: z.enum(DONE).optional().catch(undefined),
  until: z.coerce.number().int().positive().optional().catch(undefined),
});
const form = z.object({
  action: z.enum(ACTIONS),
  id: z.string().min(1).max(40),
  token: z.string().max(200).default(''),
  hours: z.string().max(20).optional(),
  reason: z.string().max(500).default(''),
  from: z.string().max(20).optional(),
  to: z.string().max(20).optional(),
});

/** The page that messages lead to: what lasts, silence it, take care of it, which channel fails, what is over. */
export async function alertPageRoutes(app: ServeApp, served: Served): Promise<void> {
  const schema = { hide: true } as object;
  await app.register(async (scope) => {
    const options = { parseAs: 'string', bodyLimit: MOST_FORM_BYTES } as const;
    scope.addContentTypeParser('application/x-www-form-urlencoded', options, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    for (const language of ['fr', 'en'] as const) {
      const show = async (request: FastifyRequest, query: z.infer<typeof asked>, more: Partial<AlertPageModel> = {}) =>
        alertPage(
          { ...(await modelOf(served, request, query)), ...more },
          {
            language,
            timeZone: timeZoneOf(served.places),
            places: served.places,
          },
        );
      scope.get(`/${language}${ALERT_PAGE}`, { schema }, async (request, reply) => {
        const page = await show(request, asked.parse(request.query));
        return reply.headers(headersOf(language)).send(page);
      });
      scope.post(`/${language}${ALERT_PAGE}`, { schema }, async (request, reply) => {
        try {
          const result = await act(served, request, reply);
          if (!('done' in result))
            return reply.headers(headersOf(language)).send(await show(request, asked.parse({}), result));
          const { done, until } = result;
          const query = new URLSearchParams({ done, ...(until === null ? {} : { until: String(until) }) });
          return reply.redirect(`/${language}${ALERT_PAGE}?${query}`, 303);
        } catch (thrown) {
          const error = asRequestError(thrown);
          const { action, id, hours } = form
            .partial()
            .catch({})
            .parse(request.body ?? {});
          const query = action === 'silence' || action === 'acknowledge' ? { silence: id, hours } : {};
          const page = await show(request, asked.parse(query), {
            outcome: { refused: `${error.message} ${error.cure}` },
          });
          return reply.code(statusOf(error.code)).headers(headersOf(language)).send(page);
        }
      });
    }
  });
}

const headersOf = (language: PageLanguage) => ({
  'content-language': language,
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
});

async function modelOf(
  { store, clock, program, places }: Served,
  request: FastifyRequest,
  { silence, hours, done, until }: z.infer<typeof asked>,
): Promise<AlertPageModel> {
  const { documents } = store;
  const now = clock.now();
  const placeIds = places.map(({ id }) => id);
  const active = await activeAlerts(documents);
  const alert = active.find(({ alertId }) => alertId === silence) ?? null;
  const matches =
    alert === null ? [] : (await previewSilence(documents, silenceOfAlert(alert, placeIds), now, placeIds)).keys;
  const session = await sessionOf(documents, request.headers.cookie, now);
  return {
    who: session?.token.name ?? null,
    active,
    ended: (await endedAlerts(documents, { from: now - MONTH_MS, to: now + 1, limit: MOST_ENDED })).items,
    meanTimes: await meanTimes(documents, now - MONTH_MS, now + 1),
    silences: await listSilences(documents, now, false),
    channels: await channelsReport(store, program.channels),
    silencing: silence === undefined ? null : { id: silence, hours: hoursIn(hours), alert, matches },
    outcome: done === undefined ? null : { done, until: until ?? null },
    dryRun: null,
    now,
  };
}

/** Does what a form asks for. @throws HarmattanError with the reason why not */
async function act(
  served: Served,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ readonly done: Done; readonly until: Instant | null } | Partial<AlertPageModel>> {
  const { documents } = served.store;
  const found = form.safeParse(request.body);
  if (!found.success)
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: String(found.error.issues[0]?.path[0] ?? 'action') });
  const { action, id, token, hours, reason } = found.data;
  if (action === 'login') await logIn(served, request, reply, token);
  if (action === 'logout') await logOut(served, request, reply);
  if (action === 'login' || action === 'logout') return { done: action, until: null };
  await admitForm(served, request, token, 'alerts');
  const now = served.clock.now();
  const author = writerName(request);
  const { program } = served;
  if (action === 'test') {
    const { state, code } = await oneAtATime(program, 'test', () => program.testChannel(id));
    await noteWrite(served, request, 'channel.test', id, null);
    return { outcome: { tested: id, state, code } };
  }
  if (action === 'dry-run') {
    const [from, to] = [formInstant(found.data.from, 'from'), formInstant(found.data.to, 'to')];
    return { dryRun: await oneAtATime(program, 'dry-run', () => program.alertsDryRun({ from, to, watch: {} })) };
  }
  if (action === 'acknowledge') {
    await acknowledge(documents, id, author, now);
    await noteWrite(served, request, 'alert.acknowledge', id, null);
    return { done: action, until: null };
  }
  if (action === 'end') {
    await endSilence(documents, id, now);
    await noteWrite(served, request, 'silence.end', id, null);
    return { done: action, until: null };
  }
  const alert = (await activeAlerts(documents)).find(({ alertId }) => alertId === id);
  if (!alert) throw new HarmattanError('HMT_WATCH_ALERT_UNKNOWN', { field: 'id' });
  const placeIds = served.places.map((place) => place.id);
  const endsAt = now + hoursIn(hours) * HOUR_MS;
  const wanted = { ...silenceOfAlert(alert, placeIds), endsAt, author, reason };
  const { silence } = await addSilence(documents, wanted, now, placeIds);
  await noteWrite(served, request, 'silence.create', silence.id, reason);
  return { done: action, until: silence.endsAt };
}

/** `2026-07-22T12:45` of a form, in UTC; `null` where it is left open. @throws HarmattanError HMT_HTTP_BAD_PARAMETER */
function formInstant(text: string | undefined, field: string): Instant | null {
  if (text === undefined || text === '') return null;
  const at = Date.parse(`${text.slice(0, 16)}Z`);
  if (Number.isNaN(at)) throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field });
  return at;
}
