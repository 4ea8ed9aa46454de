import type { PlaceReply } from '../../../src/serve/contract.ts';
import { PLACES, useAnswer } from '../app/answers.ts';
import { useFreshnessOf } from '../app/freshness.tsx';
import { QUANTITIES, quantityIn, type Shown, writeOf } from '../app/quantities.ts';
import { useReader } from '../app/reader.tsx';
import { RegionMap } from './region-map.tsx';
import { limitsOf } from './scale.ts';

/** The regions where they lie, each with its value printed; the list beside it is its equal. */
export function MapPage() {
  const reader = useReader();
  const { t, language, href, search } = reader;
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const freshnessOf = useFreshnessOf();
  const quantity = quantityIn(search);
  const write = writeOf(reader, quantity);
  return (
    <div className="overview">
      <h1>{t('web.nav.map')}</h1>
      <form className="controls" method="get" action={href('carte')}>
        <label htmlFor="quantity">{t('web.history.quantity')}</label>
        <select id="quantity" name="grandeur" defaultValue={quantity}>
          {QUANTITIES.map((one) => (
            <option key={one} value={one}>
              {t(`web.quantity.${one}`)}
            </option>
          ))}
        </select>
        <button type="submit">{t('web.region.go')}</button>
      </form>
      {places.length === 0 ? (
        <p className="card">{t('web.empty')}</p>
      ) : (
        <>
          <div className="card">
            <RegionMap quantity={quantity} />
            <MapScale quantity={quantity} write={write} />
          </div>
          <ul className="card map-list">
            {places
              .toSorted((a, b) => b.latitude - a.latitude)
              .map((place) => {
                const value = place.latest?.[quantity] ?? null;
                return (
                  <li key={place.id}>
                    <a href={href(`r/${place.id}`)}>
                      {t('web.map.sentence', {
                        place: place.names[language],
                        value: value === null ? t('web.not-measured') : write(value),
                        state: t(`web.state.${freshnessOf(place).state}`),
                      })}
                    </a>
                  </li>
                );
              })}
          </ul>
        </>
      )}
    </div>
  );
}

/** What a colour begins with: the same on every day. */
function MapScale({ quantity, write }: { readonly quantity: Shown; readonly write: (value: number) => string }) {
  const { t } = useReader();
  const limits = limitsOf(quantity);
  return (
    <ul className="map-scale" aria-label={t('web.map.scale')}>
      {[null, ...limits].map((limit, index) => (
        <li key={limit ?? 'least'}>
          <svg width="16" height="16" aria-hidden="true">
            <circle className={`heat-${index + 1}`} cx="8" cy="8" r="6" />
          </svg>
          {limit === null
            ? t('web.map.below', { value: write(limits[0] ?? 0) })
            : t('web.map.from', { value: write(limit) })}
        </li>
      ))}
    </ul>
  );
}
