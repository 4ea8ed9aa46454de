import { HarmattanError } from '../../core/errors.ts';
import { retryAfterMsIn } from '../../core/retry-after.ts';
import { scrubber } from '../../core/scrub.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { TransportReply } from '../../core/transport.ts';
import { userAgent } from '../../core/user-agent.ts';
import { greatCircleKm } from '../../weather/great-circle.ts';
import type { Observation } from '../../weather/observation.ts';
import type { Place } from '../../weather/place.ts';
import type { Quantity } from '../../weather/quantity.ts';
import type { FetchResult, ProbeFinding, Reading, Source, SourceContext } from '../source.ts';
import type { MetarOptions } from './config.ts';
import { type DecodedReport, type DecodedReports, decodeReports } from './decode.ts';

const ID = 'metar';
const MOST_BYTES = 8 * 1024 * 1024;
/** Rows that one answer holds at most; the provider drops the rest without a word. */
const MOST_ROWS = 400;
/** Reports of one aerodrome in an hour, specials included, for which an answer has room. */
const REPORTS_PER_HOUR = 2.5;
const LEAST_HOURS = 2;
const MOST_HOURS = 24;
/** Some aerodromes report each hour, others each half hour. */
const REPORTED_EVERY_MS = HOUR_MS;

const QUANTITIES: readonly Quantity[] = [
  'temperatureC',
  'dewPointC',
  'humidityPct',
  'pressureHpa',
  'windSpeedMps',
  'windGustMps',
  'windFromDirectionDeg',
  'visibilityM',
  'cloudCoverPct',
  'rain1hMm',
];

const PLACES_PER_CALL = Math.floor(MOST_ROWS / (LEAST_HOURS * REPORTS_PER_HOUR));

/**
 * METAR reports of aerodromes through the Aviation Weather Center: true observations, world-wide, without a key, one call
 * for all places. A place is asked for when it names an aerodrome (`icao`), and answered only by one whose own coordinates
 * lie near it. Reports come each half hour or hour at times of their own: each is given once, at its own time, and the
 * newest before the slot answers the slot.
 */
export function metarSource(options: MetarOptions): Source {
  const headers = { 'user-agent': userAgent(options.contact), accept: 'application/json' };
  const scrub = scrubber([]);
  const givenUntil = new Map<string, Instant>();

  const ask = async (stations: readonly string[], hours: number, context: SourceContext): Promise<DecodedReports> => {
    const { transport, signal, clock } = context;
    const url = `${options.baseUrl.replace(/\/$/, '')}/api/data/metar?ids=${stations.join(',')}&format=json&hours=${hours}`;
    const reply = await transport({ url, headers, timeoutMs: options.timeoutMs, maxBytes: MOST_BYTES, signal });
    const refusal = refusalOf(reply, clock.now());
    if (refusal) throw refusal;
    return reply.status === 204 ? { reports: [], unreadable: [] } : decodeReports(reply.body, scrub);
  };

  return {
    id: ID,
    capabilities: {
      kind: 'observation',
      quantities: QUANTITIES,
      placesPerCall: PLACES_PER_CALL,
      costOf: () => 1,
      backfillCostOf: () => 1,
      quota: [{ name: 'minute', limit: 100 }],
      credential: '-',
      lookBackMs: 0,
      backfillSpanMs: 0,
      publishedEveryMs: REPORTED_EVERY_MS,
      ownTimes: true,
      attribution: {
        text: 'METAR reports by way of the Aviation Weather Center (NOAA/NWS)',
        url: 'https://aviationweather.gov/',
        licence: 'public domain',
      },
    },

    async fetch(places, slotAt, context): Promise<FetchResult> {
      const asked = places.filter(({ icao }) => icao !== null);
      const stations = [...new Set(asked.flatMap(({ icao }) => icao ?? []))].sort();
      if (stations.length === 0) return { readings: [], forecasts: [], failures: [] };
      const { reports, unreadable } = await ask(stations, hoursFor(stations.length, asked, slotAt), context);
      const receivedAt = context.clock.now();
      const readings: Reading[] = [];
      const failures: FetchResult['failures'][number][] = [];
      for (const place of asked) {
        const ofStation = reports.filter(({ icao }) => icao === place.icao);
        const tooFar = ofStation.find((report) => !speaksFor(report, place, options.farthestKm));
        const broken = unreadable.find(({ icao }) => icao === place.icao);
        if (tooFar) failures.push({ placeId: place.id, error: farAway(tooFar, place, options.farthestKm) });
        else if (broken && ofStation.length === 0) failures.push({ placeId: place.id, error: broken.error });
        else readings.push(...readingsOf(place, ofStation, slotAt, receivedAt));
      }
      return { readings, forecasts: [], failures };
    },

    async probe(context): Promise<readonly ProbeFinding[]> {
      try {
        await ask(['GOSS'], LEAST_HOURS, context);
        return [{ ok: true, finding: 'The Aviation Weather Center answers.', code: null, cure: null }];
      } catch (error) {
        if (!(error instanceof HarmattanError)) throw error;
        const finding = `The Aviation Weather Center does not answer: ${error.message}`;
        return [{ ok: false, finding, code: error.code, cure: error.cure }];
      }
    },
  };

  /** As many hours as were missed since the last answer, as far as one answer has room for them. */
  function hoursFor(stations: number, places: readonly Place[], slotAt: Instant): number {
    const since = Math.min(...places.map(({ id }) => givenUntil.get(id) ?? Number.NEGATIVE_INFINITY));
    const missed = Number.isFinite(since) ? Math.ceil((slotAt - since) / HOUR_MS) + 1 : MOST_HOURS;
    const room = Math.floor(MOST_ROWS / (stations * REPORTS_PER_HOUR));
    return Math.max(LEAST_HOURS, Math.min(missed, room, MOST_HOURS));
  }

  /** The newest report before the slot as its answer, then those that were not given yet, at their own times. */
  function readingsOf(
    place: Place,
    reports: readonly DecodedReport[],
    slotAt: Instant,
    receivedAt: Instant,
  ): readonly Reading[] {
    const known = reports
      .filter(({ observedAt, values }) => observedAt <= receivedAt && values.temperatureC !== null)
      .sort((one, other) => one.observedAt - other.observedAt);
    const newest = known.findLast(({ observedAt }) => observedAt <= slotAt);
    const given = givenUntil.get(place.id) ?? Number.NEGATIVE_INFINITY;
    const others = known.filter((report) => report !== newest && report.observedAt > given);
    const lastAt = known.at(-1)?.observedAt;
    if (lastAt !== undefined) givenUntil.set(place.id, Math.max(given, lastAt));
    const reading = (report: DecodedReport, slot: Instant | null): Reading => ({
      observation: observationOf(place, report, slot, receivedAt),
      stale: slot !== null && slot - report.observedAt > 2 * REPORTED_EVERY_MS,
    });
    return [...(newest ? [reading(newest, slotAt)] : []), ...others.map((report) => reading(report, null))];
  }
}

const observationOf = (
  place: Place,
  { observedAt, values, condition }: DecodedReport,
  slotAt: Instant | null,
  receivedAt: Instant,
): Observation => ({
  placeId: place.id,
  validAt: observedAt,
  slotAt,
  receivedAt,
  source: ID,
  kind: 'observation',
  issuedAt: null,
  values,
  condition,
  sunriseAt: null,
  sunsetAt: null,
  flags: [],
});

/** A report without coordinates is taken at the file's word. */
const speaksFor = ({ position }: DecodedReport, place: Place, farthestKm: number): boolean =>
  position === null || greatCircleKm(position, place) <= farthestKm;

function farAway({ icao, position }: DecodedReport, place: Place, farthestKm: number): HarmattanError {
  const km = position ? Math.round(greatCircleKm(position, place)) : 0;
  return new HarmattanError('HMT_POLL_STATION_FAR', {
    detail: `${icao} lies ${km} km from ${place.id}; at most ${farthestKm} km are allowed.`,
  });
}

function refusalOf({ status, headers }: TransportReply, now: Instant): HarmattanError | null {
  if (status >= 200 && status < 300) return null;
  const detail = `The Aviation Weather Center answered ${status}.`;
  if (status === 429) {
    const retryAfterMs = retryAfterMsIn(headers, now) ?? MINUTE_MS;
    return new HarmattanError('HMT_POLL_RATE_LIMITED', { detail, retryAfterMs });
  }
  if (status === 403) return new HarmattanError('HMT_POLL_FORBIDDEN', { detail });
  if (status >= 400 && status < 500 && status !== 408) return new HarmattanError('HMT_POLL_BAD_REQUEST', { detail });
  return new HarmattanError('HMT_POLL_PROVIDER_FAILED', { detail, retryAfterMs: retryAfterMsIn(headers, now) });
}
