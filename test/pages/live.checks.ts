import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS } from '../../src/core/time.ts';
import { open, visit } from './browser.ts';
import { LATE, NOW } from './lived-month.ts';
import type { World } from './world.ts';

/** How soon is `npm run bench:web`'s matter; here it is that it comes at all. */
const MOST_LOOKS = 1200;

export function liveChecks(world: () => World): void {
  const listeners = async () => {
    const text = await (await fetch(`${world().month.url}/metrics`)).text();
    return Number(/^harmattan_serve_live_clients (\d+)$/m.exec(text)?.[1]);
  };
  const until = async (is: () => Promise<boolean>) => {
    for (let looks = 0; looks < MOST_LOOKS && !(await is()); looks++)
      await new Promise((resolve) => setTimeout(resolve, 25));
  };

  test('a page that is seen holds one stream, a hidden one none', async () => {
    const { browser, month } = world();
    await until(async () => (await listeners()) === 0);
    await visit(browser, {}, async (page) => {
      await open(page, `${month.url}/fr/r/dakar`);
      await until(async () => (await listeners()) === 1);
      assert.equal(await listeners(), 1);
      const hide = (hidden: boolean) =>
        page.evaluate((value) => {
          Object.defineProperty(document, 'hidden', { configurable: true, value });
          document.dispatchEvent(new Event('visibilitychange'));
        }, hidden);
      await hide(true);
      await until(async () => (await listeners()) === 0);
      assert.equal(await listeners(), 0);
      await hide(false);
      await until(async () => (await listeners()) === 1);
      assert.equal(await listeners(), 1);
    });
  });

  test('a reading is seen as soon as it is stored, without a look at the server, and a region that was late is on time again', async () => {
    const { browser, month } = world();
    await visit(browser, {}, async (page) => {
      await open(page, `${month.url}/en/r/${LATE}`);
      await page.locator('.freshness .chip[data-state=late]').waitFor();
      month.answer('all');
      await month.clock.advanceTo(NOW + 6 * MINUTE_MS);
      await page.getByText('Analysis of 13:00').waitFor();
      await page.locator('.freshness .chip[data-state=fresh]').waitFor();
      const { latest } = (await (await fetch(`${month.url}/api/v1/places/${LATE}`)).json()) as {
        latest: { temperatureC: number };
      };
      assert.equal(await page.locator('.hero-value').innerText(), `${latest.temperatureC.toFixed(1)}°C`);
    });
  });
}
