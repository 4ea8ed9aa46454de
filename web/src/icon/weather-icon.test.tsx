import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { renderToStaticMarkup } from 'react-dom/server';
import { CONDITION_IDS, conditionDescription } from '../../../src/weather/condition.ts';
import { conditionIconName, ICON_NAMES } from './condition-icon.ts';
import { WeatherIcon } from './weather-icon.tsx';

const sprite = readFileSync(new URL('./sprite.svg', import.meta.url), 'utf8');

describe('weather icons', () => {
  it('has a drawing and a word in both languages for every condition, by day and by night', () => {
    for (const id of CONDITION_IDS) {
      for (const isDay of [true, false]) {
        const name = conditionIconName(id, isDay);
        assert.ok(name !== null && sprite.includes(`<symbol id="${name}"`), String(id));
      }
      for (const language of ['fr', 'en'] as const) assert.notEqual(conditionDescription(id, language), '', String(id));
    }
  });

  it('shows nothing where nothing is known', () => {
    assert.equal(conditionIconName(null, true), null);
    assert.equal(conditionIconName(42, true), null);
    assert.equal(
      renderToStaticMarkup(<WeatherIcon sprite="/s.svg" conditionId={null} conditionIcon={null} word="?" />),
      '',
    );
  });

  it('is named by its word, and hidden beside one', () => {
    const drawn = (word?: string) =>
      renderToStaticMarkup(
        <WeatherIcon sprite="/s.svg" conditionId={800} conditionIcon="01n" {...(word ? { word } : {})} />,
      );
    assert.match(drawn('ciel dégagé'), /role="img" aria-label="ciel dégagé"><use href="\/s\.svg#clear-night"/);
    assert.match(drawn(), /aria-hidden="true"/);
  });

  it('weighs at most 8 KB on the wire, moves nothing, and holds nothing that a strict policy would drop', () => {
    assert.ok(gzipSync(sprite, { level: 9 }).length <= 8192);
    assert.doesNotMatch(sprite, /<animate|<script|style=/);
    for (const [, id] of sprite.matchAll(/url\(#([^)]+)\)/g))
      assert.ok(sprite.includes(`id="${id}"`), `${id} is nowhere`);
    assert.equal([...sprite.matchAll(/<symbol /g)].length, ICON_NAMES.length);
  });
});
