import { conditionIconName } from './condition-icon.ts';

export interface WeatherIconProps {
  /** Address of the sprite, as the build names it. */
  readonly sprite: string;
  readonly conditionId: number | null;
  /** `03d`, `03n`: the letter tells whether the sun is up. */
  readonly conditionIcon: string | null;
  /** The condition in the reader's language; without it the picture is decoration beside the word. */
  readonly word?: string;
}

/** The weather as a picture; nothing where nothing is known. */
export function WeatherIcon({ sprite, conditionId, conditionIcon, word }: WeatherIconProps) {
  const name = conditionIconName(conditionId, conditionIcon?.endsWith('n') !== true);
  if (name === null) return null;
  return (
    <svg className="weather-icon" viewBox="0 0 128 128" {...(word ? { role: 'img' } : { 'aria-hidden': true })}>
      {word && <title>{word}</title>}
      <use href={`${sprite}#${name}`} />
    </svg>
  );
}
