import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { type Clock, DAY_MS, floorTo, fromRfc3339, type Instant, MINUTE_MS } from '../core/time.ts';
import type { Journal } from '../journal/journal.ts';
import type { Store } from '../store/store.ts';
import { type Place, slugOf } from '../weather/place.ts';
import type { HttpOptions } from './config.ts';
import type { Attribution } from './contract.ts';
import type { Program } from './program.ts';

/** Fastify, typed by zod schemas. */
export type ServeApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What every route is handed. */
export interface Served {
  readonly journal: Journal;
  readonly store: Store;
  readonly places: readonly Place[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: HttpOptions;
  readonly program: Program;
}

/** @throws HarmattanError HMT_PLACES_UNKNOWN */
export function placeOf(served: Pick<Served, 'places'>, id: string): Place {
  const place = placesById(served.places).get(id);
  if (!place) throw new HarmattanError('HMT_PLACES_UNKNOWN', { field: 'id', detail: `No place has the id "${id}".` });
  return place;
}

/** The same for an optional query parameter, where an unknown place is a wrong value. */
export function checkPlace(served: Pick<Served, 'places'>, id: string | undefined): string | undefined {
  if (id !== undefined && !placesById(served.places).has(id))
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: 'place', detail: `No place has the id "${id}".` });
  return id;
}

/** The place of an original region name: whatever its accents, case, spaces and hyphens. @throws HMT_PLACES_UNKNOWN */
export function placeOfRegion(served: Pick<Served, 'places'>, region: string): Place {
  const wanted = slugOf(region);
  const place = served.places.find(({ id, name, names }) =>
    [id, slugOf(name), slugOf(names.fr), slugOf(names.en)].includes(wanted),
  );
  if (!place)
    throw new HarmattanError('HMT_PLACES_UNKNOWN', { field: 'region', detail: `No region is called "${region}".` });
  return place;
}

const indexes = new WeakMap<readonly Place[], ReadonlyMap<string, Place>>();

export function placesById(places: readonly Place[]): ReadonlyMap<string, Place> {
  let index = indexes.get(places);
  if (!index) {
    index = new Map(places.map((place) => [place.id, place]));
    indexes.set(places, index);
  }
  return index;
}

/** An instant from a URL. @throws HarmattanError HMT_HTTP_BAD_PARAMETER */
export function instantIn(text: string | undefined, field: string): Instant | undefined {
  if (text === undefined) return undefined;
  const at = fromRfc3339(text);
  if (at === null)
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field, detail: 'It is not an RFC 3339 instant.' });
  return at;
}

/**
 * `[from, to)` of a request; by default the last `defaultMs` up to the end of the present minute. With one end given the other follows from it.
 *
 * @throws HarmattanError HMT_HTTP_BAD_PARAMETER when it is empty
 */
export function rangeIn(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: Instant,
  defaultMs: number = DAY_MS,
): { readonly from: Instant; readonly to: Instant } {
  const given = { from: instantIn(query.from, 'from'), to: instantIn(query.to, 'to') };
  const to = given.to ?? floorTo(Math.max(now, given.from ?? now), MINUTE_MS) + MINUTE_MS;
  const from = given.from ?? to - defaultMs;
  if (from >= to)
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: 'from', detail: 'It must lie before `to`.' });
  return { from, to };
}

/** Whom the readings come from: every reply that holds some says so. */
export function attributions(program: Program): Attribution[] {
  return program.sources.map(({ id, attribution: { text, url, licence } }) => ({ source: id, text, url, licence }));
}
