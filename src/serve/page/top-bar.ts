import type { PageLanguage } from '../page-contract.ts';
import { type Html, html, trusted } from './html.ts';

const WORDS = {
  fr: {
    skip: 'Aller au contenu',
    other: 'English',
    pages: ['Régions', 'Exploitation', 'Journaux', 'Messages', 'Alertes'],
  },
  en: { skip: 'Skip to content', other: 'Français', pages: ['Regions', 'Operations', 'Logs', 'Messages', 'Alerts'] },
} as const;
const PATHS = [
  '',
  '/exploitation',
  '/exploitation/journaux',
  '/exploitation/messages',
  '/exploitation/alertes',
] as const;

const LOGO = trusted(
  '<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><circle cx="15" cy="8" r="4.5"/><path d="M2 12.5h9.5M4 16.5h15M8 20.5h12"/></svg>',
);

/** The way past it, brand, ways to the other pages, and the same page (`path`, without its language) in the other language. */
export function topBar(language: PageLanguage, path: string): Html {
  const { skip, other: otherWord, pages } = WORDS[language];
  const other = language === 'fr' ? 'en' : 'fr';
  const links = PATHS.map(
    (to, index) =>
      html`<a href="/${language}${to}"${to === path ? trusted(' aria-current="page"') : null}>${pages[index] ?? ''}</a> `,
  );
  return html`<a class="skip" href="#main">${skip}</a>
<header class="top"><p class="brand">${LOGO}<span>harmattan</span></p><nav>${links}<a href="/${other}${path}" hreflang="${other}" lang="${other}">${otherWord}</a></nav></header>`;
}
