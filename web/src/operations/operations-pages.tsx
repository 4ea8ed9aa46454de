import type { MessageReply, PlaceReply, QuarantineReply, SlotReply, StatusReply } from '../../../src/serve/contract.ts';
import type { EventsReply } from '../../../src/serve/event-contract.ts';
import { PLACES, STATUS, useAnswer } from '../app/answers.ts';
import { useNow } from '../app/now.tsx';
import { useReader } from '../app/reader.tsx';
import { LOG_BARS, type LogSearch, Logs } from './logs.tsx';
import { Messages, TOPICS } from './messages.tsx';
import { OperationsOverview, RANGES } from './operations-overview.tsx';

/** The operations pages: what each asks the API for, and the answers handed to its components. */

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

const topicIn = (search: string): string => {
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

function usePlaces() {
  const { language, format } = useReader();
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  return places
    .map(({ id, names }) => ({ id, name: names[language] }))
    .sort((a, b) => a.name.localeCompare(b.name, format.locale));
}

const HOUR_MS = 3_600_000;
const DEFAULT_EVERY_SECONDS = 900;

export function OverviewPage() {
  const reader = useReader();
  const now = useNow();
  const status = useAnswer<StatusReply>(STATUS);
  const slots = useAnswer<{ items: SlotReply[]; nextCursor: string | null }>(SLOTS);
  const asked = Number(new URLSearchParams(reader.search).get('heures'));
  const hours = RANGES.find((range) => range === asked) ?? 24;
  const everyMs = (status?.cadence?.everySeconds ?? DEFAULT_EVERY_SECONDS) * 1000;
  const to = (Math.floor(now / everyMs) + 1) * everyMs;
  const range = { from: to - hours * HOUR_MS, to, hours };
  const isInside = ({ slotAt }: SlotReply) => Date.parse(slotAt) >= range.from && Date.parse(slotAt) < to;
  return (
    <OperationsOverview
      reader={reader}
      status={status}
      slots={slots && { ...slots, items: slots.items.filter(isInside) }}
      places={usePlaces()}
      range={range}
      everyMs={everyMs}
    />
  );
}

export function LogsPage() {
  const reader = useReader();
  const given = new URLSearchParams(reader.search);
  const said = (name: keyof LogSearch) => given.get(name) ?? '';
  return (
    <Logs
      reader={reader}
      search={{ q: said('q'), place: said('place'), stage: said('stage'), level: said('level') }}
      places={usePlaces()}
      events={useAnswer<EventsReply>(eventsPath(reader.search))}
    />
  );
}

export function MessagesPage() {
  const reader = useReader();
  const { search } = reader;
  return (
    <Messages
      reader={reader}
      topic={topicIn(search)}
      code={new URLSearchParams(search).get('code') ?? ''}
      messages={useAnswer<{ items: MessageReply[]; nextCursor: string | null }>(messagesPath(search))}
      quarantine={useAnswer<{ items: QuarantineReply[]; counts: Record<string, number> }>(quarantinePath(search))}
    />
  );
}
