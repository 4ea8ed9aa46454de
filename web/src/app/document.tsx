import type { PlaceReply } from '../../../src/serve/contract.ts';
import type { PageAssets, PageInput } from '../../../src/serve/page-contract.ts';
import { PLACES } from './answers.ts';
import type { FoundPage } from './pages.ts';
import { type ReaderInput, readerOf } from './reader.tsx';

interface DocumentProps {
  readonly input: PageInput;
  readonly assets: PageAssets;
  readonly found: FoundPage;
  readonly reader: ReaderInput;
  /** The page itself, rendered. */
  readonly body: string;
}

/** What stands around the page: head, style, data, script. Only the server writes it. */
export function Document({ input, assets, found, reader: readerInput, body }: DocumentProps) {
  const { t } = readerOf(readerInput);
  const { language, path, search, choices } = input;
  const places = (input.answers[PLACES]?.body as { items?: PlaceReply[] } | undefined)?.items ?? [];
  const place = places.find(({ id }) => id === found.params.id);
  const name = place?.names[language] ?? found.params.id ?? '';
  return (
    <html lang={language} data-theme={choices.theme}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={choices.theme === 'auto' ? 'light dark' : choices.theme} />
        <title>{`${t(found.page.title, { place: name })} · harmattan`}</title>
        <meta name="description" content={t('web.description')} />
        {(['fr', 'en'] as const).map((one) => (
          <link key={one} rel="alternate" hrefLang={one} href={`/${one}${path === '' ? '' : `/${path}`}${search}`} />
        ))}
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        {assets.preloads.map((file) => (
          <link key={file} rel="modulepreload" href={file} />
        ))}
        {assets.styles.map((sheet) => (
          // biome-ignore lint/security/noDangerouslySetInnerHtml: the build’s own style sheet
          <style key={sheet} dangerouslySetInnerHTML={{ __html: sheet }} />
        ))}
      </head>
      <body>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: React wrote it */}
        <div id="app" dangerouslySetInnerHTML={{ __html: body }} />
        <script
          id="page-input"
          type="application/json"
          // biome-ignore lint/security/noDangerouslySetInnerHtml: no tag can begin in it
          dangerouslySetInnerHTML={{ __html: JSON.stringify(input).replaceAll('<', '\\u003c') }}
        />
        <script type="module" src={assets.script} />
      </body>
    </html>
  );
}
