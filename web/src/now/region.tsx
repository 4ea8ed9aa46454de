import type { ForecastReply, PlaceDetail, PlaceReply, SlotReply } from '../../../src/serve/contract.ts';
import { PLACES, placePath, useAnswer } from '../app/answers.ts';
import { FreshnessChip, useFreshness } from '../app/freshness.tsx';
import { useLive } from '../app/live.ts';
import { useNow } from '../app/now.tsx';
import type { PageProps } from '../app/page-props.ts';
import { PinButton } from '../app/pin-button.tsx';
import { pinnedFirst, usePins } from '../app/pins.ts';
import { useReader } from '../app/reader.tsx';
import { RegionMap } from '../map/region-map.tsx';
import { AlertStrip } from './alert-strip.tsx';
import { Cards } from './cards.tsx';
import { Curve } from './curve.tsx';
import { Hero } from './hero.tsx';
import { NextHours } from './next-hours.tsx';
import { Quality } from './quality.tsx';
import { forecastPath, slotsPath } from './region-asks.ts';
import { Sun } from './sun.tsx';

/** The main page: now, the next hours, the curve, every quantity, the sun, and whether to trust it. */
export function Region({ params: { id = '' } }: PageProps) {
  const { t, href } = useReader();
  const place = useAnswer<PlaceDetail>(placePath(id));
  const forecast = useAnswer<ForecastReply>(forecastPath(id));
  const slots = useAnswer<{ items: SlotReply[] }>(slotsPath(id));
  if (!place)
    return (
      <div className="card">
        <h1>{t('web.region.unknown')}</h1>
        <p>
          <a href={href('')}>{t('web.region.all')}</a>
        </p>
      </div>
    );
  return (
    <div className="region">
      <RegionHead place={place} />
      <AlertStrip place={place} />
      <div className="region-side">
        <Hero place={place} forecast={forecast} />
        <Sun place={place} />
        <Quality place={place} forecast={forecast} slots={slots?.items ?? []} />
        <section className="card region-map" aria-label={t('web.nav.map')}>
          <RegionMap current={place.id} />
        </section>
      </div>
      <div className="region-main">
        <NextHours place={place} forecast={forecast} />
        <Curve place={place} forecast={forecast} />
        <Cards place={place} />
      </div>
    </div>
  );
}

function RegionHead({ place }: { readonly place: PlaceDetail }) {
  const { t, href, language, format, search } = useReader();
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const pins = usePins();
  const byName = places.toSorted((a, b) => a.names[language].localeCompare(b.names[language], format.locale));
  const mine = pinnedFirst(byName, pins).slice(0, pins.length);
  const others = byName.filter(({ id }) => !pins.includes(id));
  const optionOf = ({ id, names }: PlaceReply) => (
    <option key={id} value={id}>
      {names[language]}
    </option>
  );
  return (
    <header className="region-head">
      <div>
        <div className="region-name">
          <h1>{place.names[language]}</h1>
          <PinButton id={place.id} name={place.names[language]} />
        </div>
        <FreshnessLine place={place} />
      </div>
      <form className="controls" method="get" action={href('r')}>
        <label htmlFor="region-choice">{t('web.region.choose')}</label>
        <select id="region-choice" name="id" defaultValue={place.id}>
          {mine.length > 0 && <optgroup label={t('web.pinned')}>{mine.map(optionOf)}</optgroup>}
          {others.map(optionOf)}
        </select>
        <button type="submit">{t('web.region.go')}</button>
        <a className="button" href={`${href(`r/${place.id}/historique`)}${search}`}>
          {t('web.region.history')}
        </a>
      </form>
    </header>
  );
}

/** When it was measured, how old that is, when the next comes, and whether the page hears of it. */
function FreshnessLine({ place }: { readonly place: PlaceDetail }) {
  const { t, format } = useReader();
  const now = useNow();
  const { state: live } = useLive();
  const { state, ageMs } = useFreshness(place);
  const { latest } = place;
  return (
    <p className="freshness">
      <FreshnessChip state={state} />
      {latest && ageMs !== null ? (
        <span>
          {t(latest.kind === 'observation' ? 'web.measured' : 'web.analysed', {
            time:
              format.date(Date.parse(latest.validAt)) === format.date(now)
                ? format.clock(Date.parse(latest.validAt))
                : format.stamp(Date.parse(latest.validAt)),
          })}{' '}
          · {format.ago(ageMs)}
        </span>
      ) : (
        <span>{t('web.empty')}</span>
      )}
      <span className="live" data-live={live}>
        {t(`web.live.${live}`)}
      </span>
    </p>
  );
}
