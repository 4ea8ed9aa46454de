import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { historyReply, PlaceDetail } from '../../../src/serve/contract.ts';
import { useAnswer } from '../app/answers.ts';
import { useNow } from '../app/now.tsx';
import { type TextId, useReader } from '../app/reader.tsx';
import { Sparkline } from '../chart/sparkline.tsx';
import { comfortWord, compassWord, sightWord, tendencyWord, uvWord, windWord } from './levels.ts';
import { type Drawn, historyPath } from './region-asks.ts';

type History = z.infer<typeof historyReply>;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Every quantity of the original: value, word, course of the day. What was not measured says so. */
export function Cards({ place: { id, latest } }: { readonly place: PlaceDetail }) {
  const { t, format, temperature, wind } = useReader();
  const pressure = useAnswer<History>(historyPath(id, 'pressureHpa'));
  const value = latest ?? null;
  const wordOf = (word: TextId | null) => (word === null ? null : t(word));
  const change = pressureChange(pressure, value?.pressureHpa ?? null, value ? Date.parse(value.validAt) : 0);
  return (
    <section aria-label={t('web.cards')} className="cards">
      <Card name={t('web.feels-like')} value={value?.feelsLikeC ?? null} write={(v) => temperature(v)}>
        {value?.temperatureC != null && t('web.feels-like.beside', { value: temperature(value.temperatureC) })}
      </Card>
      <Card
        id={id}
        quantity="windSpeedMps"
        leastSpan={5}
        name={t('web.wind')}
        value={value?.windSpeedMps ?? null}
        write={wind}
      >
        {value?.windSpeedMps != null && t(windWord(value.windSpeedMps))}
        {value?.windFromDirectionDeg != null && (
          <>
            {' · '}
            <WindArrow fromDeg={value.windFromDirectionDeg} /> {t(compassWord(value.windFromDirectionDeg))}
          </>
        )}
        {value?.windGustMps != null && ` · ${t('web.gust', { value: wind(value.windGustMps) })}`}
      </Card>
      <Card
        id={id}
        quantity="humidityPct"
        leastSpan={20}
        name={t('web.humidity')}
        value={value?.humidityPct ?? null}
        write={(v) => format.quantity(v, 'percent')}
      >
        {value?.dewPointC != null &&
          `${t(comfortWord(value.dewPointC))} · ${t('web.dew-point', { value: temperature(value.dewPointC, 0) })}`}
      </Card>
      <Card
        id={id}
        quantity="visibilityM"
        leastSpan={4000}
        name={t('web.visibility')}
        value={value?.visibilityM ?? null}
        write={(v) => format.quantity(v, 'kilometres')}
      >
        {value?.visibilityM != null && wordOf(sightWord(value.visibilityM))}
        {value?.conditionId === 731 || value?.conditionId === 761 || value?.conditionId === 751
          ? ` · ${t('web.dust')}`
          : null}
      </Card>
      <Card
        id={id}
        quantity="pressureHpa"
        leastSpan={6}
        name={t('web.pressure')}
        value={value?.pressureHpa ?? null}
        write={(v) => format.quantity(v, 'hectopascals')}
      >
        {change !== null && t(tendencyWord(change))}
      </Card>
      <Card
        id={id}
        quantity="uvIndex"
        leastSpan={6}
        name={t('web.uv')}
        value={value?.uvIndex ?? null}
        write={(v) => format.number(v, 1)}
      >
        {value?.uvIndex != null && t(uvWord(value.uvIndex))}
      </Card>
    </section>
  );
}

interface CardProps {
  readonly name: string;
  readonly value: number | null;
  readonly write: (value: number) => string;
  readonly id?: string;
  readonly quantity?: Drawn;
  readonly leastSpan?: number;
  readonly children: ReactNode;
}

function Card({ name, value, write, id, quantity, leastSpan = 1, children }: CardProps) {
  const { t } = useReader();
  return (
    <div className="card quantity">
      <h2>{name}</h2>
      <p className="quantity-value">{value === null ? t('web.not-measured') : write(value)}</p>
      <p className="quantity-word">{children}</p>
      {id !== undefined && quantity !== undefined && (
        <Course id={id} quantity={quantity} leastSpan={leastSpan} write={write} />
      )}
    </div>
  );
}

function Course({
  id,
  quantity,
  leastSpan,
  write,
}: {
  readonly id: string;
  readonly quantity: Drawn;
  readonly leastSpan: number;
  readonly write: (value: number) => string;
}) {
  const { t } = useReader();
  const now = useNow();
  const history = useAnswer<History>(historyPath(id, quantity));
  if (!history || history.items.length === 0) return null;
  const low = Math.min(...history.items.map(({ min }) => min));
  const high = Math.max(...history.items.map(({ max }) => max));
  return (
    <>
      <Sparkline
        from={now - DAY_MS}
        to={now}
        points={history.items.map(({ at, mean }) => ({ at: Date.parse(at), value: mean }))}
        mostApart={HOUR_MS}
        leastSpan={leastSpan}
      />
      <p className="muted quantity-course">{t('web.course', { low: write(low), high: write(high) })}</p>
    </>
  );
}

function WindArrow({ fromDeg }: { readonly fromDeg: number }) {
  return (
    <svg className="wind-arrow" viewBox="-8 -8 16 16" aria-hidden="true">
      <path d="M0 -6V6M-4 2L0 6L4 2" transform={`rotate(${Math.round(fromDeg)})`} />
    </svg>
  );
}

/** Against the reading nearest to three hours before; `null` without one. */
function pressureChange(history: History | null, now: number | null, at: number): number | null {
  if (now === null || !history) return null;
  const then = history.items.find((item) => Math.abs(Date.parse(item.at) - (at - 3 * HOUR_MS)) <= HOUR_MS / 2);
  return then ? now - then.mean : null;
}
