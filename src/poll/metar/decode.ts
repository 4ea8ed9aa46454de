import type { Scrubber } from '../../core/scrub.ts';
import { type Instant, SECOND_MS } from '../../core/time.ts';
import { relativeHumidityPct } from '../../weather/formula.ts';
import type { Condition } from '../../weather/observation.ts';
import { noValues, type QuantityValues } from '../../weather/quantity.ts';
import { membersOf, numberIn, parseBody, UndecodableError } from '../undecodable.ts';
import { conditionOf } from './present-weather.ts';

/** One report of an aerodrome, in our units. */
export interface DecodedReport {
  readonly icao: string;
  readonly observedAt: Instant;
  /** Of two reports of one instant the one that the provider received last is the corrected one. */
  readonly receivedByProviderAt: Instant;
  /** Where the aerodrome is, as the report says; `null` where it does not. */
  readonly position: { readonly latitude: number; readonly longitude: number } | null;
  readonly values: QuantityValues;
  readonly condition: Condition | null;
}

/** What an answer holds. */
export interface DecodedReports {
  /** As in the body; of one aerodrome and instant only the newest. */
  readonly reports: readonly DecodedReport[];
  /** Elements that are no report, with why. */
  readonly unreadable: readonly { readonly icao: string | null; readonly error: UndecodableError }[];
}

const MPS_PER_KNOT = 1852 / 3600;
const M_PER_STATUTE_MILE = 1609.344;
const MM_PER_INCH = 25.4;

/** Cloud amount in oktas by the middle of what the word covers (WMO 4377): `SCT` is three or four eighths. */
const COVER_PCT: Readonly<Record<string, number>> = {
  CLR: 0,
  SKC: 0,
  NSC: 0,
  NCD: 0,
  CAVOK: 0,
  FEW: 19,
  SCT: 44,
  BKN: 75,
  OVC: 100,
  OVX: 100,
  VV: 100,
};

/**
 * Reads an answer of `/api/data/metar?format=json`: an array of reports, or nothing at all when no aerodrome has one.
 * A report that is none costs itself alone.
 *
 * @throws UndecodableError when the body is not an array
 */
export function decodeReports(body: Uint8Array, scrubber: Scrubber): DecodedReports {
  if (body.length === 0) return { reports: [], unreadable: [] };
  const answer = parseBody(body, scrubber);
  if (!Array.isArray(answer)) throw new UndecodableError('It is not a list of reports.', body, scrubber);
  const newest = new Map<string, DecodedReport>();
  const unreadable: DecodedReports['unreadable'][number][] = [];
  for (const element of answer as readonly unknown[]) {
    const report = reportOf(element);
    if (typeof report === 'string') {
      const icao = membersOf(element)?.icaoId;
      const error = new UndecodableError(report, Buffer.from(JSON.stringify(element) ?? ''), scrubber);
      unreadable.push({ icao: typeof icao === 'string' ? icao : null, error });
      continue;
    }
    const key = `${report.icao}/${report.observedAt}`;
    const before = newest.get(key);
    if (!before || before.receivedByProviderAt <= report.receivedByProviderAt) newest.set(key, report);
  }
  return { reports: [...newest.values()], unreadable };
}

/** A report, or what keeps the element from being one. */
function reportOf(element: unknown): DecodedReport | string {
  const members = membersOf(element);
  if (!members) return 'A report is not an object.';
  const { icaoId, obsTime } = members;
  if (typeof icaoId !== 'string' || !/^[A-Z0-9]{4}$/.test(icaoId)) return 'A report names no aerodrome.';
  const observedS = numberIn(obsTime);
  if (observedS === null || observedS <= 0 || observedS > 1e11) return 'A report has no time.';
  const cloudCoverPct = cloudCoverIn(members);
  const [latitude, longitude] = [numberIn(members.lat), numberIn(members.lon)];
  const received = typeof members.receiptTime === 'string' ? Date.parse(utc(members.receiptTime)) : Number.NaN;
  return {
    icao: icaoId,
    observedAt: Math.round(observedS) * SECOND_MS,
    receivedByProviderAt: Number.isNaN(received) ? 0 : received,
    position: latitude === null || longitude === null ? null : { latitude, longitude },
    values: valuesOf(members, cloudCoverPct),
    condition: conditionOf(typeof members.wxString === 'string' ? members.wxString : null, cloudCoverPct),
  };
}

/** The provider writes some times without their zone; all are UTC. */
const utc = (time: string) => (/(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time.replace(' ', 'T')}Z`);

function valuesOf(members: Readonly<Record<string, unknown>>, cloudCoverPct: number | null): QuantityValues {
  const values = noValues();
  const scaled = (name: string, factor: number) => {
    const value = numberIn(members[name]);
    return value === null ? null : finite(Math.round(value * factor * 100) / 100);
  };
  values.temperatureC = numberIn(members.temp);
  values.dewPointC = numberIn(members.dewp);
  if (values.temperatureC !== null && values.dewPointC !== null)
    values.humidityPct = finite(Math.min(100, Math.round(relativeHumidityPct(values.temperatureC, values.dewPointC))));
  // QNH is the pressure at the aerodrome reduced by the standard atmosphere: near sea level within a hectopascal.
  values.pressureHpa = numberIn(members.slp) ?? numberIn(members.altim);
  values.windSpeedMps = scaled('wspd', MPS_PER_KNOT);
  values.windGustMps = scaled('wgst', MPS_PER_KNOT);
  // A variable wind ("VRB") has no direction.
  values.windFromDirectionDeg = numberIn(members.wdir);
  values.visibilityM = visibilityIn(members.visib);
  values.cloudCoverPct = cloudCoverPct;
  values.rain1hMm = scaled('precip', MM_PER_INCH);
  return values;
}

/** Statute miles, a number or text; `10+` is the farthest that is reported, and is taken as such. */
function visibilityIn(value: unknown): number | null {
  const miles =
    typeof value === 'string' && /^\d+(\.\d+)?\+?$/.test(value) ? Number.parseFloat(value) : numberIn(value);
  return miles === null ? null : finite(Math.round(miles * M_PER_STATUTE_MILE));
}

/** The thickest layer; `null` when the report has no word on clouds. */
function cloudCoverIn({ clouds, cover }: Readonly<Record<string, unknown>>): number | null {
  const layers = Array.isArray(clouds) ? clouds.map((layer) => membersOf(layer)?.cover) : [];
  const known = [...layers, cover].flatMap((word) => (typeof word === 'string' ? (COVER_PCT[word] ?? []) : []));
  return known.length === 0 ? null : Math.max(...known);
}

/** A number of the body may be beyond all numbers once its unit is changed. */
const finite = (value: number) => (Number.isFinite(value) ? value : null);
