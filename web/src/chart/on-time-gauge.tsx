import { arc } from 'd3-shape';

export interface OnTimeGaugeProps {
  readonly id: string;
  readonly name: string;
  /** `48 / 52 à l’heure · objectif 95 %`: everything that the arc shows. */
  readonly finding: string;
  /** Share of 1; `null` while nothing was expected. */
  readonly value: number | null;
  readonly target: number;
  /** The value as it is read in the middle; says that there is none. */
  readonly label: string;
}

const HALF_TURN = Math.PI;
const OUTER = 88;
const INNER = 68;

/** A half circle filled to the value, with a tick at the target: an arc of nothing where there is no value. */
export function OnTimeGauge({ id, name, finding, value, target, label }: OnTimeGaugeProps) {
  const angleOf = (part: number) => (Math.min(1, Math.max(0, part)) - 0.5) * HALF_TURN;
  const shape = arc<{ readonly from: number; readonly to: number }>()
    .innerRadius(INNER)
    .outerRadius(OUTER)
    .startAngle(({ from }) => angleOf(from))
    .endAngle(({ to }) => angleOf(to));
  const tick = angleOf(target) - HALF_TURN / 2;
  const [cos, sin] = [Math.cos(tick), Math.sin(tick)];
  const mark = value === null ? '' : value >= target ? 'good' : 'short';
  return (
    <figure className="chart gauge">
      <svg viewBox="-100 -100 200 112" width="200" height="112" role="img" aria-labelledby={`${id}-name ${id}-finding`}>
        <title id={`${id}-name`}>{name}</title>
        <path className="gauge-track" d={shape({ from: 0, to: 1 }) ?? ''} />
        {value !== null && <path className={`gauge-fill ${mark}`} d={shape({ from: 0, to: value }) ?? ''} />}
        <line
          className="gauge-target"
          x1={(cos * (INNER - 6)).toFixed(1)}
          y1={(sin * (INNER - 6)).toFixed(1)}
          x2={(cos * (OUTER + 6)).toFixed(1)}
          y2={(sin * (OUTER + 6)).toFixed(1)}
        />
        <text className="gauge-value" textAnchor="middle" x="0" y="-6">
          {label}
        </text>
      </svg>
      <figcaption id={`${id}-finding`}>{finding}</figcaption>
    </figure>
  );
}
