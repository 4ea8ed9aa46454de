import type { z } from 'zod';
import type { alertsReply } from '../../../src/serve/alert-contract.ts';
import type { OperationsProps, OperationsTextId } from './operations-reader.ts';
import type { NamedPlace } from './slot-counts.ts';

export type OperationsAlert = z.infer<typeof alertsReply>['items'][number];

export interface ActiveAlertsProps extends OperationsProps {
  readonly alerts: readonly OperationsAlert[] | null;
  readonly places: readonly NamedPlace[];
}

/** What the watch tells while it lasts: what, where, since when, whether someone takes care, and what to do. */
export function ActiveAlerts({ reader, alerts, places }: ActiveAlertsProps) {
  const { t, format, href } = reader;
  const nameOf = (id: string) => places.find((place) => place.id === id)?.name ?? id;
  const active = alerts?.filter(({ state }) => state !== 'ended' && state !== 'waiting') ?? null;
  return (
    <section className="card">
      <h2>{t('operations.alerts')}</h2>
      {active === null && <p>{t('operations.unreachable')}</p>}
      {active?.length === 0 && <p>{t('watch.page.active.none')}</p>}
      {active !== null && active.length > 0 && (
        <ul className="alerts">
          {active.map(({ id, rule, severity, state, about, startsAt, acknowledged }) => (
            <li key={id} data-level={severity === 'critical' ? 'error' : 'warn'}>
              <b className="level">{t(`watch.severity.${severity}`)}</b>
              <b>{t(`watch.rule.${rule}` as OperationsTextId)}</b> · {about.map(nameOf).join(', ')}
              <br />
              <span className="muted">
                {t('watch.page.since', { since: format.stamp(Date.parse(startsAt)) })} ·{' '}
                {t(`watch.page.state.${state}` as OperationsTextId, { by: acknowledged?.by ?? '' })} ·{' '}
                <a href={`/runbooks/${rule}`}>{t('watch.link.runbook')}</a>
              </span>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a href={href('exploitation/alertes')}>{t('operations.alerts.open')}</a>
      </p>
    </section>
  );
}
