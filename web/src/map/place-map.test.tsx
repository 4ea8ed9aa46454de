import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { renderToStaticMarkup } from 'react-dom/server';
import { placeLabels } from './labels.ts';
import { PlaceMap } from './place-map.tsx';
import { fit, type Outline, project } from './projection.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const outline: Outline = JSON.parse(read('./senegal.json'));
const regions: { id: string; names: { fr: string }; latitude: number; longitude: number }[] = JSON.parse(
  read('../../../regions/senegal.json'),
);
const points = regions.map((region) => ({
  id: region.id,
  ...project(outline, region),
  text: `${region.names.fr} 38°`,
}));

describe('the map', () => {
  it('weighs at most 4 KB on the wire', () => assert.ok(gzipSync(read('./senegal.svg'), { level: 9 }).length <= 4096));

  it('holds every place inside', () => {
    for (const { x, y, id } of points) assert.ok(x > 0 && x < outline.width && y > 0 && y < outline.height, id);
  });

  it('writes the thirteen names where none covers another or leaves the map', () => {
    const boxes = placeLabels(points, outline).map(({ textX, textY, text }) => ({
      left: textX,
      right: textX + text.length * 7,
      top: textY - 11,
      bottom: textY + 3,
      text,
    }));
    for (const [index, a] of boxes.entries()) {
      assert.ok(a.left >= 0 && a.right <= outline.width && a.top >= 0 && a.bottom <= outline.height, a.text);
      for (const b of boxes.slice(index + 1))
        assert.ok(
          a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top,
          `${a.text} ${b.text}`,
        );
    }
  });

  it('draws a line to a name that had to move away', () => {
    const crowd = Array.from({ length: 9 }, (_, index) => ({
      id: `p${index}`,
      x: 260,
      y: 200 + index * 4,
      text: 'Thiès 38°',
    }));
    assert.ok(placeLabels(crowd, outline).some(({ leader }) => leader !== null));
  });

  it('stands one place, and places at one spot', () => {
    const one = fit([{ latitude: 14, longitude: -15 }], 500, 40);
    assert.ok(one.height > 0 && Number.isFinite(one.scale));
  });

  it('links every place with its whole sentence, from north to south, and prints no value that is not there', () => {
    const html = renderToStaticMarkup(
      <PlaceMap
        outline={outline}
        shapes="/map.svg"
        name="Carte"
        places={regions.map(({ id, names, latitude, longitude }) => ({
          id,
          name: names.fr,
          latitude,
          longitude,
          value: id === 'kolda' ? null : '30°',
          step: 4,
          state: id === 'kolda' ? 'missing' : 'fresh',
          href: `/fr/r/${id}`,
          sentence: `${names.fr}, 30 degrés`,
        }))}
      />,
    );
    const order = [...html.matchAll(/href="\/fr\/r\/([a-z-]+)"/g)].map((match) => match[1]);
    assert.equal(order.length, 13);
    assert.equal(order[0], 'podor');
    assert.equal(order.at(-1), 'cap-skirring');
    assert.match(html, /aria-label="Kolda, 30 degrés" class="map-place missing"/);
    assert.equal([...html.matchAll(/30°/g)].length, 12);
  });
});
