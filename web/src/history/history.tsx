import type { z } from 'zod';
import type { historyReply, PlaceDetail, PlaceReply } from '../../../src/serve/contract.ts';
import { PLACES, placePath, useAnswer } from '../app/answers.ts';
import { useChartTexts } from '../app/chart-texts.ts';
import { useNow } from '../app/now.tsx';
import type { PageProps } from '../app/page-props.ts';
import { LEAST_SPAN, QUANTITIES, writeOf } from '../app/quantities.ts';
import { useReader } from '../app/reader.tsx';
import { HistoryChart, type HistorySeries } from '../chart/history-chart.tsx';
import { type HistoryView, historySeriesPath, historyView, SPANS, type Span } from './history-asks.ts';
import { Records } from './records.tsx';

type Answered = z.infer<typeof historyReply>;

/** The past of up to three regions: lowest, mean and highest of each stretch; the whole question stands in the address. */
export function History({ params: { id = '' } }: PageProps) {
  const reader = useReader();
  const { t, language, format, search } = reader;
  const texts = useChartTexts();
  const now = useNow();
  const place = useAnswer<PlaceDetail>(placePath(id));
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const view = historyView(id, search, now);
  const [second, third] = view.beside;
  const answers = [
    useAnswer<Answered>(historySeriesPath(id, view)),
    useAnswer<Answered>(historySeriesPath(second ?? id, view)),
    useAnswer<Answered>(historySeriesPath(third ?? id, view)),
  ];
  if (!place) return <p className="card">{t('web.region.unknown')}</p>;
  const write = writeOf(reader, view.quantity);
  const series = [id, ...view.beside].flatMap((one, index): HistorySeries[] => {
    const name = places.find((other) => other.id === one)?.names[language];
    if (name === undefined) return [];
    const buckets = (answers[index]?.items ?? []).map(({ at, ...rest }) => ({ at: Date.parse(at), ...rest }));
    return [{ name, buckets }];
  });
  const isEmpty = series.every(({ buckets }) => buckets.length === 0);
  const step = (view.to - view.from) / 6;
  const widthMs = (answers[0]?.widthSeconds ?? 0) * 1000;
  return (
    <div className="overview">
      <h1>{t('web.history', { place: place.names[language] })}</h1>
      <HistoryForm place={place} places={places} view={view} />
      <section className="card">
        {isEmpty && <p>{t('web.history.empty')}</p>}
        <HistoryChart
          id="history"
          name={t('web.history', { place: format.list(series.map(({ name }) => name)) })}
          finding={t('web.history.meaning')}
          texts={texts}
          from={view.from}
          to={view.to}
          series={series}
          widthMs={widthMs}
          ticks={Array.from({ length: 5 }, (_, index) => {
            const at = view.from + (index + 1) * step;
            return { at, label: view.to - view.from <= SPANS['24h'] ? format.clock(at) : format.date(at) };
          })}
          leastSpan={LEAST_SPAN[view.quantity]}
          {...(view.quantity === 'rain1hMm' ? { least: 0 } : {})}
          columns={{
            time: t('web.table.time'),
            min: t('web.history.min'),
            mean: t('web.history.mean'),
            max: t('web.history.max'),
          }}
          format={{ time: format.stamp, value: write, tick: write }}
        />
        <p>
          <a href={historySeriesPath(id, view)}>{t('web.history.json')}</a>
        </p>
      </section>
      {!isEmpty && <Records series={series} write={write} />}
    </div>
  );
}

interface HistoryFormProps {
  readonly place: PlaceDetail;
  readonly places: readonly PlaceReply[];
  readonly view: HistoryView;
}

function HistoryForm({ place: { id, names }, places, view }: HistoryFormProps) {
  const { t, href, language } = useReader();
  const others = places.filter((one) => one.id !== id);
  return (
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
      <label htmlFor="first-day">{t('web.history.from')}</label>
      <input id="first-day" type="date" name="de" defaultValue={view.days.from} />
      <label htmlFor="last-day">{t('web.history.to')}</label>
      <input id="last-day" type="date" name="a" defaultValue={view.days.to} />
      {[0, 1].map((index) => (
        <select
          key={index}
          name="avec"
          aria-label={t('web.history.beside', { number: index + 2 })}
          defaultValue={view.beside[index] ?? ''}
        >
          <option value="">{t('web.history.alone')}</option>
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {one.names[language]}
            </option>
          ))}
        </select>
      ))}
      <button type="submit">{t('web.region.go')}</button>
      <a className="button" href={href(`r/${id}`)}>
        {names[language]}
      </a>
    </form>
  );
}
