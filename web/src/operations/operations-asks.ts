/** What the operations pages ask the API for, each from what stands in its address. */

export const LOG_BARS = 48;
export const TOPICS = ['observations', 'forecasts', 'polls'] as const;

export const ALERTS = '/api/v1/alerts';

/** Hours that the overview can show. */
export const RANGES = [6, 12, 24] as const;
const HOUR_MS = 3_600_000;
/** A longer stretch is not drawn slot by slot. */
const LONGEST_MS = 7 * 24 * HOUR_MS;

/** The stretch that an address names, or `null`: then it is the last hours. Links of messages name one, for good. */
export function stretchIn(search: string): { readonly from: number; readonly to: number } | null {
  const given = new URLSearchParams(search);
  const [from, to] = [Date.parse(given.get('from') ?? ''), Date.parse(given.get('to') ?? '')];
  return from < to ? { from: Math.max(from, to - LONGEST_MS), to } : null;
}

/** By default the last 24 hours; shorter periods are cut out of them. */
export function slotsPath(search: string): string {
  const stretch = stretchIn(search);
  const iso = (at: number) => new Date(at).toISOString();
  const query = stretch && { from: iso(stretch.from), to: iso(stretch.to) };
  return withQuery('/api/v1/slots', new URLSearchParams({ limit: '10000', ...query }));
}

const PASSED_ON = ['from', 'to', 'place', 'stage', 'level', 'q', 'cursor'] as const;
/** A shorter text finds nothing: the log refuses it. */
const LEAST_LETTERS = 3;

const withQuery = (path: string, query: URLSearchParams) => `${path}?${query}`;

export function eventsPath(search: string): string {
  const given = new URLSearchParams(search);
  const query = new URLSearchParams({ bars: String(LOG_BARS), limit: '100' });
  for (const name of PASSED_ON) {
    const value = given.get(name)?.trim() ?? '';
    if (value.length >= (name === 'q' ? LEAST_LETTERS : 1)) query.set(name, value);
  }
  return withQuery('/api/v1/events', query);
}

export const topicIn = (search: string): string => {
  const given = new URLSearchParams(search).get('topic');
  return TOPICS.find((topic) => topic === given) ?? TOPICS[0];
};

export function messagesPath(search: string): string {
  const cursor = new URLSearchParams(search).get('cursor');
  return withQuery(
    '/api/v1/messages',
    new URLSearchParams({ topic: topicIn(search), limit: '50', ...(cursor ? { cursor } : {}) }),
  );
}

export function quarantinePath(search: string): string {
  const code = new URLSearchParams(search).get('code');
  return withQuery('/api/v1/quarantine', new URLSearchParams({ limit: '50', ...(code ? { code } : {}) }));
}
