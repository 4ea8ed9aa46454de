import { setupI18n } from '@lingui/core';
import { type Locale, REGION } from './locale.ts';

/**
 * A compiled catalogue: ICU messages by id, as `scripts/texts.ts` writes them under `compiled/`. One per area and
 * language, so that a page loads one language and only what it shows.
 */
export type Catalogue<Id extends string = string> = Readonly<Record<Id, unknown>>;

/** What a message may be filled with. Dates and quantities come as text from `format.ts`: messages format counts only. */
export type TextValues = Readonly<Record<string, string | number>>;

/** The messages of one language. */
export interface Texts<Id extends string = string> {
  readonly locale: Locale;
  /** The message with its values filled in; `#` and plurals follow the language. An unknown id comes back as it is. */
  text(id: Id, values?: TextValues): string;
}

/** The messages of `catalogue` in `locale`, which is the language the catalogue is written in. Keeps nothing global. */
export function texts<Id extends string>(locale: Locale, catalogue: Catalogue<Id>): Texts<Id> {
  const i18n = setupI18n();
  i18n.loadAndActivate({
    locale,
    locales: REGION[locale],
    messages: catalogue as Parameters<typeof i18n.load>[1],
  });
  return { locale, text: (id, values) => i18n._(id, { ...values }) };
}
