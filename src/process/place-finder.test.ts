import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePlaces } from '../weather/place.ts';
import { placeFinder } from './place-finder.ts';

const places = parsePlaces([
  { name: 'Saint-Louis', latitude: 16.05, longitude: -16.45 },
  { name: 'Thies', names: { fr: 'Thiès', en: 'Thies' }, latitude: 14.7948093, longitude: -16.9529272 },
  { id: 'suva', name: 'Suva', latitude: -18.1, longitude: 179.99 },
]);
const finder = placeFinder(places);
const nothing = { id: undefined, name: undefined, latitude: undefined, longitude: undefined };
const find = ({ id, name, latitude, longitude }: Record<keyof typeof nothing, unknown>) =>
  finder(id, name, latitude, longitude);

describe('placeFinder', () => {
  it('goes by the id first, whatever else is said', () => {
    assert.equal(find({ id: 'suva', name: 'Thies', latitude: 16.05, longitude: -16.45 })?.id, 'suva');
    assert.equal(find({ ...nothing, id: 'gone', name: 'Thies' }), null);
    assert.equal(find({ ...nothing, id: 7, name: 'Thies' }), null);
  });

  it('knows a name in any case, with and without accents and hyphens', () => {
    for (const name of ['Saint-Louis', 'saint louis', 'SAINT-LOUIS', ' Saint_Louis '])
      assert.equal(find({ ...nothing, name })?.id, 'saint-louis', name);
    assert.equal(find({ ...nothing, name: 'THIÈS' })?.id, 'thies');
    assert.equal(find({ ...nothing, name: 'Saint' }), null);
    assert.equal(find({ ...nothing, name: '' }), null);
  });

  it('goes by the coordinates only when nothing is named, and only when they are near', () => {
    assert.equal(find({ ...nothing, latitude: 14.8, longitude: -16.95 })?.id, 'thies');
    assert.equal(find({ ...nothing, latitude: 14.9, longitude: -16.95 }), null);
    assert.equal(find({ ...nothing, name: 'Atlantis', latitude: 14.8, longitude: -16.95 }), null);
    assert.equal(find({ ...nothing, latitude: '14.8', longitude: -16.95 }), null);
    assert.equal(find({ ...nothing, latitude: Number.NaN, longitude: Number.NaN }), null);
  });

  it('finds a place across the date line', () => {
    assert.equal(find({ ...nothing, latitude: -18.1, longitude: -179.99 })?.id, 'suva');
  });

  it('holds no more memory for ten thousand invented names than it must', () => {
    for (let index = 0; index < 30_000; index++) assert.equal(find({ ...nothing, name: `nowhere ${index}` }), null);
    assert.equal(find({ ...nothing, name: 'Thies' })?.id, 'thies');
  });
});
