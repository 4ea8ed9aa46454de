import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { KEPT_MARK } from '../offline/kept.ts';

const LOOK_MS = 30_000;

/** The page is alive: what benches and tests wait for. */
const AWAKE_MARK = 'data-awake';

/** The server's clock, ms: ages never follow the clock of the machine that reads. */
const NowContext = createContext(0);
export const useNow = (): number => useContext(NowContext);

/** What the server's clock is ahead of the reader's, as the last answer showed; `null` before the first. */
let aheadMs: number | null = null;

/** Called with the program's clock of an answer that came just now. */
export function noteServerClock(at: number): void {
  if (Number.isNaN(at)) return;
  aheadMs = at - Date.now();
  try {
    localStorage.setItem('aheadMs', String(aheadMs));
  } catch {
    // Private browsing may keep nothing: then each page begins anew with its own.
  }
  window.dispatchEvent(new Event('server-clock'));
}

/**
 * A page may come from the reader's own machine, long after it was made: what was kept of the difference counts first,
 * and on a first visit, when nothing is kept, the page has just been made.
 */
function serverNow(madeAt: number): number {
  if (aheadMs === null)
    try {
      const kept = localStorage.getItem('aheadMs');
      aheadMs = kept === null ? madeAt - Date.now() : Number(kept);
    } catch {
      aheadMs = madeAt - Date.now();
    }
  return Date.now() + aheadMs;
}

/** Begins with the instant at which the page was made, so that both sides draw the same, and ticks from then on. */
export function NowProvider({ start, children }: { readonly start: number; readonly children: ReactNode }) {
  const [now, setNow] = useState(start);
  useEffect(() => {
    const look = () => setNow(serverNow(start));
    look();
    document.documentElement.removeAttribute(KEPT_MARK);
    document.documentElement.setAttribute(AWAKE_MARK, 'yes');
    const timer = setInterval(look, LOOK_MS);
    document.addEventListener('visibilitychange', look);
    window.addEventListener('server-clock', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('server-clock', look);
    };
  }, [start]);
  return <NowContext value={now}>{children}</NowContext>;
}
