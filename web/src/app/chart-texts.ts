import type { ChartTexts } from '../chart/chart-figure.tsx';
import { useReader } from './reader.tsx';

/** What every chart says around its drawing. */
export function useChartTexts(): ChartTexts {
  const { t } = useReader();
  return {
    table: t('web.chart.table'),
    csv: t('web.chart.csv'),
    keys: t('web.chart.keys'),
    none: t('web.none'),
    empty: t('web.chart.empty'),
  };
}
