import type { z } from 'zod';
import type { historyReply, PlaceDetail } from '../../../src/serve/contract.ts';
import { placePath, useAnswer } from '../app/answers.ts';
import { useChartTexts } from '../app/chart-texts.ts';
import { useNow } from '../app/now.tsx';
import type { PageProps } from '../app/page-props.ts';
import { type Reader, useReader } from '../app/reader.tsx';
import { HistoryChart } from '../chart/history-chart.tsx';
import { historyView, historyViewPath, QUANTITIES, type Shown, SPANS, type Span } from './history-asks.ts';

const writeOf = ({ temperature, wind, format }: Reader): Record<Shown, (value: number) => string> => ({
  temperatureC: (value) => temperature(value),
  humidityPct: (value) => format.quantity(value, 'percent'),
  windSpeedMps: wind,
  visibilityM: (value) => format.quantity(value, 'kilometres'),
  pressureHpa: (value) => format.quantity(value, 'hectopascals'),
});
const LEAST_SPAN: Record<Shown, number> = {
  temperatureC: 8,
  humidityPct: 20,
  windSpeedMps: 5,
  visibilityM: 4000,
  pressureHpa: 6,
};

/** The past of one region: lowest, mean and highest of each stretch; the whole question stands in the address. */
export function History({ params: { id = '' } }: PageProps) {
  const reader = useReader();
  const { t, href, language, format, search } = reader;
  const texts = useChartTexts();
  const now = useNow();
  const place = useAnswer<PlaceDetail>(placePath(id));
  const view = historyView(search, now);
  const history = useAnswer<z.infer<typeof historyReply>>(historyViewPath(id, search, now));
  const write = writeOf(reader)[view.quantity];
  if (!place) return <p className="card">{t('web.region.unknown')}</p>;
  const buckets = (history?.items ?? []).map(({ at, min, mean, max }) => ({ at: Date.parse(at), min, mean, max }));
  const step = (view.to - view.from) / 6;
  return (
    <div className="overview">
      <h1>{t('web.history', { place: place.names[language] })}</h1>
      <form className="controls" method="get" action={href(`r/${id}/historique`)}>
        <label htmlFor="quantity">{t('web.history.quantity')}</label>
        <select id="quantity" name="grandeur" defaultValue={view.quantity}>
          {QUANTITIES.map((one) => (
            <option key={one} value={one}>
              {t(`web.quantity.${one}`)}
            </option>
          ))}
        </select>
        <label htmlFor="span">{t('web.history.span')}</label>
        <select id="span" name="periode" defaultValue={view.span}>
          {(Object.keys(SPANS) as Span[]).map((one) => (
            <option key={one} value={one}>
              {t(`web.span.${one}`)}
            </option>
          ))}
        </select>
        <button type="submit">{t('web.region.go')}</button>
        <a className="button" href={href(`r/${id}`)}>
          {place.names[language]}
        </a>
      </form>
      <section className="card">
        <HistoryChart
          id="history"
          name={t('web.history', { place: place.names[language] })}
          finding={t('web.history.meaning')}
          texts={texts}
          from={view.from}
          to={view.to}
          series={[{ name: place.names[language], buckets }]}
          widthMs={(view.to - view.from) / 168}
          ticks={Array.from({ length: 5 }, (_, index) => {
            const at = view.from + (index + 1) * step;
            return { at, label: view.span === '24h' ? format.clock(at) : format.date(at) };
          })}
          leastSpan={LEAST_SPAN[view.quantity]}
          columns={{
            time: t('web.table.time'),
            min: t('web.history.min'),
            mean: t('web.history.mean'),
            max: t('web.history.max'),
          }}
          format={{ time: format.stamp, value: write, tick: write }}
        />
      </section>
    </div>
  );
}
