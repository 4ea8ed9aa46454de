import type { SlotReply, StatusReply } from '../../../src/serve/contract.ts';
import { ActiveAlerts, type OperationsAlert } from './active-alerts.tsx';
import { RANGES } from './operations-asks.ts';
import { OperationsNav } from './operations-nav.tsx';
import type { OperationsProps } from './operations-reader.ts';
import { Arrivals, PunctualityMap, PunctualityShare } from './punctuality.tsx';
import { QuotaPanel, StagePanel } from './running.tsx';
import { type NamedPlace, slotPicture } from './slot-counts.ts';

export interface OperationsOverviewProps extends OperationsProps {
  readonly status: StatusReply | null;
  /** `null`: the ledger did not answer. */
  readonly slots: { readonly items: readonly SlotReply[]; readonly nextCursor: string | null } | null;
  /** `null`: the watch did not answer. */
  readonly alerts: readonly OperationsAlert[] | null;
  readonly places: readonly NamedPlace[];
  /** `hours` is `null` for a stretch that the address names. */
  readonly range: { readonly from: number; readonly to: number; readonly hours: number | null };
  readonly everyMs: number;
  /** Opens one place's slot. */
  readonly onOpen?: (placeId: string, slotAt: number) => void;
}

/** Whether all is well, and where not: the sentence, whose data came when, how much came, and what each stage does. */
export function OperationsOverview(props: OperationsOverviewProps) {
  const { reader, status, slots, alerts, places, range, everyMs } = props;
  const { t, language, href } = reader;
  const picture = slots && slotPicture(slots.items, places, range);
  return (
    <div className="operations">
      <h1>{t('operations.title')}</h1>
      <OperationsNav reader={reader} current="" />
      <p className="truth">{status ? status.sentence[language] : t('operations.unreachable')}</p>
      {status && !status.ready && (
        <div className="note" role="note">
          <p>
            <b>{t('operations.starting')}</b> <span lang="en">{status.reasons.join(' ')}</span>
          </p>
        </div>
      )}
      <ActiveAlerts reader={reader} alerts={alerts} places={places} />
      <nav className="ranges" aria-label={t('operations.range')}>
        {RANGES.map((hours) => (
          <a
            key={hours}
            href={`${href('exploitation')}?heures=${hours}`}
            aria-current={hours === range.hours ? 'true' : undefined}
          >
            {t('operations.range.hours', { hours })}
          </a>
        ))}
        {range.hours === null && (
          <span aria-current="true">
            {t('operations.range.stretch', {
              from: reader.format.stamp(range.from),
              to: reader.format.stamp(range.to),
            })}
          </span>
        )}
      </nav>
      {picture === null ? (
        <p className="card">{t('operations.unreachable')}</p>
      ) : (
        <>
          <PunctualityMap reader={reader} picture={picture} everyMs={everyMs} onOpen={props.onOpen} />
          {slots?.nextCursor != null && (
            <p className="note">
              {t('operations.truncated', { time: reader.format.stamp(Date.parse(slots.items.at(-1)?.slotAt ?? '')) })}
            </p>
          )}
          <div className="pair">
            <PunctualityShare reader={reader} picture={picture} />
            <Arrivals reader={reader} picture={picture} everyMs={everyMs} />
          </div>
        </>
      )}
      {status && (
        <div className="pair">
          <StagePanel reader={reader} stages={status.stages} />
          <QuotaPanel reader={reader} sources={status.sources} />
          <section className="card">
            <h2>{t('operations.quarantine')}</h2>
            <p>{t('operations.quarantine.count', { count: status.quarantine.total })}</p>
            <ul className="facts">
              {Object.entries(status.quarantine.byCode).map(([code, count]) => (
                <li key={code}>
                  <code>{code}</code> {reader.format.number(count)}
                </li>
              ))}
            </ul>
            <p>
              <a href={href('exploitation/messages')}>{t('operations.quarantine.open')}</a>
            </p>
          </section>
        </div>
      )}
    </div>
  );
}
