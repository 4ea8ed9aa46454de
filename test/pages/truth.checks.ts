import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ForecastReply, PlaceDetail, PlaceReply } from '../../src/serve/contract.ts';
import type { PageChoices, PageLanguage } from '../../src/serve/page-contract.ts';
import { open, PHONE, visit } from './browser.ts';
import { LATE, MISSING, NOW, PARTIAL } from './lived-month.ts';
import { LANGUAGES, PUBLIC_PATHS, type World } from './world.ts';

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ').replaceAll('<!-- -->', '');
const LOCALE = { fr: 'fr-FR', en: 'en-GB' } as const;
const RUNS = 12;

/** How a reader expects a number: written here once more, so that the pages' own formatter is held to it. */
function written(value: number, decimals: number, language: PageLanguage): string {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: 'negative' } as const;
  return plain(new Intl.NumberFormat(LOCALE[language], digits).format(value));
}
const TEMPERATURES = {
  celsius: { of: (c: number) => c, decimals: 1, fr: ' °C', en: '°C' },
  fahrenheit: { of: (c: number) => c * 1.8 + 32, decimals: 0, fr: ' °F', en: '°F' },
} as const;
const WINDS = {
  kilometresPerHour: { of: (v: number) => v * 3.6, decimals: 0, fr: ' km/h', en: ' km/h' },
  metresPerSecond: { of: (v: number) => v, decimals: 1, fr: ' m/s', en: ' m/s' },
  knots: { of: (v: number) => (v * 3600) / 1852, decimals: 0, fr: ' nd', en: ' kn' },
  milesPerHour: { of: (v: number) => (v * 3600) / 1609.344, decimals: 0, fr: ' mi/h', en: ' mph' },
} as const;

interface Unit {
  readonly of: (value: number) => number;
  readonly decimals: number;
  readonly fr: string;
  readonly en: string;
}
const shown = (value: number, unit: Unit, language: PageLanguage, decimals: number = unit.decimals) =>
  `${written(unit.of(value), decimals, language)}${unit[language]}`;

export function truthChecks(world: () => World): void {
  const api = async <Reply>(path: string) => (await (await fetch(`${world().month.url}${path}`)).json()) as Reply;
  const page = async (path: string, choices?: Pick<PageChoices, 'temperature' | 'wind'>) => {
    const cookie = choices ? `display=theme:auto.temperature:${choices.temperature}.wind:${choices.wind}` : '';
    const html = await (await fetch(`${world().month.url}${path}`, { headers: { cookie } })).text();
    return plain(html.replaceAll(/<script.*?<\/script>/gs, ''));
  };

  test('numbers on pages are the API’s, in every language, unit and region', async () => {
    const { items } = await api<{ items: PlaceReply[] }>('/api/v1/places?limit=100');
    const asked = fc.record({
      place: fc.constantFrom(...items),
      language: fc.constantFrom(...LANGUAGES),
      temperature: fc.constantFrom(...(Object.keys(TEMPERATURES) as (keyof typeof TEMPERATURES)[])),
      wind: fc.constantFrom(...(Object.keys(WINDS) as (keyof typeof WINDS)[])),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ place: { id, latest, names }, language, ...choices }) => {
        const [region, overview] = [await page(`/${language}/r/${id}`, choices), await page(`/${language}`, choices)];
        const { nextHours } = await api<PlaceDetail>(`/api/v1/places/${id}`);
        const [degrees, speed] = [TEMPERATURES[choices.temperature], WINDS[choices.wind]];
        assert.ok(latest?.temperatureC != null && latest.windSpeedMps != null && latest.pressureHpa != null);
        const temperature = shown(latest.temperatureC, degrees, language);
        assert.ok(region.includes(`<p class="hero-value">${temperature}</p>`), temperature);
        const row = new RegExp(`>${names[language]}</a></h2>.*?</li>`, 's').exec(overview)?.[0] ?? '';
        assert.ok(row.includes(`${temperature}</p>`), `${names[language]} ${temperature}`);
        const cards = {
          wind: shown(latest.windSpeedMps, speed, language),
          humidity: `${written(latest.humidityPct ?? 0, 0, language)}${language === 'fr' ? ' %' : '%'}`,
          pressure: `${written(latest.pressureHpa, 0, language)} hPa`,
          ...(latest.visibilityM === null ? {} : { sight: `${written(latest.visibilityM / 1000, 1, language)} km` }),
        };
        for (const [name, card] of Object.entries(cards))
          assert.ok(region.includes(`<p class="quantity-value">${card}</p>`), `${name} ${card}`);
        for (const { meanC, lowC, highC } of nextHours) {
          const ends = [lowC, highC].map((value) => `${written(degrees.of(value), 0, language)}°`);
          assert.ok(region.includes(`<b>${shown(meanC, degrees, language, 0)}</b>`), String(meanC));
          assert.ok(region.includes(`${ends[0]} ${language === 'fr' ? 'à' : 'to'} ${ends[1]}`), ends.join());
        }
      }),
      { numRuns: RUNS, seed: 7 },
    );
  });

  test('the table under the curve is the forecast that the API gives, none of it before now, bands in order', async () => {
    const forecast = await api<ForecastReply>('/api/v1/places/dakar/forecast?horizon=25');
    const text = await page('/en/r/dakar');
    const later = forecast.hours.filter(({ validAt }) => Date.parse(validAt) > NOW).slice(0, 24);
    assert.ok(later.length >= 23);
    assert.ok(forecast.hours.every(({ validAt }) => Date.parse(validAt) > Date.parse(forecast.issuedAt)));
    const cells = [...text.matchAll(/<tr><th scope="row">([^<]*)<\/th>((?:<td>[^<]*<\/td>)+)<\/tr>/g)].map(
      ([, time = '', rest = '']) => [time, ...rest.split(/<\/?td>/).filter((cell) => cell !== '')],
    );
    for (const { validAt, meanC, quantilesC } of later) {
      const time = `${validAt.slice(8, 10)}/${validAt.slice(5, 7)} ${validAt.slice(11, 16)}`;
      const row = cells.find(([cell, observed]) => cell === time && observed === '–');
      assert.ok(row, `a row for ${time}`);
      assert.equal(row[2], `${written(meanC, 1, 'en')}°C`);
      assert.ok(quantilesC);
      const at = (level: number) => quantilesC[forecast.levels.indexOf(level)] ?? Number.NaN;
      assert.equal(row[3], `${written(at(0.25), 1, 'en')}°C to ${written(at(0.75), 1, 'en')}°C`);
      assert.equal(row[4], `${written(at(0.1), 1, 'en')}°C to ${written(at(0.9), 1, 'en')}°C`);
      assert.ok(at(0.1) <= at(0.25) && at(0.25) <= meanC && meanC <= at(0.75) && at(0.75) <= at(0.9));
    }
  });

  test('what was not measured is said so, is never 0, and has no line', async () => {
    const { latest } = await api<PlaceDetail>(`/api/v1/places/${PARTIAL}`);
    assert.equal(latest?.visibilityM, null);
    const text = await page(`/fr/r/${PARTIAL}`);
    for (const name of ['Visibilité', 'Indice UV']) {
      const card = new RegExp(`<h2>${name}</h2>.*?</div>`, 's').exec(text)?.[0] ?? '';
      assert.match(card, /<p class="quantity-value">non mesuré<\/p>/);
      assert.doesNotMatch(card, /<svg|>0/);
    }
    assert.match(await page('/fr/r/dakar?grandeur=rain1hMm'), /Rien à dessiner pour cette période/);
    assert.match(await page('/fr/carte?grandeur=visibilityM'), /Matam : non mesuré/);
  });

  test('late and missing are said by mark, word and colour, and the old value says from when it is', async () => {
    assert.match(
      await page(`/fr/r/${LATE}`),
      /data-state="late".*?<svg.*?En retard.*?Analyse de 12:30 · il y a 25 minutes/s,
    );
    const missing = await page(`/fr/r/${MISSING}`);
    assert.match(missing, /data-state="missing".*?<svg.*?Manquante/s);
    assert.match(missing, /Dernière mesure 15\/03 11:00/);
    assert.match(missing, /Les données manquent/);
  });

  test('without any script a region and the first page show values, forecast and chart, and their forms work', async () => {
    const { browser, month } = world();
    await visit(browser, { javaScriptEnabled: false }, async (page) => {
      await page.goto(`${month.url}/fr/r/dakar`);
      assert.match(await page.locator('.hero-value').innerText(), /^\d+,\d\s°C$/);
      assert.equal(await page.locator('.hours-large li').count(), 3);
      assert.ok((await page.locator('.chart-median').boundingBox())?.width);
      await page.locator('#region-choice').selectOption('kolda');
      await page.locator('.region-head button[type=submit]').click();
      assert.equal(new URL(page.url()).pathname, '/fr/r/kolda');
      await page.goto(`${month.url}/fr`);
      assert.equal(await page.locator('.place').count(), 13);
      await page.locator('#find').fill('THIES');
      await page.locator('.controls button[type=submit]').click();
      assert.deepEqual(await page.locator('.place h2').allInnerTexts(), ['Thiès']);
      await page.goto(`${month.url}/fr?tri=temperature`);
      const values = await page.locator('.place-value').allInnerTexts();
      const sorted = values.map((value) => Number.parseFloat(value.trim().replace(',', '.')));
      assert.deepEqual(
        sorted,
        sorted.toSorted((a, b) => b - a),
      );
    });
  });

  test('the other language keeps page and question, and changes lang, title and hreflang', async () => {
    const { browser, month } = world();
    await visit(browser, {}, async (page) => {
      await open(page, `${month.url}/fr/r/dakar/historique?periode=24h&avec=kolda`);
      assert.equal(await page.title(), 'Dakar, historique · harmattan');
      await page.locator('.choices a[hreflang=en]').click();
      await page.waitForURL('**/en/r/dakar/historique?periode=24h&avec=kolda');
      assert.equal(await page.locator('html').getAttribute('lang'), 'en');
      assert.equal(await page.title(), 'Dakar, history · harmattan');
      assert.match(
        (await page.locator('link[hreflang=fr]').getAttribute('href')) ?? '',
        /^\/fr\/r\/dakar\/historique\?/,
      );
    });
  });

  test('no page asks another host, none breaks its own policy, and all stay under their weight', async () => {
    const { browser, month } = world();
    await visit(browser, { viewport: PHONE }, async (page) => {
      const others: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== month.url && !request.url().startsWith('data:'))
          others.push(request.url());
      });
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      for (const path of PUBLIC_PATHS) {
        const reply = await page.goto(`${month.url}/fr${path}`, { waitUntil: 'load' });
        const policy = reply?.headers()['content-security-policy'] ?? '';
        assert.match(policy, /script-src 'self'(;|$)/);
        assert.doesNotMatch(policy, /unsafe/);
        const { html, all } = await page.evaluate(() => {
          const [document] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
          const parts = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
          return {
            html: document?.encodedBodySize ?? 0,
            all: parts.reduce((sum, { transferSize }) => sum + transferSize, document?.transferSize ?? 0),
          };
        });
        // The scorecard's numbers, by lead and by hour, are the page.
        const most = path === '/fiabilite' ? 25_000 : 20_000;
        assert.ok(html > 0 && html <= most, `${path}: ${html} bytes of HTML`);
        assert.ok(all <= 200_000, `${path}: ${all} bytes in all`);
      }
      assert.deepEqual(others, []);
      assert.deepEqual(complaints, []);
    });
    await visit(browser, { extraHTTPHeaders: { 'save-data': 'on' } }, async (page) => {
      await open(page, `${month.url}/fr/r/dakar`);
      assert.equal(await page.locator('.hero .scene, .hero svg#scene').count(), 0);
    });
  });
}
