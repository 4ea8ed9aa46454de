import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { MINUTE_MS } from '../../src/core/time.ts';
import { open, visit, woken } from './browser.ts';
import { AT_ONCE, type Link, openLink } from './link.ts';
import { PUBLIC_PATHS, type World } from './world.ts';

/** Resolves when the worker has kept the page that is shown, and commands it from now on. */
const kept = (page: Page) =>
  page.waitForFunction(async () => {
    const { active } = await navigator.serviceWorker.ready;
    const pages = await caches.open('pages');
    return (
      active?.state === 'activated' &&
      navigator.serviceWorker.controller &&
      (await pages.match(location.href)) !== undefined
    );
  });

/** Over a line that can be cut: what the worker asks for passes by the browser's own switch. */
async function withWorker(
  { browser, month }: World,
  look: (page: Page, context: BrowserContext, link: Link) => Promise<void>,
): Promise<void> {
  const link = await openLink(month.url, AT_ONCE);
  try {
    await visit(browser, { serviceWorkers: 'allow' }, (page, context) => look(page, context, link));
  } finally {
    await link.close();
  }
}

const textOf = (page: Page, selector: string) => page.locator(selector).first().innerText();

export function offlineChecks(world: () => World): void {
  test('every public page that was seen is there without a line, with its values and how old they are', async () => {
    await withWorker(world(), async (page, context, link) => {
      const seen = new Map<string, string>();
      for (const path of PUBLIC_PATHS) {
        await open(page, `${link.url}/fr${path}`);
        await kept(page);
        seen.set(path, await textOf(page, 'h1'));
      }
      await context.setOffline(true);
      link.cut();
      for (const path of PUBLIC_PATHS) {
        await page.goto(`${link.url}/fr${path}`);
        await woken(page);
        assert.equal(await textOf(page, 'h1'), seen.get(path), path);
        await page.getByText('Hors ligne').first().waitFor();
        assert.match(await textOf(page, '[role=status] .note'), /Hors ligne · données de 12:5/);
      }
      await page.goto(`${link.url}/fr/r/dakar`);
      assert.match(await textOf(page, '.hero-value'), /^\d+,\d\s°C$/);
      assert.match(await textOf(page, '.freshness'), /Analyse de 12:45 · il y a 1\d minutes/);
      assert.equal(await page.locator('.chart-median').count(), 1);
    });
  });

  test('a page that was kept is shown at once, and then what the server says by now', async () => {
    await withWorker(world(), async (page, _context, link) => {
      await open(page, `${link.url}/fr/r/dakar`);
      await kept(page);
      // A page that no server ever made; until the worker has put the first one away, it may still be overwritten.
      for (let tries = 0; tries < 20 && !(await page.title()).startsWith('gardée'); tries++) {
        await page.evaluate(async () => {
          const pages = await caches.open('pages');
          const html = (await (await pages.match(location.href))?.text()) ?? '';
          const made = html.replace('<title>', '<title>gardée ');
          await pages.put(location.href, new Response(made, { headers: { 'content-type': 'text/html' } }));
        });
        await page.reload();
      }
      assert.match(await page.title(), /^gardée/);
      await woken(page);
      assert.equal(await page.locator('html[data-kept]').count(), 0);
      await page.waitForFunction(async () => {
        const reply = await (await caches.open('pages')).match(location.href);
        return !(await reply?.text())?.includes('gardée');
      });
      await page.reload();
      assert.doesNotMatch(await page.title(), /gardée/);
    });
  });

  test('a choice of units shows at once, whatever was kept', async () => {
    await withWorker(world(), async (page, _context, link) => {
      await open(page, `${link.url}/en/r/dakar`);
      await kept(page);
      await page.locator('.choices summary').click();
      await page.locator('select[name=temperature]').selectOption('fahrenheit');
      await page.locator('.choices button[type=submit]').click();
      await page.locator('.hero-value', { hasText: '°F' }).waitFor();
    });
  });

  test('nothing that operates the program is kept, and no write is touched', async () => {
    await withWorker(world(), async (page, context, link) => {
      await open(page, `${link.url}/fr/r/dakar`);
      await kept(page);
      await page.goto(`${link.url}/fr/exploitation/journaux`);
      await woken(page);
      const urls = await page.evaluate(async () => {
        const names = await caches.keys();
        const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
        return requests.flat().map(({ url }) => new URL(url).pathname);
      });
      assert.deepEqual(
        urls.filter((path) => /exploitation|events|messages|quarantine|alerts\/|silences|live|login/.test(path)),
        [],
      );
      await context.setOffline(true);
      link.cut();
      await assert.rejects(page.goto(`${link.url}/fr/exploitation/journaux`));
    });
  });

  test('a new build takes the place of the old one, and pages that were kept are loaded anew', async () => {
    await withWorker(world(), async (page, context, link) => {
      await open(page, `${link.url}/fr/r/dakar`);
      await kept(page);
      const script = await (await fetch(`${link.url}/sw.js`)).text();
      await page.evaluate(async () => {
        const files = await caches.open('files');
        await files.put('/assets/of-the-build-before.js', new Response(''));
        const pages = await caches.open('pages');
        await pages.put(
          location.href,
          new Response('<html lang="fr">before', { headers: { 'content-type': 'text/html' } }),
        );
      });
      await context.route('**/sw.js', (route) =>
        route.fulfill({ contentType: 'text/javascript', body: `${script}\n// another build` }),
      );
      await page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        await registration?.update();
      });
      await page.waitForFunction(async () => {
        const files = await caches.open('files');
        const reply = await (await caches.open('pages')).match(location.href);
        return !(await files.match('/assets/of-the-build-before.js')) && (await reply?.text())?.includes('<h1>');
      });
    });
  });

  test('left open while the server is silent, a page turns late, then missing, and says that it is not heard', async () => {
    const { month, browser } = world();
    await visit(browser, {}, async (page, context) => {
      await page.clock.install({ time: month.clock.now() });
      await open(page, `${month.url}/fr/r/dakar`);
      assert.equal(await page.locator('.freshness .chip').getAttribute('data-state'), 'fresh');
      // The program's clock stands still, and with it its beats.
      await page.clock.runFor(MINUTE_MS);
      await page.locator('.live', { hasText: 'Reconnexion' }).waitFor();
      await context.route('**/api/**', (route) => route.abort());
      await page.clock.runFor(11 * MINUTE_MS);
      await page.locator('.freshness .chip[data-state=late]').waitFor();
      await page.clock.runFor(15 * MINUTE_MS);
      await page.locator('.freshness .chip[data-state=missing]').waitFor();
      assert.match(await textOf(page, '.freshness'), /Manquante/);
      assert.match(await textOf(page, '.hero-old'), /Dernière mesure/);
    });
  });

  test('a reader whose clock is ten minutes off is told the age by the server’s', async () => {
    const { month, browser } = world();
    for (const offMs of [-10 * MINUTE_MS, 10 * MINUTE_MS])
      await visit(browser, { timezoneId: 'America/New_York' }, async (page) => {
        await page.clock.setFixedTime(month.clock.now() + offMs);
        await open(page, `${month.url}/fr/r/dakar`);
        assert.match(await textOf(page, '.freshness'), /Analyse de 12:45 · il y a 10 minutes/);
        assert.match(await textOf(page, '.hero'), /vendredi 15 mars 2024 à 12:55 · heure de Dakar/);
      });
  });
}
