import type { ForecastReply, PlaceDetail, SlotReply, StatusReply } from '../../../src/serve/contract.ts';
import { STATUS, useAnswer } from '../app/answers.ts';
import { useReader } from '../app/reader.tsx';
import { SlotCells } from '../chart/slot-shape.tsx';

interface QualityProps {
  readonly place: PlaceDetail;
  readonly forecast: ForecastReply | null;
  readonly slots: readonly SlotReply[];
}

/** Whether to trust it: who says so, what came and what did not over a day, and which model issued when. */
export function Quality({ place, forecast, slots }: QualityProps) {
  const { t, format, href } = useReader();
  const cadence = useAnswer<StatusReply>(STATUS)?.cadence ?? null;
  const everyMs = (cadence?.everySeconds ?? 900) * 1000;
  const first = slots[0] ? Date.parse(slots[0].slotAt) : 0;
  const drawn = slots.map(({ slotAt, state }) => ({ slotAt: Date.parse(slotAt), state }));
  const columnOf = (slotAt: number) => Math.round((slotAt - first) / everyMs);
  const columns = Math.max(1, columnOf(drawn.at(-1)?.slotAt ?? first) + 1);
  const due = slots.filter(({ state }) => state !== 'pending');
  const onTime = due.filter(({ state }) => state === 'arrived').length;
  return (
    <section className="card quality">
      <h2>{t('web.quality')}</h2>
      {due.length > 0 && (
        <>
          <svg className="slots" viewBox={`0 0 ${columns} 24`} preserveAspectRatio="none" aria-hidden="true">
            <SlotCells slots={drawn} columnOf={columnOf} top={0} heightPx={24} />
          </svg>
          <p>{t('web.quality.slots', { onTime, due: due.length })}</p>
        </>
      )}
      <dl>
        {place.latest && (
          <div>
            <dt>{t('web.quality.source')}</dt>
            <dd>{place.latest.source}</dd>
          </div>
        )}
        {forecast && (
          <>
            <div>
              <dt>{t('web.quality.issued')}</dt>
              <dd>{format.stamp(Date.parse(forecast.issuedAt))}</dd>
            </div>
            <div>
              <dt>{t('web.quality.model')}</dt>
              <dd>{forecast.model}</dd>
            </div>
          </>
        )}
      </dl>
      <p>
        <a href={href('fiabilite')}>{t('web.quality.more')}</a>
      </p>
    </section>
  );
}
