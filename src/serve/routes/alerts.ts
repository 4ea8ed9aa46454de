import { Readable } from 'node:stream';
import { z } from 'zod';
import { HarmattanError } from '../../core/errors.ts';
import { DAY_MS } from '../../core/time.ts';
import {
  acknowledge,
  activeAlerts,
  alertHistory,
  alertStory,
  endedAlerts,
  historyPage,
  meanTimes,
} from '../../watch/alert-desk.ts';
import { alert, alertStoryReply, alertsReply, historyReply } from '../alert-contract.ts';
import { alertReply, CSV_HEADER, csvLine, historyReplyOf, meanTimesReply } from '../alert-reply.ts';
import { alertHistoryQuery, alertParams, alertsQuery, noQuery, rangeQuery } from '../request.ts';
import { rangeIn, type ServeApp, type Served } from '../served.ts';
import { mayWrite, noteWrite, writerName } from '../writers.ts';
import { alertCheckRoutes } from './alert-checks.ts';

const MONTH_MS = 30 * DAY_MS;

/** What the watch says, what became of it, and that somebody takes care. */
export function alertRoutes(app: ServeApp, served: Served): void {
  const { clock } = served;
  const { documents } = served.store;
  const tags = ['alerts'];

  const list = {
    tags,
    summary: 'Alerts that last, or those that opened in a range and are over (by default 30 days), the newest first',
    querystring: alertsQuery,
    response: { 200: alertsReply },
  };
  app.get('/api/v1/alerts', { schema: list }, async ({ query }) => {
    const { state, limit, cursor } = query;
    const range = rangeIn(query, clock.now(), MONTH_MS);
    if (state === 'active' && cursor !== undefined)
      throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: 'cursor', detail: 'Active alerts are one page.' });
    const page =
      state === 'active'
        ? { items: await activeAlerts(documents), nextCursor: null }
        : await endedAlerts(documents, { ...range, limit, ...(cursor === undefined ? {} : { cursor }) });
    const times = await meanTimes(documents, range.from, range.to);
    return {
      items: page.items.map(alertReply),
      nextCursor: page.nextCursor,
      meanTimes: meanTimesReply(times),
    };
  });

  const history = {
    tags,
    summary: 'Every change of state and every message of a range (by default 30 days), the newest first',
    querystring: alertHistoryQuery,
    response: { 200: historyReply },
  };
  app.get('/api/v1/alerts/history', { schema: history }, async ({ query }) => {
    const { limit, cursor } = query;
    const range = rangeIn(query, clock.now(), MONTH_MS);
    const page = await historyPage(documents, { ...range, limit, ...(cursor === undefined ? {} : { cursor }) });
    const items = [];
    for (const entry of page.items) items.push(await historyReplyOf(documents, entry));
    return { items, nextCursor: page.nextCursor };
  });

  csvRoute(app, served);
  alertCheckRoutes(app, served);

  const story = {
    tags,
    summary: 'One alert with its history, what became of each message, and what still waits',
    params: alertParams,
    querystring: noQuery,
    response: { 200: alertStoryReply },
  };
  app.get('/api/v1/alerts/:id', { schema: story }, async ({ params }) => {
    const { alert: one, history: past, waiting } = await alertStory(documents, params.id, clock.now());
    const entries = [];
    for (const entry of past) entries.push(await historyReplyOf(documents, entry));
    return { ...alertReply(one), history: entries, waiting };
  });

  const taken = {
    tags,
    summary:
      'Somebody takes care of it (bearer token, scope `alerts`): no more reminders, but word when it gets worse or ends',
    params: alertParams,
    response: { 200: alert },
  };
  const onRequest = mayWrite(served, 'alerts');
  app.post('/api/v1/alerts/:id/acknowledge', { schema: taken, onRequest }, async (request) => {
    const { id } = request.params;
    const one = await acknowledge(documents, id, writerName(request), clock.now());
    await noteWrite(served, request, 'alert.acknowledge', id, null);
    return alertReply(one);
  });
}

function csvRoute(app: ServeApp, { store: { documents }, clock }: Served): void {
  const schema = {
    tags: ['alerts'],
    summary: 'The same as CSV, oldest first',
    querystring: rangeQuery,
    response: { 200: z.string().meta({ description: 'text/csv' }) },
  };
  app.get('/api/v1/alerts/history.csv', { schema }, async ({ query }, reply) => {
    const { from, to } = rangeIn(query, clock.now(), MONTH_MS);
    const rows = async function* () {
      yield CSV_HEADER;
      for await (const entry of alertHistory(documents, from, to))
        yield csvLine(await historyReplyOf(documents, entry));
    };
    return await reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="alerts.csv"')
      .send(Readable.from(rows()) as never);
  });
}
