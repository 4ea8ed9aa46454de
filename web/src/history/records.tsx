import { useReader } from '../app/reader.tsx';
import type { Bucket, HistorySeries } from '../chart/history-chart.tsx';

interface RecordsProps {
  readonly series: readonly HistorySeries[];
  readonly write: (value: number) => string;
}

/** Lowest and highest of the range, and when; the mean of its stretches that hold a reading. */
export function Records({ series, write }: RecordsProps) {
  const { t, format } = useReader();
  const cell = (value: number, at: number) => `${write(value)} (${format.stamp(at)})`;
  return (
    <section className="card">
      <h2>{t('web.history.records')}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard. */}
      <section className="scrolls" aria-label={t('web.history.records')} tabIndex={0}>
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">{t('web.region.choose')}</th>
              <th scope="col">{t('web.history.min')}</th>
              <th scope="col">{t('web.history.mean')}</th>
              <th scope="col">{t('web.history.max')}</th>
            </tr>
          </thead>
          <tbody>
            {series.map(({ name, buckets }) => {
              const [low, high] = [least(buckets), most(buckets)];
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{low ? cell(low.min, low.at) : t('web.none')}</td>
                  <td>{low ? write(meanOf(buckets)) : t('web.none')}</td>
                  <td>{high ? cell(high.max, high.at) : t('web.none')}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </section>
  );
}

const least = (buckets: readonly Bucket[]) =>
  buckets.reduce<Bucket | null>((low, one) => (low && low.min <= one.min ? low : one), null);
const most = (buckets: readonly Bucket[]) =>
  buckets.reduce<Bucket | null>((high, one) => (high && high.max >= one.max ? high : one), null);
const meanOf = (buckets: readonly Bucket[]) => buckets.reduce((sum, { mean }) => sum + mean, 0) / buckets.length;
