import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { HarmattanError } from '../core/errors.ts';

/** A place that is watched. */
export interface Place {
  /** Slug of the name (`saint-louis`), or given in the file. Stable: rows refer to it. */
  readonly id: string;
  /** The name as the original system spells it (`Saint-Louis`, `Thies`): `region_name` on the wire. */
  readonly name: string;
  /** Display names with their accents, per language. */
  readonly names: { readonly fr: string; readonly en: string };
  readonly latitude: number;
  readonly longitude: number;
  readonly elevationM: number | null;
  /** Kind of landscape, for the page's picture (`coast`, `river`, `savanna`, `hills`, `estuary`). */
  readonly landscape: string | null;
  /** ICAO code of the aerodrome whose METAR speaks for the place. */
  readonly icao: string | null;
  /** IANA zone in which the place's people live. */
  readonly timeZone: string;
}

const placeEntry = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be a slug: lower-case letters, digits and single hyphens')
    .max(64)
    .optional(),
  name: z.string().trim().min(1).max(100),
  names: z.strictObject({ fr: z.string().min(1), en: z.string().min(1) }).optional(),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  elevationM: z.number().min(-500).max(9000).nullish(),
  landscape: z.string().nullish(),
  icao: z
    .string()
    .regex(/^[A-Z]{4}$/)
    .nullish(),
  timeZone: z.string().refine(isTimeZone, 'is not an IANA time zone').nullish(),
});

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** `Cap Skirring` and `Cap-Skirring` give `cap-skirring`; accents are dropped, everything else becomes a hyphen. */
export function slugOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/**
 * Checks a places file's content: a JSON array of `{name, latitude, longitude}` with our optional fields. The original
 * system's file loads unchanged.
 *
 * @throws HarmattanError HMT_PLACES_INVALID, HMT_PLACES_DUPLICATE, naming the entry
 */
export function parsePlaces(content: unknown): readonly Place[] {
  if (!Array.isArray(content) || content.length === 0)
    throw new HarmattanError('HMT_PLACES_INVALID', { detail: 'It must be an array with at least one entry.' });
  const seen = new Map<string, number>();
  return content.map((raw, index) => {
    const entry = placeEntry.safeParse(raw);
    if (!entry.success) {
      const issue = entry.error.issues[0];
      const field = `[${index}]${issue?.path.length ? `.${issue.path.join('.')}` : ''}`;
      throw new HarmattanError('HMT_PLACES_INVALID', {
        detail: `Entry ${field}: ${issue?.message ?? 'is not a place'}.`,
        field,
      });
    }
    const { name, names, latitude, longitude, elevationM, landscape, icao, timeZone } = entry.data;
    const id = entry.data.id ?? slugOf(name);
    if (id === '')
      throw new HarmattanError('HMT_PLACES_INVALID', {
        detail: `Entry [${index}].name has no letter or digit: give it an id.`,
        field: `[${index}].name`,
      });
    const twin = seen.get(id);
    if (twin !== undefined)
      throw new HarmattanError('HMT_PLACES_DUPLICATE', {
        detail: `Entries ${twin} and ${index} are both "${id}".`,
        field: `[${index}]`,
      });
    seen.set(id, index);
    return {
      id,
      name,
      names: names ?? { fr: name, en: name },
      latitude,
      longitude,
      elevationM: elevationM ?? null,
      landscape: landscape ?? null,
      icao: icao ?? null,
      timeZone: timeZone ?? 'UTC',
    };
  });
}

/**
 * Reads and checks a places file.
 *
 * @throws HarmattanError HMT_PLACES_INVALID, HMT_PLACES_DUPLICATE
 */
export function loadPlaces(path: string): readonly Place[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new HarmattanError('HMT_PLACES_INVALID', { detail: `${path}: ${(cause as Error).message}`, cause });
  }
  return parsePlaces(content);
}
