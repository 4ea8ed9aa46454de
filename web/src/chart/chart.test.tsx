import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { BarChart } from './bar-chart.tsx';
import { csvOf } from './chart-figure.tsx';
import { FanChart, type FanChartProps, type ForecastPoint } from './fan-chart.tsx';
import { HistoryChart } from './history-chart.tsx';
import { LeadChart } from './lead-chart.tsx';
import { LeadMap } from './lead-map.tsx';
import { OnTimeGauge } from './on-time-gauge.tsx';
import type { PlotPoint } from './plot.ts';
import { ReliabilityChart } from './reliability-chart.tsx';
import { SlotMap } from './slot-map.tsx';
import type { DrawnState } from './slot-shape.tsx';
import { Sparkline } from './sparkline.tsx';

const HOUR = 3_600_000;
const setting = {
  id: 'c',
  name: 'Name',
  finding: 'What it shows.',
  texts: { table: 'Table', csv: 'CSV', keys: 'Arrows', none: 'none', empty: 'Nothing yet' },
};
const clock = (at: number) => `${at / HOUR} h`;
const degrees = (value: number) => `${value} °C`;

const drawn = (element: ReactElement) => renderToStaticMarkup(element);
const all = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].map((match) => match[1] ?? '');
const rowsOf = (html: string) =>
  all(html, /<tr>(.*?)<\/tr>/g).map((row) => all(row, /<t[hd][^>]*>(.*?)<\/t[hd]>/g).map((cell) => cell.trim()));
const pathsOf = (html: string, mark: string) => all(html, new RegExp(`<path class="${mark}"[^>]* d="([^"]*)"`, 'g'));

const expected = (at: number, mean: number, withBands = true): ForecastPoint => ({
  at,
  mean,
  bands: withBands
    ? [
        { level: 50, low: mean - 1, high: mean + 1 },
        { level: 80, low: mean - 2, high: mean + 2 },
        { level: 90, low: mean - 3, high: mean + 3 },
      ]
    : [],
});

function fan(observed: readonly PlotPoint[], forecast: readonly ForecastPoint[], more: Partial<FanChartProps> = {}) {
  return drawn(
    <FanChart
      {...setting}
      from={0}
      to={36 * HOUR}
      now={12 * HOUR}
      nowWord="now"
      observed={observed}
      forecast={forecast}
      nights={[{ from: 18 * HOUR, to: 30 * HOUR }]}
      ticks={[{ at: 0, label: '00:00' }]}
      mostApart={1.5 * HOUR}
      leastSpan={4}
      columns={{ time: 'Time', observed: 'Measured', forecast: 'Expected' }}
      bandWord={(level) => `${level} in 100`}
      format={{ time: clock, value: degrees, tick: degrees, band: (low, high) => `${low} to ${high}` }}
      {...more}
    />,
  );
}

describe('the fan chart', () => {
  const observed = [0, 1, 2].map((hour) => ({ at: hour * HOUR, value: 20 + hour }));
  const forecast = [13, 14].map((hour) => expected(hour * HOUR, 30));

  it('has its name, its finding, a plot for the keys, one status region, and every drawn number in its table', () => {
    const html = fan(observed, forecast);
    assert.match(html, /<figcaption id="c-finding">What it shows\.<\/figcaption>/);
    assert.match(html, /role="application" tabindex="0" aria-label="Name"/);
    assert.equal(all(html, /(role="status")/g).length, 1);
    assert.deepEqual(rowsOf(html), [
      ['Time', 'Measured', 'Expected', '50 in 100', '80 in 100', '90 in 100'],
      ['0 h', '20 °C', 'none', 'none', 'none', 'none'],
      ['1 h', '21 °C', 'none', 'none', 'none', 'none'],
      ['2 h', '22 °C', 'none', 'none', 'none', 'none'],
      ['13 h', 'none', '30 °C', '29 to 31', '28 to 32', '27 to 33'],
      ['14 h', 'none', '30 °C', '29 to 31', '28 to 32', '27 to 33'],
    ]);
  });

  it('draws the wider band below the narrower one', () => {
    const html = fan(observed, forecast);
    assert.deepEqual(all(html, /class="(chart-band-\d+)"/g), ['chart-band-90', 'chart-band-80', 'chart-band-50']);
  });

  it('draws no band where there is none, and none on what was measured', () => {
    assert.doesNotMatch(
      fan(
        observed,
        forecast.map(({ at, mean }) => expected(at, mean, false)),
      ),
      /chart-band/,
    );
    const [band = ''] = pathsOf(fan(observed, forecast), 'chart-band-80');
    const xs = all(band, /[ML]([\d.]+)/g).map(Number);
    assert.ok(Math.min(...xs) >= 1000 / 3, band);
  });

  it('breaks the line at a null and at a gap, and draws null nowhere', () => {
    const gaps = [
      { at: 0, value: 20 },
      { at: HOUR, value: null },
      { at: 2 * HOUR, value: 21 },
      { at: 6 * HOUR, value: 22 },
    ];
    const html = fan(gaps, []);
    assert.equal(pathsOf(html, 'chart-observed').length, 3);
    assert.equal(all(html, /(class="chart-dot")/g).length, 3);
    assert.deepEqual(rowsOf(html)[2], ['1 h', 'none', 'none']);
  });

  it('says that there is nothing, without a plot to stand in', () => {
    const html = fan([], []);
    assert.match(html, /Nothing yet/);
    assert.doesNotMatch(html, /role="application"|NaN|Infinity/);
    assert.match(fan([{ at: 0, value: null }], []), /Nothing yet/);
  });

  it('stands one point, one value, and extremes', () => {
    for (const values of [[20], [20, 20], [-60, 60], [0, 0.0001]]) {
      const html = fan(
        values.map((value, index) => ({ at: index * HOUR, value })),
        [],
      );
      assert.doesNotMatch(html, /NaN|Infinity/, String(values));
    }
  });

  it('carries no style attribute: a strict policy would drop it', () => {
    assert.doesNotMatch(fan(observed, forecast), / style="/);
  });
});

describe('the history', () => {
  const bucket = (hour: number, mean: number) => ({ at: hour * HOUR, min: mean - 2, mean, max: mean + 2 });
  const history = (series: { name: string; hours: number[] }[]) =>
    drawn(
      <HistoryChart
        {...setting}
        from={0}
        to={24 * HOUR}
        series={series.map(({ name, hours }) => ({ name, buckets: hours.map((hour) => bucket(hour, 20)) }))}
        widthMs={HOUR}
        ticks={[]}
        leastSpan={4}
        columns={{ time: 'Time', min: 'min', mean: 'mean', max: 'max' }}
        format={{ time: clock, value: degrees, tick: degrees }}
      />,
    );

  it('leaves a gap for an empty stretch, in the line and in the range', () => {
    const html = history([{ name: 'Kolda', hours: [0, 1, 2, 6, 7] }]);
    assert.equal(pathsOf(html, 'chart-series-1').length, 2);
    assert.equal(pathsOf(html, 'chart-range-1').length, 2);
    assert.equal(rowsOf(html).length, 6);
  });

  it('names the place in every column when there are several, and keeps a hole of one a hole', () => {
    const html = history([
      { name: 'Kolda', hours: [0, 1] },
      { name: 'Matam', hours: [1] },
    ]);
    assert.deepEqual(rowsOf(html)[0]?.slice(1, 5), ['Kolda, min', 'Kolda, mean', 'Kolda, max', 'Matam, min']);
    assert.deepEqual(rowsOf(html)[1]?.slice(4), ['none', 'none', 'none']);
  });

  it('has nothing to stand on without data', () => assert.match(history([]), /Nothing yet/));
});

describe('bars', () => {
  const bars = (values: readonly (readonly number[] | null)[], target?: number) =>
    drawn(
      <BarChart
        {...setting}
        parts={[
          { mark: 's-arrived', word: 'on time' },
          { mark: 's-late', word: 'late' },
        ]}
        bars={values.map((one, index) => ({ from: index, to: index + 1, values: one }))}
        {...(target === undefined ? {} : { target: { value: target, word: 'expected' } })}
        ticks={[]}
        column="Slot"
        format={{ stretch: (from) => `slot ${from}`, value: String }}
      />,
    );
  /** Heights of the drawn bars in units of the target line's height. */
  const heights = (html: string, mark: string) =>
    all(html, new RegExp(`<rect class="${mark}"[^>]* x="[^"]*"[^>]* height="([^"]*)"`, 'g')).map(Number);

  it('are as high as their numbers, stacked, and a stretch of which nothing is known has none', () => {
    const html = bars([[12, 1], [6, 0], null], 13);
    const [twelve = 0, six = 0, ...more] = heights(html, 's-arrived').filter((height) => height !== 12);
    assert.deepEqual(more, []);
    assert.ok(Math.abs(twelve / six - 2) < 0.02, `${twelve} ${six}`);
    assert.deepEqual(rowsOf(html).slice(1), [
      ['slot 0', '12', '1'],
      ['slot 1', '6', '0'],
      ['slot 2', 'none', 'none'],
    ]);
  });

  it('of nothing are an empty state', () => assert.match(bars([]), /Nothing yet/));
  it('of zeros only have a scale', () => assert.doesNotMatch(bars([[0, 0]]), /NaN|Infinity/));
});

describe('the map of slots', () => {
  const words = {
    arrived: 'on time',
    late: 'late',
    backfilled: 'filled in later',
    stale: 'old reading',
    missing: 'missing',
    quarantined: 'quarantined',
    pending: 'awaited',
  };
  const slot = (hour: number, state: DrawnState, lateMs: number | null = null) => ({
    slotAt: hour * HOUR,
    state,
    lateMs,
  });
  const map = (rows: readonly { id: string; name: string; slots: ReturnType<typeof slot>[] }[], hours = 4) =>
    drawn(
      <SlotMap
        {...setting}
        from={0}
        to={hours * HOUR}
        everyMs={HOUR}
        rows={rows}
        ticks={[]}
        words={words}
        column="Slot"
        format={{ time: clock, late: (ms) => `${ms / 60_000} min` }}
      />,
    );

  it('draws a run of one state as one shape, and leaves out a slot that is not there', () => {
    const html = map([
      { id: 'kolda', name: 'Kolda', slots: [slot(0, 'arrived'), slot(1, 'arrived'), slot(3, 'late', 420_000)] },
    ]);
    const plot = html.slice(html.indexOf('role="application"'));
    assert.deepEqual(all(plot, /class="(s-[a-z]+)"/g), ['s-arrived', 's-late']);
    assert.match(plot, /class="s-arrived" x="0" width="2"/);
    assert.deepEqual(rowsOf(html), [
      ['Slot', 'Kolda'],
      ['0 h', 'on time'],
      ['1 h', 'on time'],
      ['2 h', 'none'],
      ['3 h', 'late 7 min'],
    ]);
  });

  it('gives every state another shape, so that it can be read without colours', () => {
    const shapes = new Map<string, string>();
    for (const state of Object.keys(words) as DrawnState[]) {
      const html = map([{ id: 'a', name: 'A', slots: [slot(0, state)] }], 1);
      const plot = html.slice(html.indexOf('role="application"'), html.indexOf('chart-cell-edge'));
      shapes.set(all(plot, /<rect class="s-[a-z]+"[^>]*( y="[^"]*" height="[^"]*")/g).join(), state);
    }
    assert.equal(shapes.size, 7);
  });

  it('of no place is an empty state', () => assert.match(map([]), /Nothing yet/));
});

describe('the gauge', () => {
  const gauge = (value: number | null) =>
    drawn(
      <OnTimeGauge
        id="g"
        name="On time"
        finding="48 of 52 on time"
        value={value}
        target={0.95}
        label={String(value)}
      />,
    );
  it('has no arc without a value, and another mark below the target', () => {
    assert.doesNotMatch(gauge(null), /gauge-fill/);
    assert.match(gauge(0.94), /gauge-fill short/);
    assert.match(gauge(0.95), /gauge-fill good/);
    assert.doesNotMatch(gauge(0) + gauge(1), /NaN/);
  });
});

describe('skill', () => {
  it('by lead breaks each line where nothing was scored', () => {
    const html = drawn(
      <LeadChart
        {...setting}
        leads={[1, 2, 3]}
        series={[
          { name: 'ours', values: [0.4, null, 0.6] },
          { name: 'persistence', values: [0.5, 1, 2] },
        ]}
        ticks={[]}
        column="Lead"
        format={{ lead: (hours) => `+${hours} h`, value: String, tick: String }}
      />,
    );
    assert.equal(pathsOf(html, 'chart-series-1').length, 2);
    assert.equal(pathsOf(html, 'chart-series-2').length, 1);
    assert.deepEqual(rowsOf(html)[2], ['+2 h', 'none', '1']);
  });

  it('by promise lies on the diagonal when every promise is kept', () => {
    const html = drawn(
      <ReliabilityChart
        {...setting}
        points={[0, 0.5, 1].map((promised) => ({ promised, observed: promised }))}
        columns={{ promised: 'promised', observed: 'came true' }}
        perfectWord="kept"
        format={(share) => `${share * 100} %`}
      />,
    );
    const [perfect = ''] = pathsOf(html, 'chart-perfect');
    const [line = ''] = pathsOf(html, 'chart-series-1');
    assert.equal(line.split('L')[0]?.replace(',', ' '), perfect.split('L')[0]);
    assert.equal(line.split('L').at(-1)?.replace(',', ' '), perfect.split('L').at(-1));
  });

  it('by hour and lead leaves a cell without a value empty and colours the largest darkest', () => {
    const html = drawn(
      <LeadMap
        {...setting}
        rowNames={['1–6 h', '7–12 h']}
        columnNames={['00', '12']}
        cells={[
          { row: 0, column: 0, value: 0.5 },
          { row: 0, column: 1, value: 1 },
          { row: 1, column: 1, value: 2 },
        ]}
        corner="Lead"
        format={String}
      />,
    );
    const plot = html.slice(html.indexOf('role="application"'));
    assert.deepEqual(all(plot, /class="(heat-\d)"/g), ['heat-1', 'heat-3', 'heat-7']);
    assert.deepEqual(rowsOf(html)[2], ['7–12 h', 'none', '2']);
  });
});

describe('a sparkline', () => {
  it('keeps gaps and says nothing to who does not see it', () => {
    const points = [
      { at: 0, value: 1 },
      { at: 1, value: null },
      { at: 2, value: 2 },
    ];
    const html = drawn(<Sparkline from={0} to={2} points={points} mostApart={5} leastSpan={1} />);
    assert.equal(pathsOf(html, 'chart-observed').length, 2);
    assert.match(html, /aria-hidden="true"/);
  });
});

describe('the file of a table', () => {
  it('is CSV by RFC 4180', () => {
    assert.equal(csvOf({ columns: ['a', 'b'], rows: [['1,5', 'x"y']] }), '\ufeffa,b\r\n"1,5","x""y"\r\n');
  });
});
