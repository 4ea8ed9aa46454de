import type { PlaceReply } from '../../../src/serve/contract.ts';
import { PLACES, useAnswer } from '../app/answers.ts';
import { useFreshnessOf } from '../app/freshness.tsx';
import { type Shown, writeOf } from '../app/quantities.ts';
import { useReader } from '../app/reader.tsx';
import { PlaceMap } from './place-map.tsx';
import { stepOf } from './scale.ts';
import outline from './senegal.json' with { type: 'json' };
import shapes from './senegal.svg';

interface RegionMapProps {
  readonly quantity?: Shown;
  /** The region whose page this is. */
  readonly current?: string;
}

/** All regions where they lie, each with its value, its state and a link. */
export function RegionMap({ quantity = 'temperatureC', current }: RegionMapProps) {
  const reader = useReader();
  const { t, language, href, degrees } = reader;
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const freshnessOf = useFreshnessOf();
  const write = writeOf(reader, quantity);
  return (
    <PlaceMap
      outline={outline}
      shapes={shapes}
      name={t('web.map.name')}
      places={places.map((place) => {
        const value = place.latest?.[quantity] ?? null;
        return {
          ...place,
          state: freshnessOf(place).state,
          name: place.names[language],
          value: value === null ? null : quantity === 'temperatureC' ? degrees(value) : write(value),
          step: value === null ? null : stepOf(quantity, value),
          isCurrent: place.id === current,
          href: href(`r/${place.id}`),
          sentence: t('web.map.sentence', {
            place: place.names[language],
            value: value === null ? t('web.not-measured') : write(value),
            state: t(`web.state.${freshnessOf(place).state}`),
          }),
        };
      })}
    />
  );
}
