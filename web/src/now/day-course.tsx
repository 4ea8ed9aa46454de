import type { z } from 'zod';
import type { historyReply, PlaceDetail } from '../../../src/serve/contract.ts';
import { useAnswer } from '../app/answers.ts';
import { useChartTexts } from '../app/chart-texts.ts';
import { useNow } from '../app/now.tsx';
import { LEAST_SPAN, type Shown, writeOf } from '../app/quantities.ts';
import { useReader } from '../app/reader.tsx';
import { HistoryChart } from '../chart/history-chart.tsx';
import { curvePath } from './region-asks.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The last day of a quantity that is measured and not forecast. */
export function DayCourse({ place, quantity }: { readonly place: PlaceDetail; readonly quantity: Shown }) {
  const reader = useReader();
  const { t, format, search, language } = reader;
  const texts = useChartTexts();
  const now = useNow();
  const history = useAnswer<z.infer<typeof historyReply>>(curvePath(place.id, search));
  const write = writeOf(reader, quantity);
  const from = now - DAY_MS;
  const first = Math.ceil(from / (6 * HOUR_MS)) * 6 * HOUR_MS;
  return (
    <HistoryChart
      id="curve"
      name={t('web.course.name', { quantity: t(`web.quantity.${quantity}`), place: place.names[language] })}
      finding={t('web.course.meaning')}
      texts={texts}
      from={from}
      to={now}
      series={[
        {
          name: place.names[language],
          buckets: (history?.items ?? []).map(({ at, ...rest }) => ({ at: Date.parse(at), ...rest })),
        },
      ]}
      widthMs={(history?.widthSeconds ?? 0) * 1000}
      ticks={[0, 1, 2, 3].map((index) => first + index * 6 * HOUR_MS).map((at) => ({ at, label: format.clock(at) }))}
      leastSpan={LEAST_SPAN[quantity]}
      {...(quantity === 'rain1hMm' ? { least: 0 } : {})}
      columns={{
        time: t('web.table.time'),
        min: t('web.history.min'),
        mean: t('web.history.mean'),
        max: t('web.history.max'),
      }}
      format={{ time: format.stamp, value: write, tick: write }}
    />
  );
}
