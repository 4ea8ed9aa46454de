import { hydrateRoot } from 'react-dom/client';
import type { PageInput } from '../../src/serve/page-contract.ts';
import { answersOf } from './app/answers.ts';
import { App } from './app/app.tsx';
import { followLive } from './app/live.ts';
import { pageAt } from './app/pages.tsx';
import './style.ts';

const CATALOGUES = {
  fr: () => import('../../src/text/compiled/fr/web.json'),
  en: () => import('../../src/text/compiled/en/web.json'),
} as const;

/** What only the operations pages say: others do not load it. */
const OPERATIONS = {
  fr: () => import('../../src/text/compiled/fr/operations.json'),
  en: () => import('../../src/text/compiled/en/operations.json'),
} as const;

/** Wakes the page that the server wrote: same input, same drawing, then live. */
async function wake(): Promise<void> {
  const input = JSON.parse(document.getElementById('page-input')?.textContent ?? '') as PageInput;
  const found = pageAt(input.path);
  const root = document.getElementById('app');
  if (!found || !root) return;
  const { default: own } = await CATALOGUES[input.language]();
  const more = input.path.startsWith('exploitation') ? (await OPERATIONS[input.language]()).default : {};
  const catalogue = { ...own, ...more };
  const client = answersOf(input.answers);
  hydrateRoot(root, <App found={found} reader={{ ...input, catalogue }} now={input.now} client={client} />);
  followLive(client);
}

void wake();
