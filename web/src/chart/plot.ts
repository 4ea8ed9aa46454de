import { scaleLinear } from 'd3-scale';

/**
 * Every plot is 1,000 units wide, whatever the page's width: shapes are stretched, texts and dots are placed by a share
 * of the width and stay round and readable. Heights are pixels.
 */
export const PLOT_WIDTH = 1000;

export type Scale = (value: number) => number;

export const xScale = (from: number, to: number): Scale =>
  scaleLinear()
    .domain(from === to ? [from - 1, to + 1] : [from, to])
    .range([0, PLOT_WIDTH]);

/** A place along the width, as an attribute of a text or a dot. */
export const share = (x: number): string => `${round(x / (PLOT_WIDTH / 100), 2)}%`;

export const round = (value: number, decimals = 1): number => Math.round(value * 10 ** decimals) / 10 ** decimals;

export interface ValueAxis {
  readonly y: Scale;
  /** Round values with a line each, lowest first. */
  readonly ticks: readonly number[];
}

/**
 * The vertical axis that holds all `values`, from `top` to `bottom` pixels. `leastSpan` keeps a calm day from being
 * drawn as a stormy one; without values it is centred on 0.
 */
export function valueAxis(
  values: readonly number[],
  { top, bottom, leastSpan, from }: { top: number; bottom: number; leastSpan: number; from?: number },
): ValueAxis {
  const low = from ?? values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), from ?? Number.NEGATIVE_INFINITY);
  const [first, last] = low > high ? [0, 0] : [low, high];
  const lacking = Math.max(0, leastSpan - (last - first));
  const domain = from === undefined ? [first - lacking / 2, last + lacking / 2] : [first, last + lacking];
  const scale = scaleLinear().domain(domain).nice(4).range([bottom, top]);
  return { y: (value) => round(scale(value)), ticks: scale.ticks(4) };
}

/** A point of a line: `null` is "not measured", and the line is broken there. */
export interface PlotPoint {
  readonly at: number;
  readonly value: number | null;
}

/** The unbroken stretches of a line: parted by every null and by every distance over `mostApart`. */
export function stretches(points: readonly PlotPoint[], mostApart = Number.POSITIVE_INFINITY): PlotPoint[][] {
  const found: PlotPoint[][] = [];
  let open: PlotPoint[] = [];
  for (const point of points) {
    const before = open.at(-1);
    if (point.value === null || (before && point.at - before.at > mostApart)) open = [];
    if (point.value === null) continue;
    if (open.length === 0) found.push(open);
    open.push(point);
  }
  return found;
}
