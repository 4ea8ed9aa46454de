import { type Html, html, trusted } from './html.ts';

/** The program's own mark, as a picture of its own. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="40" height="40" fill="none" stroke="#c98a1b" stroke-width="2" stroke-linecap="round"><circle cx="15" cy="8" r="4.5"/><path d="M2 12.5h9.5M4 16.5h15M8 20.5h12"/></svg>';

/** Weather icons as line drawings, 24 × 24, by the first two digits of OpenWeatherMap's icon name. */
const SUN =
  '<circle cx="12" cy="12" r="4.2" class="sun"/><path class="sun" d="M12 2.5v2.6M12 18.9v2.6M2.5 12h2.6M18.9 12h2.6M5.3 5.3l1.8 1.8M16.9 16.9l1.8 1.8M5.3 18.7l1.8-1.8M16.9 7.1l1.8-1.8"/>';
const MOON = '<path class="moon" d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z"/>';
const CLOUD = '<path d="M7 18.5h9.6a3.7 3.7 0 0 0 .5-7.36A5.2 5.2 0 0 0 7.1 10.3 4.1 4.1 0 0 0 7 18.5z"/>';
const HIGH_CLOUD = '<path d="M7 15h9.6a3.6 3.6 0 0 0 .5-7.16A5.1 5.1 0 0 0 7.2 7 4 4 0 0 0 7 15z"/>';

const SYMBOLS: Readonly<Record<string, string>> = {
  '01d': SUN,
  '01n': MOON,
  '02d':
    '<path class="sun" d="M9 3.2v1.6M3.8 5.3l1.1 1.1M14.2 5.3l-1.1 1.1M2.5 10.5h1.6M6 10.3a3.3 3.3 0 0 1 6-2"/><path d="M9 19h7.8a3.2 3.2 0 0 0 .4-6.37A4.5 4.5 0 0 0 8.7 12.1 3.5 3.5 0 0 0 9 19z"/>',
  '02n':
    '<path class="moon" d="M11.2 7.6a5 5 0 0 1-4-5 5.2 5.2 0 0 0-2.8 8.4"/><path d="M9 19h7.8a3.2 3.2 0 0 0 .4-6.37A4.5 4.5 0 0 0 8.7 12.1 3.5 3.5 0 0 0 9 19z"/>',
  '03': CLOUD,
  '04': '<path d="M9.5 7.2A4.6 4.6 0 0 1 17.7 9a3.3 3.3 0 0 1 3.3 3.4 3.4 3.4 0 0 1-1.4 2.7"/><path d="M5.8 19h8.6a3.3 3.3 0 0 0 .4-6.56A4.6 4.6 0 0 0 6 11.7 3.65 3.65 0 0 0 5.8 19z"/>',
  '09': `${HIGH_CLOUD}<path class="rain" d="M9 17.8v.9M12 17.8v.9M15 17.8v.9M10.5 20.6v.9M13.5 20.6v.9"/>`,
  '10': `${HIGH_CLOUD}<path class="rain" d="M9 17.5l-1.2 3.5M12.6 17.5l-1.2 3.5M16.2 17.5l-1.2 3.5"/>`,
  '11': `${HIGH_CLOUD}<path class="sun" d="M12.6 16.2l-2.4 3.3h3.2l-2 3"/>`,
  '13': `${HIGH_CLOUD}<path class="rain" d="M9 18.2h.01M12 18.2h.01M15 18.2h.01M10.5 21h.01M13.5 21h.01"/>`,
  '50': '<path class="dust" d="M4 8h11M18 8h2M4 12h3M10 12h10M4 16h12M19 16h1M7 20h9"/>',
};

const idOf = (icon: string): string => (Object.hasOwn(SYMBOLS, icon) ? icon : icon.slice(0, 2));

/** The drawings that a page uses, each once. */
export function iconSprite(icons: readonly (string | null)[]): Html {
  const used = [...new Set(icons.flatMap((icon) => (icon === null ? [] : [idOf(icon)])))].filter((id) => SYMBOLS[id]);
  const symbols = used.map(
    (id) => html`<symbol id="w${id}" viewBox="0 0 24 24">${trusted(SYMBOLS[id] ?? '')}</symbol>`,
  );
  return html`<svg class="sprite" width="0" height="0" aria-hidden="true">${symbols}</svg>`;
}

/** One icon; the word beside it says the same, so it is hidden from those who do not see it. */
export function icon(name: string | null): Html | null {
  if (name === null || SYMBOLS[idOf(name)] === undefined) return null;
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><use href="#w${idOf(name)}"/></svg>`;
}
