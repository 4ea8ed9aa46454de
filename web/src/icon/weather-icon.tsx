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
  const use = <use href={`${sprite}#${name}`} />;
  if (word === undefined)
    return (
      <svg className="weather-icon" viewBox="0 0 128 128" aria-hidden="true">
        {use}
      </svg>
    );
  return (
    <svg className="weather-icon" viewBox="0 0 128 128" role="img" aria-label={word}>
      {use}
    </svg>
  );
}
