import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS } from '../core/time.ts';
import type { Freshness } from './contract.ts';
import { NOW, PLACES, programOf } from './seeded.test.ts';
import { truth } from './truth.ts';

/** States of the first places; the others are fresh. */
function said(states: readonly Freshness[], differs: Partial<Parameters<typeof truth>[0]> = {}) {
  return truth({
    states: PLACES.map((place, index) => {
      const state = states[index] ?? 'fresh';
      const age = { fresh: 4, late: 25, missing: 94, empty: 0 }[state] * MINUTE_MS;
      return { place, state, validAt: state === 'empty' ? null : NOW - age };
    }),
    stages: [],
    program: programOf(),
    now: NOW,
    ...differs,
  });
}

test('all is well', () => {
  assert.deepEqual(said([]), {
    fr: 'Tout est à l’heure : 13 lieux sur 13.',
    en: 'Everything is on time: 13 of 13 places.',
  });
});

test('the worst comes first, and few are named', () => {
  const { fr, en } = said(['late', 'missing', 'fresh', 'empty']);
  assert.equal(
    fr,
    '1 lieu sans donnée récente (Dakar), la plus ancienne de 11:15 UTC, 1 lieu en retard (Cap Skirring), 1 lieu sans aucune donnée (Diourbel), 10 à l’heure.',
  );
  assert.match(en, /^1 place without recent data \(Dakar\), the oldest from 11:15 UTC, 1 place late \(Cap Skirring\)/);
});

test('many are counted', () => {
  assert.equal(said(['late', 'late', 'late', 'late']).en, '4 places late, 9 on time.');
});

test('a time of another day says which', () => {
  const states = PLACES.map((place) => ({ place, state: 'missing' as const, validAt: NOW - 26 * 60 * MINUTE_MS }));
  assert.match(said([], { states }).en, /the oldest from 2026-07-21 10:49 UTC\.$/);
});

test('a stage that is behind is said even when every place looks well', () => {
  const stages = [{ name: 'process', running: true, lagMessages: 900, lagMs: 3 * MINUTE_MS, lastSuccessAt: null }];
  assert.match(said([], { stages }).fr, /^Tout est à l’heure.* Le traitement a 3 min de retard/);
  assert.match(said([], { stages }).en, /Process is 3 min behind what has arrived\.$/);
});

test('no data at all names who is asked, or says that nobody is', () => {
  const nothing = PLACES.map(() => 'empty' as const);
  assert.equal(said(nothing).en, 'No data yet: open-meteo has been asked since 10:49 UTC.');
  assert.match(said(nothing, { program: programOf({ sources: [] }) }).fr, /aucun fournisseur n’est interrogé/);
});

test('where nothing is expected nothing is on time', () => {
  assert.equal(said([], { program: programOf({ cadence: null }) }).en, '13 places have data; none is expected.');
});
