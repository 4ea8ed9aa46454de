/** What the operations pages ask the API for, each from what stands in its address. */

export const LOG_BARS = 48;
export const TOPICS = ['observations', 'forecasts', 'polls'] as const;

/** The last 24 hours; shorter periods are cut out of them. */
export const SLOTS = '/api/v1/slots?limit=10000';

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
