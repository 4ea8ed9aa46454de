import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { PageChoices, PageLanguage } from '../../../src/serve/page-contract.ts';
import type en from '../../../src/text/compiled/en/web.json';
import type fr from '../../../src/text/compiled/fr/web.json';
import { type Format, formatOf } from '../../../src/text/format.ts';
import { type Catalogue, type Texts, type TextValues, texts } from '../../../src/text/texts.ts';
import type { OperationsTextId } from '../operations/operations-reader.ts';

export type TextId = (keyof typeof fr & keyof typeof en) | OperationsTextId;

/** Whoever reads: language, choices, and where the page stands. */
export interface Reader {
  readonly language: PageLanguage;
  readonly choices: PageChoices;
  readonly format: Format;
  /** Without the language: `r/kolda`. */
  readonly path: string;
  readonly search: string;
  readonly saveData: boolean;
  t(id: TextId, values?: TextValues): string;
  /** The address of a page in the reader's language. */
  href(path: string): string;
  /** In the unit the reader chose, with it: `29,3 °C`. */
  temperature(celsius: number, decimals?: number): string;
  /** The same without the unit's letter: `29°`. */
  degrees(celsius: number): string;
  wind(metresPerSecond: number): string;
}

const ReaderContext = createContext<Reader | null>(null);

export interface ReaderInput {
  readonly language: PageLanguage;
  readonly choices: PageChoices;
  readonly path: string;
  readonly search: string;
  readonly saveData: boolean;
  readonly catalogue: Catalogue;
}

export function readerOf({ language, choices, path, search, saveData, catalogue }: ReaderInput): Reader {
  const words = texts(language, catalogue) as Texts<TextId>;
  const format = formatOf(language);
  return {
    language,
    choices,
    format,
    path,
    search,
    saveData,
    t: (id, values) => words.text(id, values),
    href: (to) => `/${language}${to === '' ? '' : `/${to}`}`,
    temperature: (celsius, decimals) => format.quantity(celsius, choices.temperature, decimals),
    degrees: (celsius) => format.quantity(celsius, choices.temperature, 0).replace(/\s?°[CF]/, '°'),
    wind: (speed) => format.quantity(speed, choices.wind),
  };
}

export function ReaderProvider({ input, children }: { readonly input: ReaderInput; readonly children: ReactNode }) {
  const reader = useMemo(() => readerOf(input), [input]);
  return <ReaderContext value={reader}>{children}</ReaderContext>;
}

export function useReader(): Reader {
  const reader = useContext(ReaderContext);
  if (!reader) throw new Error('A page is shown without its reader.');
  return reader;
}
