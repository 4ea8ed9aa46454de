import type en from '../../../src/text/compiled/en/operations.json';
import type watchEn from '../../../src/text/compiled/en/watch.json';
import type fr from '../../../src/text/compiled/fr/operations.json';
import type watchFr from '../../../src/text/compiled/fr/watch.json';
import type { Format } from '../../../src/text/format.ts';
import type { TextValues } from '../../../src/text/texts.ts';
import type { ChartTexts } from '../chart/chart-figure.tsx';

/** Everything that the operations pages say. */
export type OperationsTextId = (keyof typeof fr & keyof typeof en) | (keyof typeof watchFr & keyof typeof watchEn);

/** Whoever reads an operations page. */
export interface OperationsReader {
  readonly language: 'fr' | 'en';
  readonly format: Format;
  t(id: OperationsTextId, values?: TextValues): string;
  /** The address of a page in the reader's language. */
  href(path: string): string;
}

/** What a panel is given besides its answer: `null` is an answer that did not come. */
export interface OperationsProps {
  readonly reader: OperationsReader;
}

export const chartTexts = ({ t }: OperationsReader): ChartTexts => ({
  table: t('operations.table'),
  csv: t('operations.csv'),
  keys: t('operations.keys'),
  none: t('operations.none'),
  empty: t('operations.empty.slots'),
});

/** Labels at full hours of the reader's clock, at most nine; every other one gives way on a narrow page. */
export function clockTicks({ format }: OperationsReader, from: number, to: number) {
  const hours = Math.max(1, Math.ceil((to - from) / HOUR_MS / 8));
  const first = Math.ceil(from / (hours * HOUR_MS)) * hours * HOUR_MS;
  const count = Math.max(0, Math.floor((to - first) / (hours * HOUR_MS)) + 1);
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * hours * HOUR_MS;
    return { at, label: format.clock(at), minor: index % 2 === 1 };
  });
}

const HOUR_MS = 3_600_000;
