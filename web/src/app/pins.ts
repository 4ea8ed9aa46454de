import { useSyncExternalStore } from 'react';

const KEY = 'pinned';
const CHANGED = 'pins-changed';
const NONE: readonly string[] = [];

let read: { readonly text: string; readonly ids: readonly string[] } = { text: '', ids: NONE };

/** What this reader's own machine keeps; the same array until it changes. */
function pinned(): readonly string[] {
  let text = '';
  try {
    text = localStorage.getItem(KEY) ?? '';
  } catch {
    // Private browsing may keep nothing.
  }
  if (text !== read.text) read = { text, ids: text.split(' ').filter((id) => id !== '') };
  return read.ids;
}

function onPins(changed: () => void): () => void {
  window.addEventListener(CHANGED, changed);
  window.addEventListener('storage', changed);
  return () => {
    window.removeEventListener(CHANGED, changed);
    window.removeEventListener('storage', changed);
  };
}

export function togglePin(id: string): void {
  const ids = pinned();
  const next = ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];
  try {
    localStorage.setItem(KEY, next.join(' '));
  } catch {
    return;
  }
  window.dispatchEvent(new Event(CHANGED));
}

/** The regions that the reader wants first, in the order in which they were chosen; none before the page is alive. */
export const usePins = (): readonly string[] => useSyncExternalStore(onPins, pinned, () => NONE);

/** Those first, and everything else as it was. */
export const pinnedFirst = <Item extends { readonly id: string }>(items: readonly Item[], pins: readonly string[]) => [
  ...pins.flatMap((pin) => items.find(({ id }) => id === pin) ?? []),
  ...items.filter(({ id }) => !pins.includes(id)),
];
