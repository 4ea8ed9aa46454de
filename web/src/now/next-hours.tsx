import type { ForecastReply, PlaceDetail } from '../../../src/serve/contract.ts';
import { useNow } from '../app/now.tsx';
import { type Reader, useReader } from '../app/reader.tsx';
import { bandAt } from './quantiles.ts';

const HOUR_MS = 3_600_000;
const FIRST = 3;
const MOST = 24;

/** The three hours of the original, and the whole day on demand: a list, never a carousel. */
export function NextHours({ forecast }: { readonly place: PlaceDetail; readonly forecast: ForecastReply | null }) {
  const reader = useReader();
  const { t } = reader;
  const now = useNow();
  const hours = (forecast?.hours ?? []).filter(({ validAt }) => Date.parse(validAt) > now).slice(0, MOST);
  const { levels } = forecast ?? { levels: [] };
  return (
    <section className="card">
      <h2>{t('web.hours')}</h2>
      {hours.length === 0 ? (
        <p>{t('web.hours.none')}</p>
      ) : (
        <>
          <HourList hours={hours.slice(0, FIRST)} levels={levels} reader={reader} large />
          <p className="muted">{t('web.hours.meaning')}</p>
          <details>
            <summary>{t('web.hours.all')}</summary>
            <HourList hours={hours.slice(FIRST)} levels={levels} reader={reader} />
          </details>
        </>
      )}
    </section>
  );
}

interface HourListProps {
  readonly hours: ForecastReply['hours'];
  readonly levels: readonly number[];
  readonly reader: Reader;
  readonly large?: boolean;
}

function HourList({ hours, levels, reader, large }: HourListProps) {
  const { t, format, temperature, degrees } = reader;
  return (
    <ol className={large ? 'hours hours-large' : 'hours'}>
      {hours.map(({ validAt, meanC, quantilesC }) => {
        const band = bandAt(levels, quantilesC, 0.8);
        const at = Math.round(Date.parse(validAt) / (HOUR_MS / 60)) * (HOUR_MS / 60);
        return (
          <li key={validAt}>
            <time dateTime={validAt}>{format.clock(at)}</time>
            <b>{temperature(meanC, 0)}</b>
            <span className="muted">
              {band ? t('web.range', { low: degrees(band.low), high: degrees(band.high) }) : t('web.range.none')}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
