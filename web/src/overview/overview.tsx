import { useState } from 'react';
import type { PlaceReply, StatusReply } from '../../../src/serve/contract.ts';
import { PLACES, STATUS, useAnswer } from '../app/answers.ts';
import { FreshnessChip, useFreshness } from '../app/freshness.tsx';
import { useNow } from '../app/now.tsx';
import { PinButton } from '../app/pin-button.tsx';
import { pinnedFirst, usePins } from '../app/pins.ts';
import { useReader } from '../app/reader.tsx';
import { RegionMap } from '../map/region-map.tsx';
import { Weather } from '../now/weather.tsx';
import { found, SORTS, type Sort, sorted, sortIn } from './sorting.ts';

const OLD_AFTER_SECONDS = 1200;

/** All regions at a glance, under one sentence of truth. */
export function Overview() {
  const { t, language, search } = useReader();
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const pins = usePins();
  const [typed, setTyped] = useState(new URLSearchParams(search).get('q') ?? '');
  const [sort, setSort] = useState(sortIn(search));
  const shown = pinnedFirst(sorted(found(places, typed), sort, language), pins);
  return (
    <div className="overview">
      <h1>{t('web.overview')}</h1>
      <Truth />
      {places.length === 0 ? (
        <p className="card">{t('web.empty')}</p>
      ) : (
        <>
          <Finder typed={typed} onType={setTyped} sort={sort} onSort={setSort} />
          <div className="overview-both">
            <section aria-label={t('web.overview.list')}>
              <p role="status" className="unseen">
                {t('web.overview.found', { count: shown.length })}
              </p>
              {shown.length === 0 ? (
                <p className="card">{t('web.overview.none', { typed })}</p>
              ) : (
                <ul className="places">
                  {shown.map((place) => (
                    <PlaceRow key={place.id} place={place} />
                  ))}
                </ul>
              )}
            </section>
            <div className="card overview-map">
              <RegionMap />
            </div>
          </div>
        </>
      )}
    </div>
  );
}

interface FinderProps {
  readonly typed: string;
  readonly onType: (typed: string) => void;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

/** Finds while one types; without a script the button asks the server. */
function Finder({ typed, onType, sort, onSort }: FinderProps) {
  const { t, href } = useReader();
  return (
    <search>
      <form className="controls" method="get" action={href('')}>
        <label htmlFor="find">{t('web.overview.find')}</label>
        <input id="find" type="search" name="q" value={typed} onChange={({ target }) => onType(target.value)} />
        <label htmlFor="sort">{t('web.overview.sort')}</label>
        <select id="sort" name="tri" value={sort} onChange={({ target }) => onSort(target.value as Sort)}>
          {SORTS.map((one) => (
            <option key={one} value={one}>
              {t(`web.sort.${one}`)}
            </option>
          ))}
        </select>
        <button type="submit">{t('web.region.go')}</button>
      </form>
    </search>
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
      <div className="place-name">
        <h2>
          <a href={href(`r/${place.id}`)}>{place.names[language]}</a>
        </h2>
        <PinButton id={place.id} name={place.names[language]} />
      </div>
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
