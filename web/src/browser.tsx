import { hydrateRoot } from 'react-dom/client';
import type { PageInput } from '../../src/serve/page-contract.ts';
import { answersOf } from './app/answers.ts';
import { App } from './app/app.tsx';
import { followLive } from './app/live.ts';
import { pageAt, textsOf } from './app/pages.ts';
import { keepForLater } from './offline/keep.ts';
import './style.ts';

const CATALOGUES = {
  fr: {
    web: () => import('../../src/text/compiled/fr/web.json'),
    operations: () => import('../../src/text/compiled/fr/operations.json'),
    watch: () => import('../../src/text/compiled/fr/watch.json'),
  },
  en: {
    web: () => import('../../src/text/compiled/en/web.json'),
    operations: () => import('../../src/text/compiled/en/operations.json'),
    watch: () => import('../../src/text/compiled/en/watch.json'),
  },
} as const;

/** Wakes the page that the server wrote: same input, same drawing, then live. */
async function wake(): Promise<void> {
  const input = JSON.parse(document.getElementById('page-input')?.textContent ?? '') as PageInput;
  const found = pageAt(input.path);
  const root = document.getElementById('app');
  if (!found || !root) return;
  const [view, ...catalogues] = await Promise.all([
    found.page.load(),
    ...textsOf(found).map(async (area) => (await CATALOGUES[input.language][area]()).default),
  ]);
  const reader = { ...input, catalogue: Object.assign({}, ...catalogues) };
  const client = answersOf(input.answers);
  hydrateRoot(root, <App view={view} params={found.params} reader={reader} now={input.now} client={client} />);
  followLive(client);
  keepForLater(input.saveData);
}

void wake();
