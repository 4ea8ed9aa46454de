import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { HOUR_MS } from '../../src/core/time.ts';
import type { ForecastReply } from '../../src/serve/contract.ts';
import { DESK, open, visit } from './browser.ts';
import { NOW } from './lived-month.ts';
import type { World } from './world.ts';

const LEAST_RING_PX = 2;
const MOST_TABS = 80;

/** Tabs until the focus is on what `selector` names; at every step the focus must be seen, and not be covered. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate((wanted) => {
      const one = document.activeElement;
      if (!one || one === document.body) return null;
      const { outlineWidth, outlineStyle } = getComputedStyle(one);
      const box = one.getBoundingClientRect();
      const [x, y] = [box.left + Math.min(box.width / 2, 12), box.top + Math.min(box.height / 2, 12)];
      const above = document.elementFromPoint(x, y);
      return {
        what: `${one.tagName} ${one.textContent?.slice(0, 30)}`,
        isThere: one.matches(wanted),
        // Points of the map show the focus on themselves.
        ringPx: one.closest('.map') ? 99 : outlineStyle === 'none' ? 0 : Number.parseFloat(outlineWidth),
        isCovered: !(
          above &&
          (one.contains(above) || above.contains(one) || (one.closest('.map') && above.closest('.map')))
        ),
      };
    }, selector);
    if (!at) continue;
    assert.ok(at.ringPx >= LEAST_RING_PX, `${at.what}: its focus is not seen`);
    assert.ok(!at.isCovered, `${at.what}: it is covered`);
    if (at.isThere) return;
  }
  assert.fail(`${selector} is not reached by Tab`);
}

export function keyboardChecks(world: () => World): void {
  test('by keyboard alone another region is shown (P1)', async () => {
    const { browser, month } = world();
    await visit(browser, { viewport: DESK }, async (page) => {
      await open(page, `${month.url}/fr/r/dakar`);
      await tabTo(page, '.skip');
      await tabTo(page, '#region-choice');
      await page.keyboard.type('Kolda');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/fr/r/kolda');
    });
  });

  test('by keyboard alone the value six hours ahead is read in the chart, its table opened and its file saved (P2, P3)', async () => {
    const { browser, month } = world();
    const reply = await fetch(`${month.url}/api/v1/places/dakar/forecast?horizon=25`);
    const { hours } = (await reply.json()) as ForecastReply;
    const sixth = hours.filter(({ validAt }) => Date.parse(validAt) > NOW)[5];
    assert.ok(sixth && Date.parse(sixth.validAt) - NOW <= 6 * HOUR_MS);
    await visit(browser, { viewport: DESK, acceptDownloads: true }, async (page) => {
      await open(page, `${month.url}/en/r/dakar`);
      await tabTo(page, '.chart-plot');
      for (let hour = 0; hour < 6; hour++) await page.keyboard.press('ArrowRight');
      const readout = page.locator('.chart-readout').first();
      assert.match(await readout.innerText(), new RegExp(`18:00.*${sixth.meanC.toFixed(1)}°C`));
      assert.equal(await page.locator('[role=status]', { hasText: '18:00' }).count(), 1);
      await page.keyboard.press('End');
      assert.match(await readout.innerText(), /16\/03 12:00/);
      await page.keyboard.press('Escape');
      assert.equal(await readout.innerText(), '');
      await tabTo(page, '.chart-numbers summary');
      await page.keyboard.press('Enter');
      await page.locator('.chart-numbers table').first().waitFor();
      await tabTo(page, '.chart-csv');
      const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
      assert.equal(download.suggestedFilename(), 'curve.csv');
    });
  });

  test('by keyboard alone language, units and theme are changed, and a region is pinned (P7)', async () => {
    const { browser, month } = world();
    await visit(browser, { viewport: DESK }, async (page) => {
      await open(page, `${month.url}/fr/r/dakar`);
      await tabTo(page, '.choices a');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/en/r/dakar');
      await page.locator('html[data-awake]').waitFor({ state: 'attached' });
      await tabTo(page, '.choices summary');
      await page.keyboard.press('Enter');
      await tabTo(page, 'select[name=theme]');
      await page.keyboard.type('Dark');
      await tabTo(page, 'select[name=temperature]');
      await page.keyboard.press('ArrowDown');
      await tabTo(page, '.choices button[type=submit]');
      await page.keyboard.press('Enter');
      await page.locator('html[data-theme=dark]').waitFor();
      assert.match(await page.locator('.hero-value').innerText(), /°F$/);
      await page.locator('html[data-awake]').waitFor({ state: 'attached' });
      await tabTo(page, '.pin');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('.pin').getAttribute('aria-pressed'), 'true');
      await open(page, `${month.url}/fr`);
      await page.waitForFunction(() => document.querySelector('.place h2')?.textContent === 'Dakar');
    });
  });
}
