import type { z } from 'zod';
import type { alertsReply } from '../../../src/serve/alert-contract.ts';
import type { PlaceDetail } from '../../../src/serve/contract.ts';
import { useAnswer } from '../app/answers.ts';
import { useFreshness } from '../app/freshness.tsx';
import { type TextId, useReader } from '../app/reader.tsx';
import { ALERTS } from './region-asks.ts';

type Alert = z.infer<typeof alertsReply>['items'][number];

/** What is told by name; every other rule as an alert. */
const WORDS: Readonly<Record<string, TextId>> = {
  'place-late': 'web.alert.place-late',
  'place-missing': 'web.alert.place-missing',
  'place-never': 'web.alert.place-missing',
  'record-partial': 'web.alert.record-partial',
  'value-range': 'web.alert.value',
  'value-frozen': 'web.alert.value',
  'value-jump': 'web.alert.value',
  'weather-reading': 'web.alert.weather-reading',
  'weather-forecast': 'web.alert.weather-forecast',
  'forecast-missing': 'web.alert.forecast-missing',
};
/** One alert of several places is told by the worst of them: each page says what is true of its own. */
const ARRIVALS: readonly string[] = ['place-late', 'place-missing', 'place-never'];
const TOLD: readonly Alert['state'][] = ['firing', 'unstable', 'acknowledged'];

/** What the watch tells of this region, while it lasts. */
export function AlertStrip({ place }: { readonly place: PlaceDetail }) {
  const { t, format, href } = useReader();
  const { state: fresh } = useFreshness(place);
  const alerts = useAnswer<{ items: Alert[] }>(ALERTS)?.items ?? [];
  const here = alerts.filter(({ state, about }) => TOLD.includes(state) && about.includes(place.id));
  if (here.length === 0) return null;
  return (
    <section className="card alert-strip" aria-label={t('web.alerts')}>
      <ul>
        {here.map(({ id: alert, rule, startsAt }) => (
          <li key={alert}>
            <b>
              {t(
                ARRIVALS.includes(rule) && fresh === 'late'
                  ? 'web.alert.place-late'
                  : (WORDS[rule] ?? 'web.alert.other'),
              )}
            </b>{' '}
            {t('web.alert.since', { time: format.stamp(Date.parse(startsAt)) })}
          </li>
        ))}
      </ul>
      <a href={href('exploitation')}>{t('web.alert.more')}</a>
    </section>
  );
}
