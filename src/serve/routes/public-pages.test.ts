import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MINUTE_MS } from '../../core/time.ts';
import { NOW, PLACES, type SeededFolder, seededFolder } from '../seeded.test.ts';
import type { ServeApp } from '../served.ts';
import { serveApp } from '../server.ts';

let folder: SeededFolder;
let app: ServeApp;

before(async () => {
  folder = await seededFolder({ holes: { kolda: 3, matam: 1 } });
  app = await serveApp(folder.input);
});
after(async () => {
  await app.close();
  await folder.close();
});

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ').replaceAll('<!-- -->', '');
const page = async (url: string, headers: Record<string, string> = {}) =>
  plain((await app.inject({ url, headers })).payload);
/** What is seen before any script runs: the document without its data. */
const seen = async (url: string, headers: Record<string, string> = {}) =>
  (await page(url, headers)).replace(/<script.*?<\/script>/gs, '');

test('the first page is in the language that the visitor asks for, else in French', async () => {
  for (const [asked, given] of [
    ['en-GB,en;q=0.9,fr;q=0.5', '/en'],
    ['de,fr;q=0.3,en;q=0.2', '/fr'],
    ['wo', '/fr'],
    ['en;q=0,fr;q=0.1', '/fr'],
    [';;;q=,=', '/fr'],
    ['', '/fr'],
  ] as const)
    assert.equal(
      (await app.inject({ url: '/', headers: { 'accept-language': asked } })).headers.location,
      given,
      asked,
    );
  assert.match(String((await app.inject('/')).headers.vary), /accept-language/i);
});

test('a page says its language, its title in it, and where the other one is', async () => {
  const [fr, en] = [await page('/fr/r/thies?x=1'), await page('/en/r/thies')];
  assert.match(fr, /<html lang="fr"/);
  assert.match(en, /<html lang="en"/);
  assert.match(fr, /<title>Thiès · harmattan<\/title>/);
  assert.match(fr, /<link rel="alternate" hrefLang="en" href="\/en\/r\/thies\?x=1"\/>/);
  assert.match(fr, /<a href="\/en\/r\/thies\?x=1" lang="en" hrefLang="en">English<\/a>/);
});

test('without any script every place stands on the first page with the temperature that the API gives', async () => {
  const text = await seen('/fr');
  const { items } = (await app.inject('/api/v1/places')).json();
  assert.equal(items.length, PLACES.length);
  for (const { names, latest } of items) {
    const row = new RegExp(`>${names.fr}</a></h2>.*?</li>`, 's').exec(text)?.[0] ?? '';
    assert.ok(row.includes(`${latest.temperatureC.toFixed(1).replace('.', ',')} °C`), names.fr);
  }
  const { sentence } = (await app.inject('/api/v1/status')).json();
  assert.ok(text.includes(sentence.fr));
});

test('without any script a region shows its reading, its age, three hours with their range, the curve and its table', async () => {
  const text = await seen('/en/r/dakar');
  const { latest, nextHours } = (await app.inject('/api/v1/places/dakar')).json();
  assert.ok(text.includes(`${latest.temperatureC.toFixed(1)}°C</p>`));
  assert.match(text, /Analysis of 12:45 · 4 minutes ago/);
  for (const { meanC, lowC, highC } of nextHours)
    assert.match(
      text,
      new RegExp(
        `<b>${Math.round(meanC)}°C</b><span class="muted">${Math.round(lowC)}° to ${Math.round(highC)}°</span>`,
      ),
    );
  assert.match(text, /class="chart-median"/);
  assert.match(text, /class="chart-observed"/);
  assert.match(text, /<table/);
  assert.match(text, /<form[^>]*action="\/en\/r"[^>]*method="get"|<form[^>]*method="get"[^>]*action="\/en\/r"/);
  assert.equal((await app.inject('/en/r?id=kolda')).headers.location, '/en/r/kolda');
  assert.equal((await app.inject('/en/r?id=//evil.example')).headers.location, '/en');
});

test('late and missing regions say so by word, and an old value says from when it is', async (t) => {
  folder.clock.set(NOW + MINUTE_MS);
  t.after(() => folder.clock.set(NOW));
  assert.match(await seen('/fr/r/matam'), /data-state="late"[^>]*>.*?En retard/s);
  const kolda = await seen('/fr/r/kolda');
  assert.match(kolda, /data-state="missing"[^>]*>.*?Manquante/s);
  assert.match(kolda, /Dernière mesure 22\/07 12:00/);
});

test('what was not measured is said, never shown as 0', async () => {
  const { latest } = (await app.inject('/api/v1/places/dakar')).json();
  assert.equal(latest.uvIndex, null);
  assert.match(await seen('/fr/r/dakar'), /Indice UV<\/h2><p class="quantity-value">non mesuré<\/p>/);
});

test('units follow the reader’s choice, which a form keeps without any script', async () => {
  const reply = await app.inject('/en/choix?page=/en/r/dakar&theme=dark&temperature=fahrenheit&wind=knots');
  assert.equal(reply.headers.location, '/en/r/dakar');
  const cookie = String(reply.headers['set-cookie']).split(';')[0] ?? '';
  const text = await seen('/en/r/dakar', { cookie });
  const { latest } = (await app.inject('/api/v1/places/dakar')).json();
  assert.match(text, /<html lang="en" data-theme="dark">/);
  assert.ok(text.includes(`${Math.round(latest.temperatureC * 1.8 + 32)}°F</p>`));
  assert.ok(text.includes(`${Math.round((latest.windSpeedMps * 3600) / 1852)} kn</p>`));
  assert.equal((await app.inject('/en/choix?page=//evil.example')).headers.location, '/en');
  assert.match(await seen('/en/r/dakar', { cookie: 'display=theme:<b>.wind:constructor' }), /data-theme="auto"/);
});

test('a page that does not exist is a problem, and so is a place', async () => {
  assert.equal((await app.inject('/fr/nowhere')).statusCode, 404);
  assert.equal((await app.inject('/fr/r/nowhere')).statusCode, 404);
  assert.match(await seen('/fr/r/nowhere'), /Cette région n’existe pas/);
});

test('what came from outside is text, never markup', async () => {
  const evil = '"><script>alert(1)</script>';
  const [dakar] = PLACES.filter(({ id }) => id === 'dakar');
  assert.ok(dakar);
  const bad = await seededFolder({
    places: [{ ...dakar, name: evil, names: { fr: evil, en: evil } }],
    program: {
      notice: { fr: evil, en: evil },
      sources: [
        {
          id: evil,
          kind: 'observation',
          attribution: { text: evil, url: 'javascript:alert(1)', licence: evil },
          quota: [],
        },
      ],
    },
  });
  const bare = await serveApp(bad.input);
  for (const url of ['/fr', '/en/r/dakar', '/fr/exploitation', `/en?q=${encodeURIComponent(evil)}`]) {
    const { payload, statusCode } = await bare.inject(url);
    assert.equal(statusCode, 200);
    assert.doesNotMatch(payload, /<script>|href="javascript:/);
    assert.equal(payload.match(/<script/g)?.length, 2);
  }
  await bare.close();
  await bad.close();
});

test('the policy allows no inline script, and the one style sheet by its hash', async () => {
  const reply = await app.inject('/fr/r/dakar');
  assert.doesNotMatch(String(reply.headers['content-security-policy']), /unsafe/);
  assert.doesNotMatch(reply.payload, / style="| on[a-z]+="/);
  const [, source = ''] = /<script type="module" src="([^"]+)"/.exec(reply.payload) ?? [];
  const script = await app.inject(source);
  assert.equal(script.statusCode, 200);
  assert.match(String(script.headers['cache-control']), /immutable/);
});

test('pages are small on the wire', async () => {
  for (const url of ['/fr', '/fr/r/dakar']) {
    const reply = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } });
    assert.ok(reply.rawPayload.byteLength < 26_000, `${url}: ${reply.rawPayload.byteLength} bytes`);
  }
});

test('a page asks within the process: a reader’s limit counts the page once', async () => {
  const strict = await seededFolder({ http: { rateLimitPerMinute: 3 } });
  const bare = await serveApp(strict.input);
  for (const wanted of [200, 200, 200, 429])
    assert.equal((await bare.inject({ url: '/fr/r/dakar', remoteAddress: '10.0.0.1' })).statusCode, wanted);
  await bare.close();
  await strict.close();
});

test('every link of the navigation is a page with one heading, in both languages', async () => {
  for (const language of ['fr', 'en'])
    for (const path of [
      'carte',
      'fiabilite',
      'a-propos',
      'r/dakar/historique?periode=24h&grandeur=pressureHpa',
      'exploitation',
    ]) {
      const reply = await app.inject(`/${language}/${path}`);
      assert.equal(reply.statusCode, 200, path);
      assert.equal(reply.payload.match(/<h1[ >]/g)?.length, 1, path);
    }
});

test('an address that the overview of operations had leads to it, and every page of operations to the others', async () => {
  const old = await app.inject('/fr/exploitation/ponctualite');
  assert.deepEqual([old.statusCode, old.headers.location], [301, '/fr/exploitation']);
  for (const path of ['', '/journaux', '/messages', '/alertes']) {
    const links = [...(await seen(`/en/exploitation${path}`)).matchAll(/href="(\/en\/exploitation[^"?]*)"/g)];
    const led = new Set(links.map(([, href]) => href));
    for (const to of ['', '/journaux', '/messages', '/alertes'])
      assert.ok(led.has(`/en/exploitation${to}`), `${path} leads to ${to}`);
  }
});

test('the map prints the temperature that the API gives, and the history its buckets', async () => {
  const { items } = (await app.inject('/api/v1/places')).json();
  const map = await seen('/en/carte');
  for (const { names, latest } of items)
    assert.ok(map.includes(`${names.en}: ${latest.temperatureC.toFixed(1)}°C`), names.en);
  assert.match(await seen('/en/r/dakar/historique?periode=24h'), /<table/);
});

test('scorecards at a glance are those of each place, with four digits', async () => {
  const { days, items } = (await app.inject('/api/v1/scorecards?days=7')).json();
  assert.equal(days, 7);
  assert.deepEqual(
    items.map(({ placeId }: { placeId: string }) => placeId),
    PLACES.map(({ id }) => id),
  );
  const { overall } = (await app.inject(`/api/v1/places/${items[0].placeId}/scorecard?days=7`)).json();
  for (const name of ['n', 'maeC', 'coverage80'] as const) assert.equal(items[0][name], overall[name]);
});
