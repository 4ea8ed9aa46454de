import type { Instant } from '../../core/time.ts';
import type { ElasticsearchOptions } from './config.ts';

type Naming = Pick<ElasticsearchOptions, 'index' | 'rollover'>;

/** The index that a document belongs to: a function of its valid time alone, so that a replay finds it again. */
export function indexOf({ index, rollover }: Naming, validAt: Instant): string {
  if (rollover === 'none') return index;
  const date = new Date(validAt).toISOString();
  return `${index}-${date.slice(0, rollover === 'month' ? 7 : 10).replaceAll('-', '.')}`;
}

/** The end of the period that an index of ours holds; `null` for any other name. */
export function periodEndOf({ index, rollover }: Naming, name: string): Instant | null {
  if (rollover === 'none' || !name.startsWith(`${index}-`)) return null;
  const period = name.slice(index.length + 1);
  const pattern = rollover === 'month' ? /^(\d{4})\.(\d\d)$/ : /^(\d{4})\.(\d\d)\.(\d\d)$/;
  const [, year, month, day] = pattern.exec(period)?.map(Number) ?? [];
  if (year === undefined || month === undefined) return null;
  return day === undefined ? Date.UTC(year, month) : Date.UTC(year, month - 1, day + 1);
}
