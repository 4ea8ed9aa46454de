import { renderToStaticMarkup, renderToString } from 'react-dom/server';
import type { PageAssets, PageInput, PagePlan, PlanInput } from '../../src/serve/page-contract.ts';
import operationsEn from '../../src/text/compiled/en/operations.json' with { type: 'json' };
import watchEn from '../../src/text/compiled/en/watch.json' with { type: 'json' };
import en from '../../src/text/compiled/en/web.json' with { type: 'json' };
import operationsFr from '../../src/text/compiled/fr/operations.json' with { type: 'json' };
import watchFr from '../../src/text/compiled/fr/watch.json' with { type: 'json' };
import fr from '../../src/text/compiled/fr/web.json' with { type: 'json' };
import { answersOf } from './app/answers.ts';
import { App } from './app/app.tsx';
import { Document } from './app/document.tsx';
import { asksOf, pageAt, textsOf } from './app/pages.ts';

const CATALOGUES = {
  fr: { ...fr, ...operationsFr, ...watchFr },
  en: { ...en, ...operationsEn, ...watchEn },
} as const;

export function plan({ path, search, now, language }: PlanInput): PagePlan | null {
  const found = pageAt(path);
  return (
    found && {
      asks: asksOf(found, search, now),
      files: [
        `src/${found.page.file}`,
        ...textsOf(found).map((area) => `../src/text/compiled/${language}/${area}.json`),
      ],
    }
  );
}

/** The whole document: it shows everything before any script has run. */
export async function render(
  input: PageInput,
  assets: PageAssets,
): Promise<{ readonly status: number; readonly html: string }> {
  const found = pageAt(input.path);
  if (!found) return { status: 404, html: '' };
  const view = await found.page.load();
  const reader = { ...input, catalogue: CATALOGUES[input.language] };
  const client = answersOf(input.answers);
  const body = renderToString(
    <App view={view} params={found.params} reader={reader} now={input.now} client={client} />,
  );
  const html = renderToStaticMarkup(
    <Document input={input} assets={assets} found={found} reader={reader} body={body} />,
  );
  const missing = Object.values(input.answers).some(({ body }) => codeOf(body) === 'HMT_PLACES_UNKNOWN');
  return { status: missing ? 404 : 200, html: `<!doctype html>${html}` };
}

const codeOf = (body: unknown): unknown => (typeof body === 'object' && body && 'code' in body ? body.code : undefined);
