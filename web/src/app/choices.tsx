import type { PageChoices } from '../../../src/serve/page-contract.ts';
import { type TextId, useReader } from './reader.tsx';

const THEMES: readonly (readonly [PageChoices['theme'], TextId])[] = [
  ['auto', 'web.theme.auto'],
  ['light', 'web.theme.light'],
  ['dark', 'web.theme.dark'],
];
const TEMPERATURES: readonly (readonly [PageChoices['temperature'], string])[] = [
  ['celsius', '°C'],
  ['fahrenheit', '°F'],
];
const WINDS: readonly (readonly [PageChoices['wind'], TextId])[] = [
  ['kilometresPerHour', 'web.unit.kilometresPerHour'],
  ['metresPerSecond', 'web.unit.metresPerSecond'],
  ['knots', 'web.unit.knots'],
  ['milesPerHour', 'web.unit.milesPerHour'],
];

/** Language, theme and units: a link and a form, so that they work before and without any script. */
export function Choices() {
  const { t, language, path, search, choices } = useReader();
  const other = language === 'fr' ? 'en' : 'fr';
  const here = `${path === '' ? '' : `/${path}`}${search}`;
  return (
    <div className="choices">
      <a href={`/${other}${here}`} lang={other} hrefLang={other}>
        {other === 'fr' ? 'Français' : 'English'}
      </a>
      <details>
        <summary>{t('web.choices')}</summary>
        <form method="get" action={`/${language}/choix`}>
          <input type="hidden" name="page" value={`/${language}${here}`} />
          <label>
            {t('web.theme')}
            <select name="theme" defaultValue={choices.theme}>
              {THEMES.map(([value, word]) => (
                <option key={value} value={value}>
                  {t(word)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t('web.temperature')}
            <select name="temperature" defaultValue={choices.temperature}>
              {TEMPERATURES.map(([value, word]) => (
                <option key={value} value={value}>
                  {word}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t('web.wind')}
            <select name="wind" defaultValue={choices.wind}>
              {WINDS.map(([value, word]) => (
                <option key={value} value={value}>
                  {t(word)}
                </option>
              ))}
            </select>
          </label>
          <button type="submit">{t('web.choices.keep')}</button>
        </form>
      </details>
    </div>
  );
}
