import en from './compiled/en/watch.json' with { type: 'json' };
import fr from './compiled/fr/watch.json' with { type: 'json' };
import type { Locale } from './locale.ts';
import { type Texts, texts } from './texts.ts';

/** Everything that the watch says: messages to the channels, words of the alert pages and commands. */
export type WatchTextId = keyof typeof fr & keyof typeof en;

const made: Readonly<Record<Locale, Texts<WatchTextId>>> = { fr: texts('fr', fr), en: texts('en', en) };

export const watchTexts = (locale: Locale): Texts<WatchTextId> => made[locale];

/** How much a message matters, as people of the language say it. */
export const severityWord = (locale: Locale, severity: 'notice' | 'warning' | 'critical'): string =>
  watchTexts(locale).text(`watch.severity.${severity}`);
