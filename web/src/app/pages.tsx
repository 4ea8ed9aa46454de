import type { ComponentType } from 'react';
import { About } from '../about/about.tsx';
import { History } from '../history/history.tsx';
import { historyViewPath } from '../history/history-asks.ts';
import { MapPage } from '../map/map-page.tsx';
import { Region } from '../now/region.tsx';
import { regionAsks } from '../now/region-asks.ts';
import {
  eventsPath,
  LogsPage,
  MessagesPage,
  messagesPath,
  OverviewPage,
  quarantinePath,
  SLOTS,
} from '../operations/operations-pages.tsx';
import { Overview } from '../overview/overview.tsx';
import { Reliability } from '../reliability/reliability.tsx';
import { placeIn, scorecardPath } from '../reliability/reliability-asks.ts';
import { PLACES, placePath, STATUS } from './answers.ts';
import type { PageProps } from './page-props.ts';
import type { TextId } from './reader.tsx';

export interface AskedFor extends PageProps {
  readonly search: string;
  readonly now: number;
}

/** A page: where it is, what it asks the API for, what it shows. Every page has status and places besides. */
export interface Page {
  readonly pattern: string;
  readonly title: TextId;
  readonly View: ComponentType<PageProps>;
  readonly asks: (page: AskedFor) => readonly string[];
}

/** The routing table: the only list of pages. */
export const PAGES: readonly Page[] = [
  { pattern: '/', title: 'web.title.overview', View: Overview, asks: () => [] },
  { pattern: '/r/:id', title: 'web.title.region', View: Region, asks: ({ params }) => regionAsks(params.id ?? '') },
  {
    pattern: '/r/:id/historique',
    title: 'web.title.history',
    View: History,
    asks: ({ params: { id = '' }, search, now }) => [placePath(id), historyViewPath(id, search, now)],
  },
  { pattern: '/carte', title: 'web.title.map', View: MapPage, asks: () => [] },
  {
    pattern: '/fiabilite',
    title: 'web.title.reliability',
    View: Reliability,
    asks: ({ search }) => [scorecardPath(placeIn(search))],
  },
  { pattern: '/a-propos', title: 'web.title.about', View: About, asks: () => [] },
  { pattern: '/exploitation/ponctualite', title: 'operations.title', View: OverviewPage, asks: () => [SLOTS] },
  {
    pattern: '/exploitation/journaux',
    title: 'operations.logs',
    View: LogsPage,
    asks: ({ search }) => [eventsPath(search)],
  },
  {
    pattern: '/exploitation/messages',
    title: 'operations.messages',
    View: MessagesPage,
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
