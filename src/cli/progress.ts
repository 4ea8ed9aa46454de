import type { Clock, Instant } from '../core/time.ts';
import type { Terminal } from './terminal.ts';

/** How a long command says how far it is. */
export interface Progress {
  /** `share` in [0, 1] where the end is known, otherwise `null`; `note` is what counts so far (`1,200 rows`). */
  report(share: number | null, note: string): void;
  /** Clears the bar. */
  end(): void;
}

const BAR_WIDTH = 24;
const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5_000;

/** A bar at a terminal; elsewhere a plain line at most every five seconds. All of it goes to stderr. */
export function progressOn(terminal: Terminal, clock: Clock, title: string): Progress {
  const everyMs = terminal.interactive ? REDRAW_MS : PLAIN_LINE_MS;
  let lastAt: Instant | null = terminal.interactive ? null : clock.now();
  return {
    report(share, note) {
      const now = clock.now();
      if (lastAt !== null && now - lastAt < everyMs) return;
      lastAt = now;
      const percent = share === null ? '' : `${Math.floor(share * 100)} % `;
      if (!terminal.interactive) return terminal.err(`${title}: ${percent}${note}\n`);
      const filled = Math.round((share ?? 0) * BAR_WIDTH);
      const bar = share === null ? '' : `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} `;
      terminal.bar(`${title} ${bar}${percent}${note}`);
    },
    end() {
      if (terminal.interactive) terminal.bar('');
    },
  };
}
