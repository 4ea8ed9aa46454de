import type { ComponentType } from 'react';
import { historyAsks } from '../history/history-asks.ts';
import { regionAsks } from '../now/region-asks.ts';
import { ALERTS, eventsPath, messagesPath, quarantinePath, slotsPath } from '../operations/operations-asks.ts';
import { placeIn, scorecardPath } from '../reliability/reliability-asks.ts';
import { PLACES, STATUS } from './answers.ts';
import type { PageProps } from './page-props.ts';
import type { TextId } from './reader.tsx';

export interface AskedFor extends PageProps {
  readonly search: string;
  readonly now: number;
}

export type View = ComponentType<PageProps>;

/** A page: where it is, what it asks the API for, what it shows. Every page has status and places besides. */
export interface Page {
  readonly pattern: string;
  readonly title: TextId;
  /** The file under `web/src` that `load` imports: browsers load it together with the script. */
  readonly file: string;
  readonly load: () => Promise<View>;
  readonly asks: (page: AskedFor) => readonly string[];
}

const operations = () => import('../operations/operations-pages.tsx');
const OPERATIONS_FILE = 'operations/operations-pages.tsx';

/** The routing table: the only list of pages. */
export const PAGES: readonly Page[] = [
  {
    pattern: '/',
    title: 'web.title.overview',
    file: 'overview/overview.tsx',
    load: async () => (await import('../overview/overview.tsx')).Overview,
    asks: () => [],
  },
  {
    pattern: '/r/:id',
    title: 'web.title.region',
    file: 'now/region.tsx',
    load: async () => (await import('../now/region.tsx')).Region,
    asks: ({ params: { id = '' }, search }) => regionAsks(id, search),
  },
  {
    pattern: '/r/:id/historique',
    title: 'web.title.history',
    file: 'history/history.tsx',
    load: async () => (await import('../history/history.tsx')).History,
    asks: ({ params: { id = '' }, search, now }) => historyAsks(id, search, now),
  },
  {
    pattern: '/carte',
    title: 'web.title.map',
    file: 'map/map-page.tsx',
    load: async () => (await import('../map/map-page.tsx')).MapPage,
    asks: () => [],
  },
  {
    pattern: '/fiabilite',
    title: 'web.title.reliability',
    file: 'reliability/reliability.tsx',
    load: async () => (await import('../reliability/reliability.tsx')).Reliability,
    asks: ({ search }) => [scorecardPath(placeIn(search))],
  },
  {
    pattern: '/a-propos',
    title: 'web.title.about',
    file: 'about/about.tsx',
    load: async () => (await import('../about/about.tsx')).About,
    asks: () => [],
  },
  {
    pattern: '/exploitation',
    title: 'operations.title',
    file: OPERATIONS_FILE,
    load: async () => (await operations()).OverviewPage,
    asks: ({ search }) => [slotsPath(search), ALERTS],
  },
  {
    pattern: '/exploitation/journaux',
    title: 'operations.logs',
    file: OPERATIONS_FILE,
    load: async () => (await operations()).LogsPage,
    asks: ({ search }) => [eventsPath(search)],
  },
  {
    pattern: '/exploitation/messages',
    title: 'operations.messages',
    file: OPERATIONS_FILE,
    load: async () => (await operations()).MessagesPage,
    asks: ({ search }) => [messagesPath(search), quarantinePath(search)],
  },
];

export interface FoundPage {
  readonly page: Page;
  readonly params: Readonly<Record<string, string>>;
}

export function pageAt(path: string): FoundPage | null {
  const parts = path.split('/');
  for (const page of PAGES) {
    const params = paramsOf(page.pattern.split('/').slice(1), parts);
    if (params) return { page, params };
  }
  return null;
}

/** `:name` stands for one part of the path; every other part for itself. */
function paramsOf(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (wanted.startsWith(':') && part !== '') params[wanted.slice(1)] = part;
    else if (wanted !== part) return null;
  }
  return params;
}

export const asksOf = ({ page, params }: FoundPage, search: string, now: number): readonly string[] => [
  STATUS,
  PLACES,
  ...page.asks({ params, search, now }),
];

export type TextArea = 'web' | 'operations' | 'watch';

/** The catalogues that a page speaks from: what only the operations pages say, others do not load. */
export const textsOf = ({ page }: FoundPage): readonly TextArea[] =>
  page.title.startsWith('operations.') ? ['web', 'operations', 'watch'] : ['web'];
