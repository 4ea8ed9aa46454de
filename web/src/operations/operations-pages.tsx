import type { MessageReply, PlaceReply, QuarantineReply, SlotReply, StatusReply } from '../../../src/serve/contract.ts';
import type { EventsReply } from '../../../src/serve/event-contract.ts';
import { PLACES, STATUS, useAnswer } from '../app/answers.ts';
import { useNow } from '../app/now.tsx';
import { useReader } from '../app/reader.tsx';
import type { OperationsAlert } from './active-alerts.tsx';
import { type LogSearch, Logs } from './logs.tsx';
import { Messages } from './messages.tsx';
import {
  ALERTS,
  eventsPath,
  messagesPath,
  quarantinePath,
  RANGES,
  slotsPath,
  stretchIn,
  topicIn,
} from './operations-asks.ts';
import { OperationsOverview } from './operations-overview.tsx';
import './operations.css';

/** The operations pages: the answers of the API handed to their components. */

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
  const slots = useAnswer<{ items: SlotReply[]; nextCursor: string | null }>(slotsPath(reader.search));
  const alerts = useAnswer<{ items: OperationsAlert[] }>(ALERTS);
  const asked = Number(new URLSearchParams(reader.search).get('heures'));
  const hours = RANGES.find((range) => range === asked) ?? 24;
  const everyMs = (status?.cadence?.everySeconds ?? DEFAULT_EVERY_SECONDS) * 1000;
  const end = (Math.floor(now / everyMs) + 1) * everyMs;
  const stretch = stretchIn(reader.search);
  const range = stretch
    ? {
        from: Math.floor(stretch.from / everyMs) * everyMs,
        to: Math.ceil(stretch.to / everyMs) * everyMs,
        hours: null,
      }
    : { from: end - hours * HOUR_MS, to: end, hours };
  const isInside = ({ slotAt }: SlotReply) => Date.parse(slotAt) >= range.from && Date.parse(slotAt) < range.to;
  return (
    <OperationsOverview
      reader={reader}
      status={status}
      slots={slots && { ...slots, items: slots.items.filter(isInside) }}
      alerts={alerts?.items ?? null}
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
