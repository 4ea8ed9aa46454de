import { toRfc3339 } from '../../core/time.ts';
import { channelsReport } from '../../watch/alert-desk.ts';
import { alertsDryRunReply, channelsReply, channelTestReply } from '../alert-contract.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import { instantOf } from '../reply.ts';
import { alertsDryRunBody, channelParams, noQuery } from '../request.ts';
import { instantIn, type ServeApp, type Served } from '../served.ts';
import { mayWrite, noteWrite } from '../writers.ts';

/** Whether people can be told, and what they would have been told. */
export function alertCheckRoutes(app: ServeApp, served: Served): void {
  const { program } = served;
  const { documents, facts } = served.store;
  const tags = ['alerts'];

  const channels = {
    tags,
    summary: 'Every channel for alerts: since when it fails, and what waits for it',
    querystring: noQuery,
    response: { 200: channelsReply },
  };
  app.get('/api/v1/channels', { schema: channels }, async () => {
    const found = await channelsReport({ documents, facts }, program.channels);
    return {
      items: found.map(({ failingSinceAt, lastSuccessAt, pausedUntilAt, lastError, ...channel }) => ({
        ...channel,
        failingSinceAt: instantOf(failingSinceAt),
        lastSuccessAt: instantOf(lastSuccessAt),
        pausedUntilAt: instantOf(pausedUntilAt),
        lastError: lastError && { ...lastError, at: toRfc3339(lastError.at) },
      })),
    };
  });

  const past = {
    tags,
    summary:
      'What these rules would have told in a stretch of the past, beside what was told (bearer token, scope `alerts`, because it costs much; one at a time). Nothing is sent',
    body: alertsDryRunBody,
    response: { 200: alertsDryRunReply },
  };
  app.post('/api/v1/alerts/dry-run', { schema: past, onRequest: mayWrite(served, 'alerts') }, async ({ body }) => {
    const [from, to] = [instantIn(body.from, 'from') ?? null, instantIn(body.to, 'to') ?? null];
    const run = await oneAtATime(program, 'dry-run', () => program.alertsDryRun({ from, to, watch: body.watch }));
    const told = (all: typeof run.alerts) =>
      all.map(({ at, rule, state, alertId, places }) => ({
        at: toRfc3339(at),
        rule,
        state,
        alertId,
        places: [...places],
      }));
    return {
      from: toRfc3339(run.from),
      to: toRfc3339(run.to),
      signalsFrom: instantOf(run.signalsFrom),
      alerts: told(run.alerts),
      sent: told(run.sent),
      original: run.original.map((one) => ({ ...one, from: toRfc3339(one.from), to: toRfc3339(one.to) })),
    };
  });

  const test = {
    tags,
    summary:
      'Sends a test message to a channel, through the outbox, and waits for it (bearer token, scope `alerts`; one at a time)',
    params: channelParams,
    response: { 200: channelTestReply },
  };
  app.post(
    '/api/v1/channels/:channel/test',
    { schema: test, onRequest: mayWrite(served, 'alerts') },
    async (request) => {
      const { channel } = request.params;
      const tested = await oneAtATime(program, 'test', () => program.testChannel(channel));
      await noteWrite(served, request, 'channel.test', channel, null);
      return { channel, ...tested };
    },
  );
}
