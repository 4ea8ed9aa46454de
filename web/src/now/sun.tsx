import type { PlaceDetail } from '../../../src/serve/contract.ts';
import { useNow } from '../app/now.tsx';
import { useReader } from '../app/reader.tsx';

/** Sunrise, sunset and where the sun stands between them. */
export function Sun({ place: { latest } }: { readonly place: PlaceDetail }) {
  const { t, format } = useReader();
  const now = useNow();
  if (!latest?.sunriseAt || !latest.sunsetAt) return null;
  const [rise, set] = [Date.parse(latest.sunriseAt), Date.parse(latest.sunsetAt)];
  const share = Math.min(1, Math.max(0, (now - rise) / (set - rise)));
  const angle = Math.PI * (1 - share);
  const up = now >= rise && now <= set;
  return (
    <section className="card sun">
      <h2>{t('web.sun')}</h2>
      <svg viewBox="0 0 200 92" aria-hidden="true">
        <path className="sun-path" d="M20 84A80 76 0 0 1 180 84" />
        <path className="sun-ground" d="M4 84H196" />
        {up && <circle className="sun-disc" cx={100 + 80 * Math.cos(angle)} cy={84 - 76 * Math.sin(angle)} r="8" />}
      </svg>
      <dl>
        <div>
          <dt>{t('web.sunrise')}</dt>
          <dd>{format.clock(rise)}</dd>
        </div>
        <div>
          <dt>{t('web.day-length')}</dt>
          <dd>
            {format.number(Math.floor((set - rise) / 3_600_000))}&nbsp;h{' '}
            {format.number(Math.floor(((set - rise) / 60_000) % 60))}
            &nbsp;min
          </dd>
        </div>
        <div>
          <dt>{t('web.sunset')}</dt>
          <dd>{format.clock(set)}</dd>
        </div>
      </dl>
    </section>
  );
}
