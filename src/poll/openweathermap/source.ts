import { createHash } from 'node:crypto';
import { HarmattanError } from '../../core/errors.ts';
import type { Instant } from '../../core/time.ts';
import type { Observation } from '../../weather/observation.ts';
import type { Place } from '../../weather/place.ts';
import type { ProviderForecast } from '../../weather/prediction.ts';
import { QUANTITY_NAMES } from '../../weather/quantity.ts';
import type { FetchResult, Reading, Source, SourceCapabilities, SourceContext } from '../source.ts';
import { type Client, openWeatherMapClient } from './client.ts';
import type { OpenWeatherMapOptions } from './config.ts';
import { forecastColumns } from './decode.ts';
import { probeProducts } from './probe.ts';
import { backfillQuestion, backfillReach, PUBLISHED_EVERY_MS, quotaOf, slotQuestion, vintageOf } from './product.ts';
import type { DecodedRecord } from './record.ts';
import type { Product } from './request.ts';

const ID = 'openweathermap';
const NOTHING: FetchResult = { readings: [], forecasts: [], failures: [] };
/** 2.5 first: nearly every key opens it and it allows most calls. */
const AUTO_ORDER: readonly Product[] = ['2.5', '4.0', '3.0'];

/**
 * OpenWeatherMap, by the product that the key opens: one place a call.
 *
 * 2.5 and 4.0 answer a slot with the present weather, whose valid time is when the provider computed it; 3.0 answers
 * with the slot's own instant. Now and then a call of 3.0 or 4.0 is made in the form that brings a forecast as well, at
 * no further cost. A record without a temperature is no data.
 */
export function openWeatherMapSource(options: OpenWeatherMapOptions): Source {
  const client = openWeatherMapClient(options);
  const forecastGiven = new Map<string, Instant>();
  const lastAnswer = new Map<string, { readonly slotAt: Instant; readonly validAt: Instant }>();
  let opened: Product | null = options.product === 'auto' ? null : options.product;

  /** Old, or the very reading that answered an earlier slot. */
  const isStale = (place: Place, slotAt: Instant, validAt: Instant): boolean => {
    const last = lastAnswer.get(place.id);
    const repeated = last !== undefined && last.slotAt < slotAt && last.validAt >= validAt;
    if (!repeated) lastAnswer.set(place.id, { slotAt, validAt });
    return repeated || isOld(slotAt, validAt);
  };

  const askSlot = async (product: Product, place: Place, slotAt: Instant, context: SourceContext) => {
    const vintage = vintageOf(slotAt, options.forecastEveryHours);
    const due = vintage !== null && forecastGiven.get(place.id) !== vintage;
    const question = slotQuestion(product, place, slotAt, context.clock.now(), due);
    const { records, ahead, receivedAt } = await client.ask(question, context);
    const record = records.find(({ validAt }) => validAt === slotAt) ?? records[0];
    const columns = due ? forecastColumns(ahead) : null;
    if (columns && vintage !== null) forecastGiven.set(place.id, vintage);
    const forecast: ProviderForecast | null = columns && {
      placeId: place.id,
      source: ID,
      model: null,
      issuedAt: receivedAt,
      receivedAt,
      ...columns,
    };
    const usable = record && record.values.temperatureC !== null;
    return {
      readings: usable ? [readingOf(place, slotAt, receivedAt, record, isStale(place, slotAt, record.validAt))] : [],
      forecasts: forecast ? [forecast] : [],
      failures: [],
    };
  };

  const source: Source = {
    id: ID,
    capabilities: capabilitiesOf(options),

    async fetch(places, slotAt, context): Promise<FetchResult> {
      const place = onlyPlace(places);
      if (!place) return NOTHING;
      if (opened !== null) return askSlot(opened, place, slotAt, context);
      const found = await firstOpened((product) => askSlot(product, place, slotAt, context));
      opened = found.product;
      context.logger.info('The key opens a product of OpenWeatherMap, which is used from now on.', { product: opened });
      return found.result;
    },

    async probe(context) {
      return await probeProducts(client, options, context);
    },
  };
  if (options.product !== '3.0' && options.product !== '4.0') return source;
  const { product } = options;
  return { ...source, backfill: (places, slots, context) => fillHole(client, product, places, slots, context) };
}

async function fillHole(
  client: Client,
  product: Product,
  places: readonly Place[],
  slots: readonly Instant[],
  context: SourceContext,
): Promise<FetchResult> {
  const place = onlyPlace(places);
  const planned = place && backfillQuestion(product, place, slots);
  if (!place || !planned) return NOTHING;
  const { records, receivedAt } = await client.ask(planned.question, context);
  const byTime = new Map(records.map((record) => [record.validAt, record]));
  const readings = planned.answered.flatMap((slotAt) => {
    // One instant was asked for of 3.0: whatever time its record has, it is the answer.
    const record = product === '3.0' ? records[0] : byTime.get(slotAt);
    if (!record || record.values.temperatureC === null) return [];
    return [readingOf(place, slotAt, receivedAt, record, isOld(slotAt, record.validAt))];
  });
  return { readings, forecasts: [], failures: [] };
}

/**
 * The first product that does not refuse the key. A refusal is no counted call, so looking costs nothing.
 *
 * @throws HarmattanError the refusal that says most when all refuse; any other failure at once
 */
async function firstOpened(
  ask: (product: Product) => Promise<FetchResult>,
): Promise<{ readonly product: Product; readonly result: FetchResult }> {
  const refusals: HarmattanError[] = [];
  for (const product of AUTO_ORDER) {
    try {
      return { product, result: await ask(product) };
    } catch (error) {
      if (!(error instanceof HarmattanError) || !REFUSALS.includes(error.code)) throw error;
      refusals.push(error);
    }
  }
  const telling = REFUSALS.map((code) => refusals.find((one) => one.code === code)).find((one) => one !== undefined);
  throw telling ?? new HarmattanError('HMT_POLL_KEY_REFUSED');
}

/** The refusals of a key, the most telling first: a key that is known but not subscribed is at least a good key. */
const REFUSALS: readonly string[] = ['HMT_POLL_NOT_SUBSCRIBED', 'HMT_POLL_KEY_INACTIVE', 'HMT_POLL_KEY_REFUSED'];

const isOld = (slotAt: Instant, validAt: Instant) => slotAt - validAt > 2 * PUBLISHED_EVERY_MS;

/** @throws RangeError when more than one place is asked for in a call */
function onlyPlace(places: readonly Place[]): Place | undefined {
  if (places.length > 1) throw new RangeError('OpenWeatherMap answers one place a call.');
  return places[0];
}

function readingOf(place: Place, slotAt: Instant, receivedAt: Instant, record: DecodedRecord, stale: boolean): Reading {
  const observation: Observation = {
    placeId: place.id,
    validAt: record.validAt,
    slotAt,
    receivedAt,
    source: ID,
    kind: 'analysis',
    issuedAt: null,
    values: record.values,
    condition: record.condition,
    sunriseAt: record.sunriseAt,
    sunsetAt: record.sunsetAt,
    flags: [],
  };
  return { observation, stale };
}

function capabilitiesOf(options: OpenWeatherMapOptions): SourceCapabilities {
  const { lookBackMs, spanMs } = backfillReach(options.product);
  return {
    // Stations, radar and models blended: no instrument measured these values at the place.
    kind: 'analysis',
    quantities:
      options.product === '3.0' || options.product === '4.0'
        ? QUANTITY_NAMES
        : QUANTITY_NAMES.filter((name) => name !== 'dewPointC' && name !== 'uvIndex'),
    placesPerCall: 1,
    costOf: (places) => places,
    backfillCostOf: (places) => places,
    quota: quotaOf(options),
    credential: options.key === null ? '-' : createHash('sha256').update(options.key).digest('hex').slice(0, 8),
    lookBackMs,
    backfillSpanMs: spanMs,
    publishedEveryMs: PUBLISHED_EVERY_MS,
    ownTimes: false,
    attribution: {
      text: 'Weather data provided by OpenWeather',
      url: 'https://openweathermap.org/',
      licence: 'ODbL 1.0, CC BY-SA 4.0',
    },
  };
}
