import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestStop, nextStop } from './cursor.ts';

describe('the cursor of a line', () => {
  const line = { count: 5, perRow: 5, start: 2 };

  it('stands at its start on the first arrow, then moves by one and stops at the ends', () => {
    assert.equal(nextStop('ArrowRight', null, line), 2);
    assert.equal(nextStop('ArrowRight', 2, line), 3);
    assert.equal(nextStop('ArrowRight', 4, line), 4);
    assert.equal(nextStop('ArrowLeft', 0, line), 0);
  });

  it('goes to both ends and leaves', () => {
    assert.equal(nextStop('Home', 3, line), 0);
    assert.equal(nextStop('End', 3, line), 4);
    assert.equal(nextStop('Escape', 3, line), null);
  });

  it('leaves every other key to the page', () => {
    for (const key of ['Tab', 'a', 'PageDown', 'Enter']) assert.equal(nextStop(key, 1, line), undefined);
    assert.equal(nextStop('ArrowRight', null, { count: 0, perRow: 1 }), undefined);
  });
});

describe('the cursor of a map', () => {
  const map = { count: 12, perRow: 4 };

  it('moves by rows too, and stays inside', () => {
    assert.equal(nextStop('ArrowDown', 1, map), 5);
    assert.equal(nextStop('ArrowUp', 5, map), 1);
    assert.equal(nextStop('ArrowUp', 1, map), 1);
    assert.equal(nextStop('ArrowDown', 9, map), 9);
    assert.equal(nextStop('Home', 6, map), 4);
    assert.equal(nextStop('End', 6, map), 7);
  });
});

describe('a pointer', () => {
  it('stands on the nearest stop', () => {
    const line = [0, 100, 200].map((x) => ({ x, text: '' }));
    assert.equal(nearestStop(line, 140, 0), 1);
    assert.equal(nearestStop([], 140, 0), null);
    const map = [0, 24].map((y) => ({ x: 0, width: 10, y, height: 20, text: '' }));
    assert.equal(nearestStop(map, 900, 30), 1);
  });
});
