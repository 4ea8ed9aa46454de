import { BarChart } from '../chart/bar-chart.tsx';
import { OnTimeGauge } from '../chart/on-time-gauge.tsx';
import { SlotMap } from '../chart/slot-map.tsx';
import type { DrawnState } from '../chart/slot-shape.tsx';
import { chartTexts, clockTicks, type OperationsProps, type OperationsReader } from './operations-reader.ts';
import { arrivalsBySlot, type SlotPicture } from './slot-counts.ts';

interface PictureProps extends OperationsProps {
  readonly picture: SlotPicture;
}

interface TimedPictureProps extends PictureProps {
  readonly everyMs: number;
  readonly onOpen?: ((placeId: string, slotAt: number) => void) | undefined;
}

/** The share of slots that should be on time. */
const TARGET = 0.95;

export const stateWords = ({ t }: OperationsReader): Readonly<Record<DrawnState, string>> => ({
  arrived: t('operations.slot.arrived'),
  late: t('operations.slot.late'),
  backfilled: t('operations.slot.backfilled'),
  stale: t('operations.slot.stale'),
  missing: t('operations.slot.missing'),
  quarantined: t('operations.slot.quarantined'),
  pending: t('operations.slot.pending'),
});

/** Whose data came when. */
export function PunctualityMap({ reader, picture, everyMs, onOpen }: TimedPictureProps) {
  const { t, format } = reader;
  const { late, missing, worst, rows, from, to } = picture;
  const isEmpty = rows.every(({ slots }) => slots.length === 0);
  return (
    <section className="card">
      <h2>{t('operations.map')}</h2>
      <SlotMap
        id="punctuality"
        name={t('operations.map')}
        finding={
          worst === null
            ? t('operations.map.finding', { late, missing })
            : t('operations.map.worst', { late, missing, place: worst })
        }
        texts={chartTexts(reader)}
        from={from}
        to={to}
        everyMs={everyMs}
        rows={isEmpty ? [] : rows}
        ticks={clockTicks(reader, from, to)}
        words={stateWords(reader)}
        column={t('operations.slot')}
        format={{ time: format.stamp, late: format.duration }}
        onOpen={onOpen}
      />
    </section>
  );
}

/** How many came of how many, slot by slot. */
export function Arrivals({ reader, picture, everyMs }: TimedPictureProps) {
  const { t, format } = reader;
  const words = stateWords(reader);
  const bars = arrivalsBySlot(picture, everyMs);
  const arrived = bars.reduce((sum, { values }) => sum + (values?.reduce((a, b) => a + b, 0) ?? 0), 0);
  const places = picture.rows.length;
  return (
    <section className="card">
      <h2>{t('operations.arrivals')}</h2>
      <BarChart
        id="arrivals"
        name={t('operations.arrivals')}
        finding={t('operations.arrivals.finding', {
          arrived: format.number(arrived),
          expected: format.number(picture.due),
        })}
        texts={chartTexts(reader)}
        parts={[
          { mark: 's-arrived', word: words.arrived },
          { mark: 's-late', word: words.late },
          { mark: 's-backfilled', word: words.backfilled },
        ]}
        bars={picture.due === 0 ? [] : bars}
        target={{ value: places, word: t('operations.arrivals.target', { count: places }) }}
        ticks={clockTicks(reader, picture.from, picture.to)}
        column={t('operations.slot')}
        format={{ stretch: format.stamp, value: format.number }}
      />
    </section>
  );
}

/** The share that was on time, against what it should be. */
export function PunctualityShare({ reader, picture: { due, onTime } }: PictureProps) {
  const { t, format } = reader;
  return (
    <section className="card">
      <h2>{t('operations.gauge')}</h2>
      <OnTimeGauge
        id="on-time"
        name={t('operations.gauge')}
        finding={
          due === 0
            ? t('operations.gauge.none')
            : t('operations.gauge.finding', {
                onTime: format.number(onTime),
                due: format.number(due),
                target: format.share(TARGET),
              })
        }
        value={due === 0 ? null : onTime / due}
        target={TARGET}
        label={due === 0 ? '–' : format.share(Math.floor((onTime / due) * 1000) / 1000, 1)}
      />
    </section>
  );
}
