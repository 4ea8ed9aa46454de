/**
 * What the server and the built pages (`web/dist/server/server.js`) agree on. A page is rendered from answers of the
 * API and from nothing else: it names the paths it needs, is handed their answers, and the browser starts from the same.
 */
export type PageLanguage = 'fr' | 'en';
export type PageTheme = 'auto' | 'light' | 'dark';

/** What a reader has chosen; kept in cookies, so that the first HTML is right. */
export interface PageChoices {
  readonly theme: PageTheme;
  readonly temperature: 'celsius' | 'fahrenheit';
  readonly wind: 'kilometresPerHour' | 'metresPerSecond' | 'knots' | 'milesPerHour';
}

/** An answer of the API: `status` is that of HTTP, `body` its JSON. */
export interface PageAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Everything that a page is made of. */
export interface PageInput {
  readonly language: PageLanguage;
  /** Without the language and its slash: `r/kolda`, empty for the first page. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
  /** The program's clock, ms. */
  readonly now: number;
  readonly choices: PageChoices;
  /** The reader asked for few bytes: no picture. */
  readonly saveData: boolean;
  /** By API path and query. */
  readonly answers: Readonly<Record<string, PageAnswer>>;
}

/** Addresses of what the browser loads. */
export interface PageAssets {
  readonly script: string;
  /** Loaded together with the script: the page's own part, and the language's texts. */
  readonly preloads: readonly string[];
  /** Style sheets that stand in the page: everybody's, and the page's own. */
  readonly styles: readonly string[];
}

export type PlanInput = Pick<PageInput, 'path' | 'search' | 'now' | 'language'>;

/** What a page needs before it can be shown. */
export interface PagePlan {
  /** API paths. */
  readonly asks: readonly string[];
  /** Parts of the script, as the build's manifest names their sources. */
  readonly files: readonly string[];
}

/** The module that `npm run build` makes. */
export interface BuiltPages {
  /** `null`: there is no such page. */
  plan(page: PlanInput): PagePlan | null;
  render(input: PageInput, assets: PageAssets): Promise<{ readonly status: number; readonly html: string }>;
}
