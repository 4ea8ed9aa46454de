import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((index) => {
      const share = Number.parseInt(hex.slice(index, index + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test('every colour can be read on what it stands on, in light and dark', () => {
  const css = readFileSync(new URL('./style.css', import.meta.url), 'utf8');
  const tokens = new Map(
    [...css.matchAll(/--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map((match) => [
      match[1],
      [match[2] ?? '', match[3] ?? ''],
    ]),
  );
  const check = (front: string, back: string, least: number) => {
    for (const scheme of [0, 1]) {
      const ratio = contrast(tokens.get(front)?.[scheme] ?? '', tokens.get(back)?.[scheme] ?? '');
      assert.ok(ratio >= least, `${front} on ${back} (${scheme === 0 ? 'light' : 'dark'}): ${ratio.toFixed(2)}`);
    }
  };
  for (const front of ['text', 'muted', 'link']) for (const back of ['card', 'ground']) check(front, back, 4.5);
  check('text', 'sand', 4.5);
  check('sun', 'ground', 3);
});
