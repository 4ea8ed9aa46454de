import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { DESK, open, PHONE, visit } from './browser.ts';
import { LANGUAGES, PUBLIC_PATHS, SCHEMES, type World } from './world.ts';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const LEAST_TARGET_PX = 24;

/** What is folded away is part of the page too. */
const unfold = (page: Page) =>
  page.evaluate(() => {
    for (const one of document.querySelectorAll('details')) one.open = true;
  });

async function violations(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(STANDARDS).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).slice(0, 3)}`);
}

/** Shown elements that reach over the right edge of the page, unless a box of their own scrolls. */
const tooWide = (page: Page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found = [...document.querySelectorAll('body *')].filter((one) => {
      const box = one.getBoundingClientRect();
      if (box.width === 0 || box.right <= width + 1) return false;
      for (let up = one.parentElement; up; up = up.parentElement)
        if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return false;
      return true;
    });
    return [
      ...(document.documentElement.scrollWidth > width
        ? [`the page is ${document.documentElement.scrollWidth} wide`]
        : []),
      ...found
        .slice(0, 3)
        .map((one) => `${one.tagName} ${one.getAttribute('class') ?? ''} ${one.textContent?.slice(0, 30)}`),
    ];
  });

/** Text that its own box cuts off. */
const cutOff = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('body *:not(svg *)')]
      .filter((one) => {
        const style = getComputedStyle(one);
        const holdsText = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
        if (!holdsText || style.position === 'absolute' || style.display === 'inline') return false;
        return (
          /hidden|clip/.test(style.overflow) &&
          (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
        );
      })
      .map((one) => `${one.tagName} ${one.getAttribute('class') ?? ''} ${one.textContent?.slice(0, 30)}`),
  );

/** WCAG 2.5.8: links within a sentence are excepted. */
const smallTargets = (page: Page, leastPx: number) =>
  page.evaluate(
    (least) =>
      [...document.querySelectorAll('a[href], button, select, summary, input:not([type=hidden])')]
        .filter((one) => {
          const box = one.getBoundingClientRect();
          if (box.width === 0 || one.closest('p, li, td, th, figcaption, .unseen, .foot') !== null) return false;
          if (one.classList.contains('skip')) return false;
          return box.width < least || box.height < least;
        })
        .map((one) => {
          const { width, height } = one.getBoundingClientRect();
          return `${one.tagName} ${one.textContent?.trim().slice(0, 20)} ${Math.round(width)}×${Math.round(height)}`;
        }),
    leastPx,
  );

/** WCAG 1.4.12. */
const SPACED = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }`;
/** And a family of letters that is wider than the one at hand, as a reader's may be. */
const LARGE = 'html { font-size: 200% !important; } * { letter-spacing: 0.08em !important; }';

export function accessibilityChecks(world: () => World): void {
  for (const [name, viewport] of [
    ['390×844', PHONE],
    ['1440×900', DESK],
  ] as const)
    for (const scheme of SCHEMES)
      test(`axe finds nothing on any public page, ${name}, ${scheme}, in both languages`, async () => {
        const { browser, month } = world();
        await visit(browser, { viewport, scheme }, async (page) => {
          for (const language of LANGUAGES)
            for (const path of PUBLIC_PATHS) {
              await open(page, `${month.url}/${language}${path}`);
              // Long tables are the same in both languages, and looked at once for each width and scheme.
              if (language === 'fr') await unfold(page);
              assert.deepEqual(await violations(page), [], `${language}${path}`);
            }
        });
      });

  test('no public page scrolls sideways at 320, 390, 768 or 1440 px, and none loses text', async () => {
    const { browser, month } = world();
    await visit(browser, {}, async (page) => {
      for (const path of PUBLIC_PATHS) {
        await open(page, `${month.url}/fr${path}`);
        await unfold(page);
        for (const width of [320, 390, 768, 1440]) {
          await page.setViewportSize({ width, height: 800 });
          assert.deepEqual(await tooWide(page), [], `${path} at ${width}`);
          assert.deepEqual(await cutOff(page), [], `${path} at ${width}`);
        }
      }
    });
  });

  test('at twice the size of text, and with wide spacing, nothing is cut off or pushed out', async () => {
    const { browser, month } = world();
    await visit(browser, { bypassCSP: true }, async (page) => {
      for (const path of PUBLIC_PATHS)
        for (const style of [LARGE, SPACED]) {
          await open(page, `${month.url}/fr${path}`);
          await unfold(page);
          await page.addStyleTag({ content: style });
          for (const width of [320, PHONE.width]) {
            await page.setViewportSize({ width, height: PHONE.height });
            assert.deepEqual(await tooWide(page), [], `${path} at ${width} with ${style.slice(0, 20)}`);
            assert.deepEqual(await cutOff(page), [], `${path} at ${width} with ${style.slice(0, 20)}`);
          }
        }
    });
  });

  test('what can be pressed is at least 24 px wide and high', async () => {
    const { browser, month } = world();
    await visit(browser, {}, async (page) => {
      for (const path of PUBLIC_PATHS) {
        await open(page, `${month.url}/fr${path}`);
        assert.deepEqual(await smallTargets(page, LEAST_TARGET_PX), [], path);
      }
    });
  });

  test('nothing moves for who asked for less motion, and nothing moves for ever', async () => {
    const { browser, month } = world();
    for (const reducedMotion of ['reduce', 'no-preference'] as const)
      await visit(browser, { reducedMotion }, async (page) => {
        for (const path of ['', '/r/dakar']) {
          await open(page, `${month.url}/fr${path}`);
          const moving = await page.evaluate(() =>
            document.getAnimations().map((one) => one.effect?.getComputedTiming().iterations ?? 1),
          );
          assert.deepEqual(reducedMotion === 'reduce' ? moving : moving.filter((times) => times > 1), [], path);
          if (reducedMotion === 'reduce')
            assert.deepEqual(
              await page.evaluate(() =>
                [...document.querySelectorAll('*')]
                  .filter((one) => {
                    const { transitionDuration, animationName } = getComputedStyle(one);
                    return (
                      animationName !== 'none' ||
                      transitionDuration.split(',').some((each) => Number.parseFloat(each) > 0.01)
                    );
                  })
                  .map((one) => `${one.tagName} ${one.getAttribute('class')}`),
              ),
              [],
              path,
            );
        }
      });
  });
}
