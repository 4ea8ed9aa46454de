import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { renderToStaticMarkup } from 'react-dom/server';
import { RegionScene } from './region-scene.tsx';

const regions: { landscape: string }[] = JSON.parse(
  readFileSync(new URL('../../../regions/senegal.json', import.meta.url), 'utf8'),
);
const LANDS = [...new Set([...regions.map(({ landscape }) => landscape), 'mangrove', 'city'])];
const scene = (landscape: string | null, isDay = true) =>
  renderToStaticMarkup(<RegionScene id="s" landscape={landscape} isDay={isDay} />);

describe('the scenes', () => {
  it('are another for every landscape of the regions, at most 4 KB, by day and by night', () => {
    assert.equal(new Set(LANDS.map((land) => scene(land))).size, LANDS.length);
    for (const land of LANDS)
      for (const isDay of [true, false])
        assert.ok(scene(land, isDay).length <= 4096 && !/ style=/.test(scene(land)), land);
    assert.notEqual(scene('coast'), scene('coast', false));
  });

  it('show savanna where nothing or something unknown is said', () => {
    assert.equal(scene(null), scene('savanna'));
    assert.equal(scene('constructor'), scene('savanna'));
  });
});
