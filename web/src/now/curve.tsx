import type { z } from 'zod';
import type { ForecastReply, historyReply, PlaceDetail } from '../../../src/serve/contract.ts';
import { useAnswer } from '../app/answers.ts';
import { useChartTexts } from '../app/chart-texts.ts';
import { useNow } from '../app/now.tsx';
import { QUANTITIES, quantityIn, type Shown } from '../app/quantities.ts';
import { useReader } from '../app/reader.tsx';
import { FanChart } from '../chart/fan-chart.tsx';
import { DayCourse } from './day-course.tsx';
import { bandAt } from './quantiles.ts';
import { curvePath } from './region-asks.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A day of the quantity that the address asks for; of temperature, twelve hours as they were and a day as it is expected. */
export function Curve({ place, forecast }: { readonly place: PlaceDetail; readonly forecast: ForecastReply | null }) {
  const { t, search } = useReader();
  const quantity = quantityIn(search);
  return (
    <section className="card" id="courbe">
      <h2>{t(`web.quantity.${quantity}`)}</h2>
      <QuantityTabs id={place.id} quantity={quantity} />
      {quantity === 'temperatureC' ? (
        <TemperatureCurve place={place} forecast={forecast} />
      ) : (
        <DayCourse place={place} quantity={quantity} />
      )}
    </section>
  );
}

/** Links: they work before and without any script, and the page that is shown can be sent to somebody. */
function QuantityTabs({ id, quantity }: { readonly id: string; readonly quantity: Shown }) {
  const { t, href } = useReader();
  return (
    <nav className="tabs" aria-label={t('web.history.quantity')}>
      <ul>
        {QUANTITIES.map((one) => (
          <li key={one}>
            <a href={`${href(`r/${id}`)}?grandeur=${one}#courbe`} aria-current={one === quantity ? 'true' : undefined}>
              {t(`web.quantity.${one}`)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function TemperatureCurve({
  place,
  forecast,
}: {
  readonly place: PlaceDetail;
  readonly forecast: ForecastReply | null;
}) {
  const { t, format, temperature, degrees, search } = useReader();
  const texts = useChartTexts();
  const now = useNow();
  const history = useAnswer<z.infer<typeof historyReply>>(curvePath(place.id, search));
  const from = now - 12 * HOUR_MS;
  const to = now + DAY_MS;
  const hours = (forecast?.hours ?? []).flatMap(({ validAt, meanC, quantilesC }) => {
    const at = Date.parse(validAt);
    if (at <= now || at > to) return [];
    const bands = ([80, 50] as const).flatMap((level) => {
      const band = bandAt(forecast?.levels ?? [], quantilesC, level / 100);
      return band ? [{ level, ...band }] : [];
    });
    return [{ at, mean: meanC, bands }];
  });
  const hasBand = hours.some(({ bands }) => bands.length > 0);
  return (
    <FanChart
      id="curve"
      name={t('web.curve.name', { place: place.names[format.locale] })}
      finding={`${findingOf()} ${t(hasBand ? 'web.curve.band' : 'web.curve.no-band')}`}
      texts={texts}
      from={from}
      to={to}
      now={now}
      nowWord={t('web.curve.now')}
      observed={(history?.items ?? []).map(({ at, mean }) => ({ at: Date.parse(at), value: mean }))}
      forecast={hours}
      nights={nightsOf(place, from, to)}
      ticks={ticksOf()}
      mostApart={40 * 60_000}
      leastSpan={8}
      columns={{ time: t('web.table.time'), observed: t('web.table.observed'), forecast: t('web.table.forecast') }}
      bandWord={(level) => t('web.curve.band-word', { times: level / 10 })}
      format={{
        time: format.stamp,
        value: (value) => temperature(value),
        band: (low, high) => t('web.range', { low: temperature(low), high: temperature(high) }),
        tick: degrees,
      }}
    />
  );

  function findingOf(): string {
    const peak = hours.reduce<(typeof hours)[number] | null>(
      (top, hour) => (top && top.mean >= hour.mean ? top : hour),
      null,
    );
    if (!peak) return t('web.hours.none');
    return t('web.curve.finding', { value: temperature(peak.mean, 0), time: format.stamp(peak.at) });
  }

  function ticksOf() {
    const first = Math.ceil(from / (6 * HOUR_MS)) * 6 * HOUR_MS;
    return Array.from({ length: 7 }, (_, index) => first + index * 6 * HOUR_MS)
      .filter((at) => at < to)
      .map((at) => ({ at, label: format.clock(at) }));
  }
}

/** While the sun is down, from the sunrise and sunset of the newest reading, a day before and two after. */
export function nightsOf({ latest }: PlaceDetail, from: number, to: number): { from: number; to: number }[] {
  if (!latest?.sunriseAt || !latest.sunsetAt) return [];
  const [rise, set] = [Date.parse(latest.sunriseAt), Date.parse(latest.sunsetAt)];
  return [-2, -1, 0, 1, 2]
    .map((day) => ({ from: set + day * DAY_MS, to: rise + (day + 1) * DAY_MS }))
    .filter((night) => night.to > from && night.from < to)
    .map((night) => ({ from: Math.max(from, night.from), to: Math.min(to, night.to) }));
}
