import type { PlaceReply } from '../../../src/serve/contract.ts';
import { PLACES, useAnswer } from '../app/answers.ts';
import { useReader } from '../app/reader.tsx';
import { PlaceMap } from './place-map.tsx';
import outline from './senegal.json' with { type: 'json' };

/** The regions where they lie, each with its temperature printed; the list beside it is its equal. */
export function MapPage() {
  const { t, language, href, temperature, degrees } = useReader();
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const sentenceOf = ({ names, latest, state }: PlaceReply) =>
    t('web.map.sentence', {
      place: names[language],
      value: latest?.temperatureC == null ? t('web.not-measured') : temperature(latest.temperatureC),
      state: t(`web.state.${state}`),
    });
  return (
    <div className="overview">
      <h1>{t('web.nav.map')}</h1>
      <div className="card">
        <PlaceMap
          outline={outline}
          name={t('web.map.name')}
          places={places.map((place) => ({
            ...place,
            name: place.names[language],
            value: place.latest?.temperatureC == null ? null : degrees(place.latest.temperatureC),
            href: href(`r/${place.id}`),
            sentence: sentenceOf(place),
          }))}
        />
      </div>
      <ul className="card map-list">
        {places
          .toSorted((a, b) => b.latitude - a.latitude)
          .map((place) => (
            <li key={place.id}>
              <a href={href(`r/${place.id}`)}>{sentenceOf(place)}</a>
            </li>
          ))}
      </ul>
    </div>
  );
}
