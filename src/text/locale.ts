/** The languages of everything that people read. French is the source language and the fallback. */
export const LOCALES = ['fr', 'en'] as const;
export type Locale = (typeof LOCALES)[number];

/** How numbers and dates are written: Senegal's French, and English with the day before the month. */
export const REGION: Readonly<Record<Locale, string>> = { fr: 'fr-SN', en: 'en-GB' };
