import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { geoContains, geoMercator, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { fit, type Outline } from '../web/src/map/projection.ts';

/**
 * The map behind each list of regions, drawn from world-atlas (Natural Earth 1:50m, public domain): `--write` makes
 * web/src/map/<list>.json (how a place is put on it) and <list>.svg (its shapes, a file that pages refer to) for every
 * regions/<list>.json, `--check` fails when one is another.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const WIDTH = 520;
const MARGIN = 44;

type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;
const world: World = JSON.parse(readFileSync(join(root, 'node_modules', 'world-atlas', 'countries-50m.json'), 'utf8'));

interface Drawn {
  readonly outline: Outline;
  readonly shapes: string;
}

export function drawn(places: readonly { readonly latitude: number; readonly longitude: number }[]): Drawn {
  const fitted = fit(places, WIDTH, MARGIN);
  const projection = geoMercator()
    .scale((fitted.scale * 180) / Math.PI)
    .translate([fitted.dx, fitted.dy])
    .clipExtent([
      [-2, -2],
      [fitted.width + 2, fitted.height + 2],
    ]);
  const path = geoPath(projection).digits(1);
  const countries = feature(world, world.objects.countries).features;
  const inside = countries.map((country) => ({
    country,
    count: places.filter(({ longitude, latitude }) => geoContains(country, [longitude, latitude])).length,
  }));
  const home = inside.reduce((most, one) => (one.count > most.count ? one : most)).country;
  const shapes = {
    land: path(feature(world, world.objects.land)),
    home: path(home),
    borders: path(mesh(world, world.objects.countries, (a, b) => a !== b)),
  };
  return {
    outline: {
      ...fitted,
      scale: Math.round(fitted.scale * 1e4) / 1e4,
      dx: Math.round(fitted.dx * 100) / 100,
      dy: Math.round(fitted.dy * 100) / 100,
    },
    shapes: `<svg xmlns="http://www.w3.org/2000/svg">${Object.entries(shapes)
      .map(([id, d]) => `<path id="${id}" d="${d ?? ''}"/>`)
      .join('')}</svg>\n`,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lists = globSync('regions/*.json', { cwd: root });
  const stale = lists.filter((list) => {
    const file = join(root, 'web', 'src', 'map', basename(list, '.json'));
    const { outline, shapes } = drawn(JSON.parse(readFileSync(join(root, list), 'utf8')));
    const texts = [
      [`${file}.json`, `${JSON.stringify(outline)}\n`],
      [`${file}.svg`, shapes],
    ] as const;
    if (process.argv.includes('--write')) for (const [path, text] of texts) writeFileSync(path, text);
    return texts.some(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
  });
  for (const list of stale) console.error(`maps: that of ${list} is stale; run "npm run docs"`);
  if (stale.length === 0) console.log(`maps: ${lists.length} drawn`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}
