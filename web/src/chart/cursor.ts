import { type KeyboardEvent, type PointerEvent, useState } from 'react';

/** Where a cursor may stand: a box of the plot, in units of the width and pixels of the height. */
export interface Stop {
  readonly x: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  /** What is read there, shown and announced. */
  readonly text: string;
}

export interface Cursor {
  readonly index: number | null;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerLeave: () => void;
}

/**
 * Where a key leads from `index` among `count` stops in rows of `perRow`: the index, `null` to leave, or `undefined`
 * for a key that is not the cursor's. The first arrow of all stands on the stop `start`.
 */
export function nextStop(
  key: string,
  index: number | null,
  { count, perRow, start = 0 }: { count: number; perRow: number; start?: number },
): number | null | undefined {
  if (key === 'Escape') return null;
  if (count === 0) return undefined;
  const step = stepOf(key, perRow, perRow < count);
  if (index === null && step !== 0) return start;
  const at = index ?? start;
  if (key === 'Home') return at - (at % perRow);
  if (key === 'End') return Math.min(count - 1, at - (at % perRow) + perRow - 1);
  if (step === 0) return undefined;
  const next = at + step;
  return next < 0 || next >= count ? at : next;
}

function stepOf(key: string, perRow: number, hasRows: boolean): number {
  if (key === 'ArrowRight') return 1;
  if (key === 'ArrowLeft') return -1;
  if (key === 'ArrowDown') return hasRows ? perRow : -1;
  if (key === 'ArrowUp') return hasRows ? -perRow : 1;
  return 0;
}

export interface CursorSetting {
  readonly stops: readonly Stop[];
  readonly perRow: number;
  readonly start: number;
  readonly onOpen?: ((index: number) => void) | undefined;
}

/** The cursor of a plot: arrows, Home, End; Enter opens, Escape leaves; a pointer stands on the nearest stop. */
export function useCursor({ stops, perRow, start, onOpen }: CursorSetting): Cursor {
  const [index, setIndex] = useState<number | null>(null);
  const held = index !== null && index < stops.length ? index : null;
  return {
    index: held,
    onKeyDown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Enter' && held !== null && onOpen) {
        event.preventDefault();
        return onOpen(held);
      }
      const next = nextStop(event.key, held, { count: stops.length, perRow, start });
      if (next === undefined) return;
      if (next !== null) event.preventDefault();
      setIndex(next);
    },
    onPointerMove: (event) => {
      const box = event.currentTarget.querySelector('svg')?.getBoundingClientRect();
      if (!box || box.width === 0) return;
      setIndex(nearestStop(stops, ((event.clientX - box.left) / box.width) * 1000, event.clientY - box.top));
    },
    onPointerLeave: () => setIndex(null),
  };
}

/** The stop whose box's middle is nearest; by the width alone where stops have no row. */
export function nearestStop(stops: readonly Stop[], x: number, y: number): number | null {
  let nearest: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  stops.forEach((stop, index) => {
    const dx = Math.abs(x - stop.x - (stop.width ?? 0) / 2);
    const dy = stop.height === undefined ? 0 : Math.abs(y - (stop.y ?? 0) - stop.height / 2);
    const distance = dx + dy * 1000;
    if (distance < least) [least, nearest] = [distance, index];
  });
  return nearest;
}
