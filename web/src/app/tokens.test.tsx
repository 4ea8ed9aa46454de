import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

/** WCAG 1.4.3 and 1.4.11. */
const TEXT = 4.5;
const GRAPHICS = 3;
const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

const sheets = ['./tokens.css', '../chart/chart.css'].map((file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8'),
);
const TOKENS = new Map(
  [...sheets.join('').matchAll(/(--[\w-]+): light-dark\((#\w+), (#\w+)\);/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string, scheme: Scheme): number {
  const [a, b] = [one, other].map((name) => {
    const token = TOKENS.get(name);
    assert.ok(token, `there is no ${name}`);
    return luminance(token[scheme]);
  }) as [number, number];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** What stands on what, and how clearly it must. */
const PAIRS: readonly (readonly [on: readonly string[], what: readonly string[], least: number])[] = [
  [['--card', '--ground'], ['--text', '--muted', '--link', '--good', '--late', '--missing'], TEXT],
  [['--sand'], ['--text', '--link', '--muted'], TEXT],
  [['--card', '--ground'], ['--edge', '--sun'], GRAPHICS],
  [['--chart-card'], ['--chart-text', '--chart-muted'], TEXT],
  [
    ['--chart-card'],
    [
      '--chart-line',
      '--chart-edge',
      '--chart-second',
      '--chart-third',
      '--chart-on-time',
      '--chart-late',
      '--chart-missing',
      '--chart-later',
    ],
    GRAPHICS,
  ],
  [['--chart-band-50', '--chart-band-80'], ['--chart-line'], GRAPHICS],
  [['--chart-band-80', '--chart-band-90', '--chart-night'], ['--chart-edge'], GRAPHICS],
];
/** Lines between rows, and behind curves: nothing is read from them. */
const ORNAMENT = ['--rule', '--chart-grid'];

describe('colours', () => {
  for (const scheme of SCHEMES)
    it(`text has 4.5, graphics 3 to what they stand on, ${scheme}`, () => {
      const poor = PAIRS.flatMap(([grounds, marks, least]) =>
        grounds.flatMap((ground) =>
          marks
            .map((mark) => ({ mark, ground, measured: contrast(mark, ground, scheme) }))
            .filter(({ measured }) => measured < least)
            .map(({ mark, measured }) => `${mark} on ${ground}: ${measured.toFixed(2)} of ${least}`),
        ),
      );
      assert.deepEqual(poor, []);
    });

  it('are all looked at: none is added that stands on nothing', () => {
    const looked = new Set(PAIRS.flatMap(([grounds, marks]) => [...grounds, ...marks]));
    assert.deepEqual(
      [...TOKENS.keys()].filter((name) => !looked.has(name)),
      ORNAMENT,
    );
  });
});
