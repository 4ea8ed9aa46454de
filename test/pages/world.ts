import type { Browser } from 'playwright-core';
import type { LivedMonth } from './lived-month.ts';

/** What every check is handed: the program at the end of its month, and a browser. */
export interface World {
  readonly month: LivedMonth;
  readonly browser: Browser;
}

export const LANGUAGES = ['fr', 'en'] as const;
export const SCHEMES = ['light', 'dark'] as const;

/** The public pages, the ones in trouble among them. */
export const PUBLIC_PATHS = [
  '',
  '/r/dakar',
  '/r/kolda',
  '/r/kedougou',
  '/r/matam',
  '/r/dakar/historique',
  '/carte',
  '/fiabilite',
  '/a-propos',
] as const;
