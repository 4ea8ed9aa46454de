interface WeatherProps {
  readonly conditionId: number | null;
  readonly conditionIcon: string | null;
}

/** The sky as a picture; the word stands beside it. */
export function Weather({ conditionIcon }: WeatherProps) {
  if (conditionIcon === null) return null;
  return <span className="weather-icon" aria-hidden="true" />;
}
