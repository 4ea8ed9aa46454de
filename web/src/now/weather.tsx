import sprite from '../icon/sprite.svg';
import { WeatherIcon } from '../icon/weather-icon.tsx';

interface WeatherProps {
  readonly conditionId: number | null;
  readonly conditionIcon: string | null;
}

/** The sky as a picture; the word stands beside it. */
export function Weather(props: WeatherProps) {
  return <WeatherIcon sprite={sprite} {...props} />;
}
