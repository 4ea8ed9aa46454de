import type { PlaceReply } from '../../../src/serve/contract.ts';
import type { PageLanguage } from '../../../src/serve/page-contract.ts';

export const SORTS = ['nom', 'temperature', 'vent', 'etat', 'nord'] as const;
export type Sort = (typeof SORTS)[number];

export const sortIn = (search: string): Sort => {
  const asked = new URLSearchParams(search).get('tri');
  return SORTS.find((one) => one === asked) ?? 'nom';
};

/** The worst first: who looks for trouble finds it on top. */
const WORST_FIRST = ['missing', 'late', 'empty', 'fresh'] as const;
/** What was not measured stands last. */
const descending = (one: number | null | undefined, other: number | null | undefined) =>
  (other ?? Number.NEGATIVE_INFINITY) - (one ?? Number.NEGATIVE_INFINITY) || 0;

export function sorted(places: readonly PlaceReply[], sort: Sort, language: PageLanguage): readonly PlaceReply[] {
  const byName = places.toSorted((a, b) => a.names[language].localeCompare(b.names[language], language));
  switch (sort) {
    case 'nom':
      return byName;
    case 'temperature':
      return byName.toSorted((a, b) => descending(a.latest?.temperatureC, b.latest?.temperatureC));
    case 'vent':
      return byName.toSorted((a, b) => descending(a.latest?.windSpeedMps, b.latest?.windSpeedMps));
    case 'etat':
      return byName.toSorted((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state));
    case 'nord':
      return byName.toSorted((a, b) => b.latitude - a.latitude);
  }
}

/** `THIES ` and `Thiès` are the same. */
const bare = (text: string) =>
  text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim();

/** Those whose name in either language, or id, holds what was typed, whatever its accents and case. */
export const found = (places: readonly PlaceReply[], typed: string): readonly PlaceReply[] =>
  places.filter(({ id, names }) => [id, names.fr, names.en].some((name) => bare(name).includes(bare(typed))));
