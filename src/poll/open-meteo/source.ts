import { createHash } from 'node:crypto';
import { type Scrubber, scrubber } from '../../core/scrub.ts';
import { DAY_MS, floorTo, HOUR_MS, type Instant } from '../../core/time.ts';
import { userAgent } from '../../core/user-agent.ts';
import type { Observation } from '../../weather/observation.ts';
import type { Place } from '../../weather/place.ts';
import type { ProviderForecast } from '../../weather/prediction.ts';
import { QUANTITY_NAMES } from '../../weather/quantity.ts';
import type {
  FetchResult,
  ProbeFinding,
  QuotaWindow,
  Reading,
  Source,
  SourceCapabilities,
  SourceContext,
} from '../source.ts';
import { UndecodableError } from '../undecodable.ts';
import type { OpenMeteoOptions } from './config.ts';
import { type DecodedMoment, decodeElement, decodeElements, forecastOf, momentOfSlot, momentsOf } from './decode.ts';
import { isRunStale, type ModelRun, modelRuns } from './model-run.ts';
import { answerFinding, runFindings } from './probe.ts';
import { refusalOf } from './refusal.ts';
import { archiveUrl, costOf, metadataUrl, probeUrl, QUARTER_MS, quartersUrl, slotUrl } from './request.ts';
import { ShapeError } from './series.ts';

const ID = 'open-meteo';
/** The forecast API keeps 92 days; a day less leaves room for midnight passing while a call is on its way. */
const FORECAST_API_BACK_MS = 91 * DAY_MS;
const MOST_BYTES = 64 * 1024 * 1024;

const FREE_QUOTA: readonly QuotaWindow[] = [
  { name: 'minute', limit: 600 },
  { name: 'hour', limit: 5_000 },
  { name: 'day', limit: 10_000 },
  { name: 'month', limit: 300_000 },
];

/**
 * Open-Meteo: weather models at any place on earth, many places in one call, no key for non-commercial use. What it
 * gives is an analysis, never an observation.
 *
 * A slot that is not on a quarter of an hour takes the quarter before it. A place without a temperature at the instant
 * has no data: the provider gives nulls first and the values up to an hour later. The forecast is asked for when a model
 * has a new run, and every few hours where no run is known.
 */
export function openMeteoSource(options: OpenMeteoOptions): Source {
  const scrub = scrubber(options.key === null ? [] : [options.key]);
  const headers: Record<string, string> = { 'user-agent': userAgent(options.contact), accept: 'application/json' };
  // In a header, so that no address of ours holds the key.
  if (options.key !== null) headers['x-api-key'] = options.key;
  const runs = modelRuns((folder) => metadataUrl(options, folder), headers, scrub);
  const forecastGiven = new Map<string, Instant>();

  const call = async (url: string, places: number, context: SourceContext) => {
    const { transport, signal, clock } = context;
    const reply = await transport({ url, headers, timeoutMs: options.timeoutMs, maxBytes: MOST_BYTES, signal });
    const refusal = refusalOf(reply, places, clock.now(), scrub);
    if (refusal) throw refusal;
    return { body: reply.body, receivedAt: clock.now() };
  };

  const runsOfModels = async (context: SourceContext) => {
    const found = new Map<string, ModelRun>();
    for (const model of options.models) {
      const run = await runs.newest(model, context);
      if (run) found.set(model, run);
    }
    return found;
  };

  /** A forecast that is not as it should be costs itself, not the reading beside it. */
  const forecastIn = (members: Readonly<Record<string, unknown>>, context: SourceContext) => {
    try {
      return forecastOf(members, options.models);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      context.logger.warn('A forecast of Open-Meteo could not be read.', { reason: scrub.text(error.message) });
      return null;
    }
  };

  return {
    id: ID,
    capabilities: capabilitiesOf(options),

    async fetch(places, slotAt, context): Promise<FetchResult> {
      // Read before the answer: a run that appears in between must not be claimed for values of the one before.
      const newest = await runsOfModels(context);
      const firstRun = newest.get(options.models[0] ?? '')?.initialisedAt;
      const vintage = firstRun ?? floorTo(slotAt, options.forecastEveryHours * HOUR_MS);
      const due = new Set(
        options.forecastHours === 0 ? [] : places.filter((place) => forecastGiven.get(place.id) !== vintage),
      );
      const { body, receivedAt } = await call(slotUrl(options, places, slotAt, due.size > 0), places.length, context);
      const elements = decodeElements(body, places.length, scrub);
      const forecasts: ProviderForecast[] = [];
      const result = eachPlace(places, elements, body, scrub, (place, element) =>
        decodeElement(element, scrub, (members) => {
          const moment = momentOfSlot(members, options.models, slotAt);
          const forecast = due.has(place) ? forecastIn(members, context) : null;
          const issuedAt = newest.get(forecast?.model ?? '')?.initialisedAt ?? receivedAt;
          // Hours that were past when the forecast was issued are none, whatever a cache in between may say.
          if (forecast && (forecast.validAt[0] ?? 0) > issuedAt) {
            forecasts.push({ placeId: place.id, source: ID, issuedAt, receivedAt, ...forecast });
            forecastGiven.set(place.id, vintage);
          }
          if (!moment) return [];
          const run = newest.get(moment.model ?? '') ?? null;
          const stale = moment.validAt !== floorTo(slotAt, QUARTER_MS) || (run !== null && isRunStale(run, slotAt));
          return [{ observation: observationOf(place, slotAt, receivedAt, moment, run), stale }];
        }),
      );
      return { ...result, forecasts };
    },

    async backfill(places, slots, context): Promise<FetchResult> {
      const firstAt = slots[0];
      const lastAt = slots[slots.length - 1];
      if (firstAt === undefined || lastAt === undefined) return { readings: [], forecasts: [], failures: [] };
      const archived = firstAt < context.clock.now() - FORECAST_API_BACK_MS;
      const [from, to] = [floorTo(firstAt, QUARTER_MS), floorTo(lastAt, QUARTER_MS)];
      const url = archived ? archiveUrl(options, places, from, to) : quartersUrl(options, places, from, to);
      const { body, receivedAt } = await call(url, places.length, context);
      const elements = decodeElements(body, places.length, scrub);
      const result = eachPlace(places, elements, body, scrub, (place, element) =>
        decodeElement(element, scrub, (members) => {
          // The archive has its own models and only full hours: slots between them stay unanswered.
          const moments = archived ? momentsOf(members, 'hour', []) : momentsOf(members, 'quarter', options.models);
          const byTime = new Map(moments.map((moment) => [moment.validAt, moment]));
          return slots.flatMap((slotAt) => {
            const moment = byTime.get(floorTo(slotAt, QUARTER_MS));
            // Past values are stitched together from many runs: no one run time would be true.
            return moment
              ? [{ observation: observationOf(place, slotAt, receivedAt, moment, null), stale: false }]
              : [];
          });
        }),
      );
      return { ...result, forecasts: [] };
    },

    async probe(context): Promise<readonly ProbeFinding[]> {
      const answers = () => call(probeUrl(options, context.clock.now()), 1, context);
      return [
        await answerFinding(answers, options),
        ...(await runFindings(options.models, (model) => runs.newest(model, context), context.clock.now())),
      ];
    },
  };
}

function capabilitiesOf(options: OpenMeteoOptions): SourceCapabilities {
  const quota: readonly QuotaWindow[] =
    options.key === null ? FREE_QUOTA : [{ name: 'month', limit: options.monthlyUnits }];
  // One call is charged whole to every window: more places than the narrowest one holds could never be asked for.
  const narrowest = Math.min(...quota.map((window) => window.limit));
  const mostPlaces = Math.floor(narrowest / costOf(options, 1, true));
  return {
    kind: 'analysis',
    quantities: QUANTITY_NAMES,
    placesPerCall: Math.max(1, Math.min(options.placesPerCall, mostPlaces)),
    costOf: (places) => costOf(options, places, true),
    backfillCostOf: (places) => costOf(options, places, false),
    quota,
    credential: options.key === null ? '-' : createHash('sha256').update(options.key).digest('hex').slice(0, 8),
    lookBackMs: 47 * 366 * DAY_MS,
    backfillSpanMs: 7 * DAY_MS,
    publishedEveryMs: QUARTER_MS,
    ownTimes: false,
    attribution: {
      text: 'Weather data by Open-Meteo.com',
      url: 'https://open-meteo.com/',
      licence: 'CC BY 4.0',
    },
  };
}

function observationOf(
  place: Place,
  slotAt: Instant,
  receivedAt: Instant,
  moment: DecodedMoment,
  run: ModelRun | null,
): Observation {
  return {
    placeId: place.id,
    validAt: moment.validAt,
    slotAt,
    receivedAt,
    source: ID,
    kind: 'analysis',
    issuedAt: run?.initialisedAt ?? null,
    values: moment.values,
    condition: moment.condition,
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
  };
}

/** Reads place by place; what one place's part breaks, the others do not notice. When all break, the body is at fault. */
function eachPlace(
  places: readonly Place[],
  elements: readonly unknown[],
  body: Uint8Array,
  scrub: Scrubber,
  read: (place: Place, element: unknown) => readonly Reading[],
): Pick<FetchResult, 'readings' | 'failures'> {
  const readings: Reading[] = [];
  const failures: { placeId: string; error: UndecodableError }[] = [];
  places.forEach((place, index) => {
    try {
      readings.push(...read(place, elements[index]));
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error;
      failures.push({ placeId: place.id, error });
    }
  });
  const [first] = failures;
  if (first && failures.length === places.length) throw new UndecodableError(first.error.message, body, scrub);
  return { readings, failures };
}
