import type { QueryClient } from '@tanstack/react-query';
import { ask, STATUS } from './answers.ts';

export type LiveState = 'live' | 'reconnecting' | 'offline';

/** Without a sign of life for this long the stream counts as cut. The server beats every 20 s. */
const SILENT_MS = 60_000;
const POLL_MS = 60_000;
const ASK_AGAIN_MS = 400;
const EVENTS = ['observation', 'forecast', 'slot', 'reset', 'alert'] as const;

let state: LiveState = 'live';
const watchers = new Set<() => void>();

export const liveState = (): LiveState => state;
export function onLiveState(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
function become(next: LiveState): void {
  if (next === state) return;
  state = next;
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

  const refresh = async () => {
    const paths = client
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => String(queryKey[0]));
    try {
      const answers = await Promise.all(paths.map(async (path) => [path, await ask(path)] as const));
      for (const [path, answer] of answers) client.setQueryData([path], answer);
      become(stream !== null && stream.readyState === EventSource.OPEN ? 'live' : 'reconnecting');
    } catch {
      become('offline');
    }
  };
  const soon = () => {
    heardAt = Date.now();
    clearTimeout(askSoon);
    askSoon = setTimeout(refresh, ASK_AGAIN_MS);
  };
  const open = () => {
    if (stream || document.hidden) return;
    stream = new EventSource('/api/v1/live');
    stream.onopen = soon;
    stream.onerror = () => become(navigator.onLine ? 'reconnecting' : 'offline');
    for (const name of EVENTS) stream.addEventListener(name, soon);
  };
  const close = () => {
    stream?.close();
    stream = null;
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
  setInterval(() => {
    if (document.hidden) return;
    if (Date.now() - heardAt > SILENT_MS || stream?.readyState !== EventSource.OPEN) void refresh();
  }, POLL_MS);
  open();
  void ask(STATUS).catch(() => become('offline'));
}
