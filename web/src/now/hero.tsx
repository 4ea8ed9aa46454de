import type { ForecastReply, PlaceDetail } from '../../../src/serve/contract.ts';
import { useFreshness } from '../app/freshness.tsx';
import { useNow } from '../app/now.tsx';
import { useReader } from '../app/reader.tsx';
import { RegionScene } from '../scene/region-scene.tsx';
import { Weather } from './weather.tsx';

/** Now: the number a farmer looks for, large, with the sky in a word and the day's course. */
export function Hero({ place, forecast }: { readonly place: PlaceDetail; readonly forecast: ForecastReply | null }) {
  const { t, language, format, temperature, saveData } = useReader();
  const now = useNow();
  const { state } = useFreshness(place);
  const { latest } = place;
  const word = latest && (language === 'fr' ? latest.conditionFr : latest.condition);
  const isDay = latest?.conditionIcon?.endsWith('n') !== true;
  const means = (forecast?.hours ?? [])
    .filter(({ validAt }) => Date.parse(validAt) > now)
    .slice(0, 24)
    .map(({ meanC }) => meanC);
  return (
    <section className="card hero" data-state={state} aria-label={t('web.now')}>
      {!saveData && <RegionScene id="scene" landscape={place.landscape} isDay={isDay} />}
      <div className="hero-now">
        {latest && <Weather conditionId={latest.conditionId} conditionIcon={latest.conditionIcon} />}
        <p className="hero-value">{latest?.temperatureC == null ? t('web.none') : temperature(latest.temperatureC)}</p>
      </div>
      <p className="hero-word">{word ? word.charAt(0).toLocaleUpperCase() + word.slice(1) : t('web.condition.none')}</p>
      {latest && state === 'missing' && (
        <p className="hero-old">{t('web.last', { time: format.stamp(Date.parse(latest.validAt)) })}</p>
      )}
      {latest?.feelsLikeC != null && <p>{t('web.feels', { value: temperature(latest.feelsLikeC, 0) })}</p>}
      {means.length > 0 && (
        <p className="muted">
          {t('web.day-range', {
            low: temperature(Math.min(...means), 0),
            high: temperature(Math.max(...means), 0),
          })}
        </p>
      )}
      <p className="muted">
        <time dateTime={new Date(now).toISOString()}>{format.full(now)}</time> · {t('web.zone')}
      </p>
    </section>
  );
}
