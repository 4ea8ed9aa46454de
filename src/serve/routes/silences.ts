import { addSilence, endSilence, listSilences, previewSilence } from '../../watch/alert-desk.ts';
import { silence, silenceMatches, silenceReply, silencesReply } from '../alert-contract.ts';
import { silenceReplyOf } from '../alert-reply.ts';
import { silenceBody, silenceParams, silencePreviewQuery, silencesQuery } from '../request.ts';
import { instantIn, type ServeApp, type Served } from '../served.ts';
import { mayWrite, noteWrite, writerName } from '../writers.ts';

/** What is not told for a while: each with an end, an author and a reason. */
export function silenceRoutes(app: ServeApp, served: Served): void {
  const { clock, places } = served;
  const { documents } = served.store;
  const placeIds = places.map(({ id }) => id);
  const tags = ['alerts'];
  const onRequest = mayWrite(served, 'alerts');

  const list = {
    tags,
    summary: 'Silences, by their end',
    querystring: silencesQuery,
    response: { 200: silencesReply },
  };
  app.get('/api/v1/silences', { schema: list }, async ({ query }) => {
    const now = clock.now();
    const found = await listSilences(documents, now, query.state === 'all');
    return { items: found.map((one) => silenceReplyOf(one, now)) };
  });

  const preview = {
    tags,
    summary: 'What a silence would keep quiet of what is wrong now, without making it',
    querystring: silencePreviewQuery,
    response: { 200: silenceMatches },
  };
  app.get('/api/v1/silences/preview', { schema: preview }, async ({ query }) => {
    const [rules, wanted] = [listOf(query.rules), listOf(query.placeIds)];
    const matches = await previewSilence(documents, { rules, placeIds: wanted }, clock.now(), placeIds);
    return { alerts: [...matches.alerts], keys: [...matches.keys] };
  });

  const create = {
    tags,
    summary: 'Makes a silence (bearer token, scope `alerts`); the reply says what it keeps quiet now',
    body: silenceBody,
    response: { 200: silenceReply },
  };
  app.post('/api/v1/silences', { schema: create, onRequest }, async (request) => {
    const { startsAt, endsAt, author = writerName(request), ...body } = request.body;
    const now = clock.now();
    const start = instantIn(startsAt, 'startsAt');
    const end = instantIn(endsAt, 'endsAt') ?? now;
    const asked = { ...body, author, endsAt: end, ...(start === undefined ? {} : { startsAt: start }) };
    const made = await addSilence(documents, asked, now, placeIds);
    await noteWrite(served, request, 'silence.create', made.silence.id, body.reason);
    const { alerts, keys } = made.matches;
    return { ...silenceReplyOf(made.silence, now), matches: { alerts: [...alerts], keys: [...keys] } };
  });

  const end = {
    tags,
    summary: 'Ends a silence now (bearer token, scope `alerts`)',
    params: silenceParams,
    response: { 200: silence },
  };
  app.post('/api/v1/silences/:id/end', { schema: end, onRequest }, async (request) => {
    const now = clock.now();
    const ended = await endSilence(documents, request.params.id, now);
    await noteWrite(served, request, 'silence.end', ended.id, null);
    return silenceReplyOf(ended, now);
  });
}

const listOf = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : text.split(',').map((one) => one.trim());
