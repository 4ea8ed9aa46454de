import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { renderToStaticMarkup } from 'react-dom/server';
import type { PageAnswer } from '../../../src/serve/page-contract.ts';
import { NOW, type SeededFolder, seededFolder } from '../../../src/serve/seeded.test.ts';
import type { ServeApp } from '../../../src/serve/served.ts';
import { serveApp } from '../../../src/serve/server.ts';
import { pseudoCatalogue } from '../../../src/text/pseudo.ts';
import type { Catalogue } from '../../../src/text/texts.ts';
import { answersOf } from './answers.ts';
import { App } from './app.tsx';
import { asksOf, pageAt } from './pages.ts';

const catalogueOf = (area: string): Catalogue =>
  JSON.parse(readFileSync(new URL(`../../../src/text/compiled/fr/${area}.json`, import.meta.url), 'utf8'));
const CATALOGUE = pseudoCatalogue({ ...catalogueOf('web'), ...catalogueOf('operations') });

/** What the language itself writes: units, ages, days and months; and names. */
const NOT_TEXTS = new Set(
  'harmattan docs English Français Dakar km hPa mm nd il minutes heures UTC'
    .split(' ')
    .concat(
      Array.from({ length: 12 }, (_, index) => new Date(Date.UTC(2026, index, index + 1))).flatMap((day) =>
        (['weekday', 'month'] as const).map((part) => new Intl.DateTimeFormat('fr', { [part]: 'long' }).format(day)),
      ),
    ),
);
const wordsOf = (text: string): readonly string[] => text.match(/\p{L}{2,}/gu) ?? [];

let folder: SeededFolder;
let app: ServeApp;
before(async () => {
  folder = await seededFolder({ holes: { kolda: 3, matam: 1 } });
  app = await serveApp(folder.input);
});
after(async () => {
  await app.close();
  await folder.close();
});

async function shown(path: string): Promise<{ readonly markup: string; readonly answers: string }> {
  const found = pageAt(path);
  assert.ok(found, path);
  const asks = asksOf(found, '', NOW);
  const answers = Object.fromEntries(
    await Promise.all(
      asks.map(async (ask): Promise<[string, PageAnswer]> => {
        const reply = await app.inject(ask);
        return [ask, { status: reply.statusCode, body: reply.json() }];
      }),
    ),
  );
  const reader = {
    language: 'fr',
    choices: { theme: 'auto', temperature: 'celsius', wind: 'kilometresPerHour' },
    path,
    search: '',
    saveData: false,
    catalogue: CATALOGUE,
  } as const;
  const view = await found.page.load();
  const markup = renderToStaticMarkup(
    <App view={view} params={found.params} reader={reader} now={NOW} client={answersOf(answers)} />,
  );
  return { markup, answers: JSON.stringify(answers) };
}

/** What a person sees or hears: text, and the names of what has none. */
function said(markup: string): string {
  const named = [...markup.matchAll(/\b(?:aria-label|title|alt|placeholder)="([^"]*)"/g)].map(([, name]) => name);
  const text = markup.replaceAll(/<(script|style).*?<\/\1>/gs, ' ').replaceAll(/<[^>]*>/g, ' ');
  return [text, ...named].join(' ');
}

for (const path of ['', 'r/dakar', 'r/kolda', 'r/dakar/historique', 'carte', 'fiabilite', 'a-propos'])
  test(`in the language that nobody speaks every word of /${path} is in brackets`, async () => {
    const { markup, answers } = await shown(path);
    let rest = said(markup);
    for (let before = ''; before !== rest; ) {
      before = rest;
      rest = rest.replaceAll(/⟦[^⟦⟧]*⟧/g, ' ');
    }
    const fromApi = new Set(wordsOf(answers.toLowerCase()));
    assert.deepEqual(
      wordsOf(rest).filter((word) => !NOT_TEXTS.has(word) && !fromApi.has(word.toLowerCase())),
      [],
    );
  });
