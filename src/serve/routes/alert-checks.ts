import { HarmattanError } from '../../core/errors.ts';
import { SECOND_MS, toRfc3339 } from '../../core/time.ts';
import { channelsReport } from '../../watch/alert-desk.ts';
import { alertsDryRunReply, channelsReply } from '../alert-contract.ts';
import { instantOf } from '../reply.ts';
import { alertsDryRunBody, noQuery } from '../request.ts';
import { instantIn, type ServeApp, type Served } from '../served.ts';
import { mayWrite } from '../writers.ts';

const TRY_AGAIN_MS = 10 * SECOND_MS;

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
  let isBusy = false;
  app.post('/api/v1/alerts/dry-run', { schema: past, onRequest: mayWrite(served, 'alerts') }, async ({ body }) => {
    const [from, to] = [instantIn(body.from, 'from') ?? null, instantIn(body.to, 'to') ?? null];
    if (isBusy) throw new HarmattanError('HMT_HTTP_BUSY', { retryAfterMs: TRY_AGAIN_MS });
    isBusy = true;
    try {
      const run = await program.alertsDryRun({ from, to, watch: body.watch });
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
    } finally {
      isBusy = false;
    }
  });
}
