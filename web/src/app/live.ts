import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { ask, NotAnswered, STATUS } from './answers.ts';
import { noteServerClock } from './now.tsx';

/** `reconnecting`: no sign of life for a while. `offline`: the server was not reached, what is shown was kept. */
export type LiveState = 'live' | 'reconnecting' | 'offline';

export interface Live {
  readonly state: LiveState;
  /** The code with which the server said that it cannot answer; `null`: it did not say so. */
  readonly failure: string | null;
}

/** Without a sign of life for this long the stream counts as cut: two beats of the server, which come every 20 s. */
const SILENT_MS = 45_000;
const LOOK_MS = 15_000;
const POLL_MS = 60_000;
const ASK_AGAIN_MS = 400;
const EVENTS = ['observation', 'forecast', 'slot', 'reset', 'alert'] as const;

/** What a page says before it has listened: the server that made it was there. */
const AT_FIRST: Live = { state: 'live', failure: null };
let live = AT_FIRST;
const watchers = new Set<() => void>();

function onLive(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
export const useLive = (): Live =>
  useSyncExternalStore(
    onLive,
    () => live,
    () => AT_FIRST,
  );
function become(state: LiveState, failure: Live['failure'] = null): void {
  if (state === live.state && failure === live.failure) return;
  live = { state, failure };
  for (const watcher of watchers) watcher();
}

/**
 * Keeps every answer of the page up to date: one stream while the page is seen, none while it is hidden, and a look
 * every minute where no stream comes. An event says that something changed; what changed is asked for again.
 */
export function followLive(client: QueryClient): void {
  let stream: EventSource | null = null;
  let askSoon: ReturnType<typeof setTimeout> | undefined;
  let heardAt = Date.now();
  let lookedAt = 0;

  const isHeard = () => stream?.readyState === EventSource.OPEN && Date.now() - heardAt < SILENT_MS;
  const refresh = async () => {
    lookedAt = Date.now();
    const queries = client.getQueryCache().getAll();
    try {
      const answers = await Promise.all(queries.map(async ({ queryKey: [path] }) => ask(String(path))));
      for (const [index, { queryKey }] of queries.entries()) client.setQueryData(queryKey, answers[index]);
      if (answers.some(({ isKept }) => isKept)) become('offline');
      else become(isHeard() ? 'live' : 'reconnecting');
    } catch (error) {
      const code = error instanceof NotAnswered ? error.code : null;
      if (code === null) become('offline');
      else become('reconnecting', code);
    }
  };
  const heard = () => {
    heardAt = Date.now();
    if (live.state === 'reconnecting' && !live.failure) become('live');
  };
  const soon = () => {
    heard();
    clearTimeout(askSoon);
    askSoon = setTimeout(refresh, ASK_AGAIN_MS);
  };
  const close = () => {
    stream?.close();
    stream = null;
  };
  const open = () => {
    if (stream || document.hidden) return;
    stream = new EventSource('/api/v1/live');
    stream.onopen = soon;
    stream.onerror = () => become(navigator.onLine ? 'reconnecting' : 'offline', live.failure);
    for (const name of EVENTS) stream.addEventListener(name, soon);
    stream.addEventListener('beat', ({ data }: MessageEvent<string>) => {
      noteServerClock(Date.parse((JSON.parse(data) as { at: string }).at));
      heard();
    });
  };
  const look = () => {
    if (document.hidden || isHeard()) return;
    const wasLive = live.state === 'live';
    if (wasLive) become('reconnecting');
    // A browser gives up for good on a stream that was refused once.
    if (stream?.readyState === EventSource.CLOSED) close();
    open();
    if (!wasLive && Date.now() - lookedAt >= POLL_MS) void refresh();
  };
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  window.addEventListener('online', () => {
    close();
    open();
    void refresh();
  });
  window.addEventListener('offline', () => become('offline'));
  window.addEventListener('pagehide', close);
  window.addEventListener('pageshow', open);
  window.addEventListener('ask-again', () => void refresh());
  setInterval(look, LOOK_MS);
  open();
  void ask(STATUS)
    .then(({ isKept }) => (isKept ? refresh() : undefined))
    .catch(refresh);
}
