import { setImmediate } from 'node:timers/promises';
import { HarmattanError } from '../../core/errors.ts';
import { toRfc3339 } from '../../core/time.ts';
import { forecastReply as forecastSchema } from '../contract.ts';
import { forecastReply } from '../reply.ts';
import { forecastQuery, placeParams, scorecardQuery } from '../request.ts';
import { type ScorecardsReply, scorecardReply, scorecardsReply } from '../scorecard-contract.ts';
import { attributions, instantIn, placeOf, type ServeApp, type Served } from '../served.ts';

/** Forecasts and how good they were. */
export function forecastRoutes(app: ServeApp, served: Served): void {
  const { store, program } = served;

  const forecast = {
    tags: ['forecasts'],
    summary: 'The newest temperature forecast, or a past vintage',
    params: placeParams,
    querystring: forecastQuery,
    response: { 200: forecastSchema },
  };
  app.get('/api/v1/places/:id/forecast', { schema: forecast }, async ({ params, query }) => {
    const place = placeOf(served, params.id);
    const prediction = await store.predictions.newest(place.id, instantIn(query.issuedAt, 'issuedAt'));
    if (!prediction)
      throw new HarmattanError('HMT_FORECAST_NONE', {
        field: query.issuedAt === undefined ? 'id' : 'issuedAt',
        detail: `${place.name} has no forecast${query.issuedAt === undefined ? ' yet' : ' issued by then'}.`,
      });
    return { ...forecastReply(prediction, query.horizon), attribution: attributions(program) };
  });

  const scorecard = {
    tags: ['forecasts'],
    summary: 'Verified skill of the live forecasts',
    params: placeParams,
    querystring: scorecardQuery,
    response: { 200: scorecardReply },
  };
  app.get('/api/v1/places/:id/scorecard', { schema: scorecard }, async ({ params, query }) => {
    const place = placeOf(served, params.id);
    const skill = await program.scorecard(place.id, query.days);
    return { ...rounded(skill), from: toRfc3339(skill.from), to: toRfc3339(skill.to) };
  });

  const scorecards = {
    tags: ['forecasts'],
    summary: 'Verified skill of the live forecasts, every place at a glance',
    querystring: scorecardQuery,
    response: { 200: scorecardsReply },
  };
  app.get('/api/v1/scorecards', { schema: scorecards }, async ({ query: { days } }) => {
    const items: ScorecardsReply['items'][number][] = [];
    // One after the other: each is work, and nobody else should wait for all of them.
    for (const { id } of served.places) {
      const { n, maeC, biasC, coverage80, persistence, yesterday, verdict } = (await program.scorecard(id, days))
        .overall;
      items.push(rounded({ placeId: id, n, maeC, biasC, coverage80, persistence, yesterday, verdict }));
      await setImmediate();
    }
    return { days, items };
  });
}

const DIGITS = 4;

/** The same with every number at four digits: more than anybody reads, and a third of the bytes. */
const rounded = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value), (_name, one) =>
    typeof one === 'number' && !Number.isInteger(one) ? Number(one.toPrecision(DIGITS)) : one,
  );
