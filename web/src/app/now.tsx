import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const LOOK_MS = 30_000;

/** The server's clock, ms: ages never follow the clock of the machine that reads. */
const NowContext = createContext(0);
export const useNow = (): number => useContext(NowContext);

/** What the server's clock is ahead of the reader's, as the last answer showed; `null` before the first. */
let aheadMs: number | null = null;

/** Called with the program's clock of an answer that came just now. */
export function noteServerClock(at: number): void {
  aheadMs = at - Date.now();
  try {
    localStorage.setItem('aheadMs', String(aheadMs));
  } catch {
    // Private browsing may keep nothing: then the reader's own clock counts until the next answer.
  }
}

function serverNow(): number {
  if (aheadMs === null)
    try {
      aheadMs = Number(localStorage.getItem('aheadMs') ?? 0);
    } catch {
      aheadMs = 0;
    }
  return Date.now() + aheadMs;
}

/** Begins with the instant at which the page was made, so that both sides draw the same, and ticks from then on. */
export function NowProvider({ start, children }: { readonly start: number; readonly children: ReactNode }) {
  const [now, setNow] = useState(start);
  useEffect(() => {
    const look = () => setNow(serverNow());
    look();
    const timer = setInterval(look, LOOK_MS);
    document.addEventListener('visibilitychange', look);
    window.addEventListener('server-clock', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('server-clock', look);
    };
  }, []);
  return <NowContext value={now}>{children}</NowContext>;
}
