import type { PlaceReply, StatusReply } from '../../../src/serve/contract.ts';
import { PLACES, STATUS, useAnswer } from '../app/answers.ts';
import { FreshnessChip, useFreshness } from '../app/freshness.tsx';
import { useNow } from '../app/now.tsx';
import { useReader } from '../app/reader.tsx';
import { Weather } from '../now/weather.tsx';

const OLD_AFTER_SECONDS = 1200;

/** All regions at a glance, under one sentence of truth. */
export function Overview() {
  const { t, language, format } = useReader();
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const sorted = places.toSorted((a, b) => a.names[language].localeCompare(b.names[language], format.locale));
  return (
    <div className="overview">
      <h1>{t('web.overview')}</h1>
      <Truth />
      {places.length === 0 ? (
        <p className="card">{t('web.empty')}</p>
      ) : (
        <ul className="places">
          {sorted.map((place) => (
            <PlaceRow key={place.id} place={place} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** The server's own sentence while it is heard; an old one would say that all is well when nobody knows. */
function Truth() {
  const { t, language, format } = useReader();
  const now = useNow();
  const status = useAnswer<StatusReply>(STATUS);
  if (!status) return null;
  const at = Date.parse(status.at);
  const oldAfterMs = (status.cadence?.lateAfterSeconds ?? OLD_AFTER_SECONDS) * 1000;
  return (
    <p className="truth">
      {now - at > oldAfterMs ? t('web.truth.old', { time: format.stamp(at) }) : status.sentence[language]}
    </p>
  );
}

function PlaceRow({ place }: { readonly place: PlaceReply }) {
  const { t, language, href, temperature, wind, format } = useReader();
  const { state, ageMs } = useFreshness(place);
  const { latest } = place;
  const word = latest && (language === 'fr' ? latest.conditionFr : latest.condition);
  return (
    <li className="card place" data-state={state}>
      <h2>
        <a href={href(`r/${place.id}`)}>{place.names[language]}</a>
      </h2>
      <p className="place-value">
        {latest && <Weather conditionId={latest.conditionId} conditionIcon={latest.conditionIcon} />}
        {latest?.temperatureC == null ? t('web.none') : temperature(latest.temperatureC)}
      </p>
      <p>
        {word ?? t('web.condition.none')}
        {latest?.windSpeedMps != null && ` · ${t('web.wind').toLocaleLowerCase()} ${wind(latest.windSpeedMps)}`}
      </p>
      <p className="place-age">
        <FreshnessChip state={state} /> {ageMs !== null && <span className="muted">{format.ago(ageMs)}</span>}
      </p>
    </li>
  );
}
