import type { Freshness, PlaceReply, StatusReply } from '../../../src/serve/contract.ts';
import { STATUS, useAnswer } from './answers.ts';
import { useNow } from './now.tsx';
import { useReader } from './reader.tsx';

const MARKS: Readonly<Record<Freshness, string>> = {
  fresh: 'M2.5 8.5l3.5 3.5 7.5-8',
  late: 'M8 3.5V8l3 2M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13',
  missing: 'M3 3l10 10M13 3L3 13',
  empty: 'M3 8h10',
};

/** A state as mark, word and colour. */
export function FreshnessChip({ state }: { readonly state: Freshness }) {
  const { t } = useReader();
  return (
    <span className="chip" data-state={state}>
      <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
        <path d={MARKS[state]} />
      </svg>
      {t(`web.state.${state}`)}
    </span>
  );
}

interface PlaceFreshness {
  readonly state: Freshness;
  readonly ageMs: number | null;
}

/** What the API said, and what has become of it since: a page that hears nothing must not look healthy. */
export function useFreshnessOf(): (place: Pick<PlaceReply, 'state' | 'latest'>) => PlaceFreshness {
  const now = useNow();
  const cadence = useAnswer<StatusReply>(STATUS)?.cadence ?? null;
  return ({ state, latest }) => {
    if (!latest) return { state, ageMs: null };
    const ageMs = Math.max(0, now - Date.parse(latest.validAt));
    if (!cadence) return { state, ageMs };
    const answered = latest.slotAt === null ? ageMs : Math.min(ageMs, Math.max(0, now - Date.parse(latest.slotAt)));
    if (answered >= cadence.missingAfterSeconds * 1000) return { state: 'missing', ageMs };
    if (answered >= cadence.lateAfterSeconds * 1000) return { state: 'late', ageMs };
    return { state: 'fresh', ageMs };
  };
}

export const useFreshness = (place: Pick<PlaceReply, 'state' | 'latest'>): PlaceFreshness => useFreshnessOf()(place);
