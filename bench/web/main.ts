import type { Browser, Page } from 'playwright-core';
import { MINUTE_MS, SECOND_MS } from '../../src/core/time.ts';
import { openBrowser, PHONE, visit } from '../../test/pages/browser.ts';
import { AT_ONCE, type LinkOptions, openLink } from '../../test/pages/link.ts';
import { LATE, livedMonth, NOW } from '../../test/pages/lived-month.ts';
import { type Figure, printFigures } from '../machine.ts';

/**
 * What a reader waits for: each public page over each line, on a phone four times slower than this machine, as a fresh
 * visitor and, for a region, as one who comes back. LCP is the largest paint, CLS how much moved, TBT how long the
 * script held the page in pieces over 50 ms, bytes what came down the line, headers included.
 */
const SLOWER = 4;
const ROUNDS = 3;
const SETTLE_MS = 1500;
const DAY_BYTES = 200_000;

/** `mostMs`: a first visit's largest paint. */
const LINES: readonly (LinkOptions & { readonly mostMs: number })[] = [
  { name: 'slow 3G', kilobitsPerSecond: 400, roundTripMs: 400, mostMs: 2000 },
  { name: 'slow 4G', kilobitsPerSecond: 1600, roundTripMs: 150, mostMs: 1000 },
  { name: 'good 4G', kilobitsPerSecond: 10_000, roundTripMs: 50, mostMs: 700 },
];
const PAGES = ['/r/dakar', '', '/r/dakar/historique', '/carte', '/fiabilite', '/a-propos', '/exploitation'] as const;
/** The page that the times were promised for. */
const MAIN = '/r/dakar';

interface Visit {
  readonly lcpMs: number;
  readonly cls: number;
  readonly tbtMs: number;
  readonly bytes: number;
}

const middle = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Collected from the page's first moment on; read by `seen`. */
const COLLECT = () => {
  const seen = { lcpMs: 0, cls: 0, tbtMs: 0 };
  Object.assign(globalThis, { seen });
  const watch = (type: EntryType, each: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => {
    seen.lcpMs = entry.startTime;
  });
  watch('layout-shift', (entry) => {
    const { value, hadRecentInput } = entry as PerformanceEntry & { value: number; hadRecentInput: boolean };
    if (!hadRecentInput) seen.cls += value;
  });
  watch('longtask', ({ duration }) => {
    seen.tbtMs += Math.max(0, duration - 50);
  });
};

async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
}

async function look(page: Page, url: string): Promise<Omit<Visit, 'bytes'>> {
  await page.addInitScript(COLLECT);
  await page.goto(url, { waitUntil: 'load', timeout: 120_000 });
  await page.locator('html[data-awake]').waitFor({ state: 'attached', timeout: 120_000 });
  await page.waitForTimeout(SETTLE_MS);
  return page.evaluate(() => (globalThis as unknown as { seen: Omit<Visit, 'bytes'> }).seen);
}

async function firstVisits(browser: Browser, server: string, line: LinkOptions, path: string): Promise<Visit> {
  const visits: Visit[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const link = await openLink(server, line);
    try {
      visits.push(
        await visit(browser, { viewport: PHONE, deviceScaleFactor: 2 }, async (page) => {
          await slowDown(page);
          const seen = await look(page, `${link.url}/fr${path}`);
          return { ...seen, bytes: link.takeBytes() };
        }),
      );
    } finally {
      await link.close();
    }
  }
  const of = (name: keyof Visit) => middle(visits.map((one) => one[name]));
  return { lcpMs: of('lcpMs'), cls: of('cls'), tbtMs: of('tbtMs'), bytes: of('bytes') };
}

/** A reader whose browser kept the page: its largest paint when it is opened again, and when nobody answers. */
async function comesBack(browser: Browser, server: string, line: LinkOptions): Promise<readonly Figure[]> {
  const link = await openLink(server, line);
  try {
    return await visit(browser, { viewport: PHONE, serviceWorkers: 'allow' }, async (page, context) => {
      const url = `${link.url}/fr${MAIN}`;
      await page.goto(url);
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await page.waitForTimeout(SETTLE_MS);
      await page.reload();
      await page.waitForTimeout(3 * SETTLE_MS);
      await page.close();
      const again = async () => {
        const next = await context.newPage();
        await slowDown(next);
        const { lcpMs } = await look(next, url);
        await next.close();
        return lcpMs;
      };
      const back = await again();
      link.cut();
      const alone = await again();
      return [
        { what: `${MAIN} opened again: LCP`, measured: back, unit: 'ms', target: { atMost: 500 } },
        { what: `${MAIN} opened without a line: LCP`, measured: alone, unit: 'ms', target: { atMost: 500 } },
      ];
    });
  } finally {
    await link.close();
  }
}

/** From the start of a visit to the first answer of the chart to an arrow. */
async function chartAnswers(browser: Browser, server: string, line: LinkOptions): Promise<Figure> {
  const link = await openLink(server, line);
  try {
    return await visit(browser, { viewport: PHONE }, async (page) => {
      await slowDown(page);
      const startedAt = performance.now();
      await page.goto(`${link.url}/fr${MAIN}`, { waitUntil: 'commit' });
      await page.locator('.chart-plot').first().focus();
      const readout = page.locator('.chart-readout').first();
      while ((await readout.innerText()) === '' && performance.now() - startedAt < 60 * SECOND_MS)
        await page.keyboard.press('ArrowRight');
      const measured = performance.now() - startedAt;
      return { what: `${MAIN}: the chart answers an arrow`, measured, unit: 'ms', target: { atMost: 7000 } };
    });
  } finally {
    await link.close();
  }
}

const [month, browser] = await Promise.all([livedMonth(), openBrowser()]);
try {
  for (const line of LINES) {
    const figures: Figure[] = [];
    for (const path of PAGES) {
      const { lcpMs, cls, tbtMs, bytes } = await firstVisits(browser, month.url, line, path);
      const name = path || '/';
      figures.push(
        {
          what: `${name}: LCP`,
          measured: lcpMs,
          unit: 'ms',
          ...(path === MAIN && { target: { atMost: line.mostMs } }),
        },
        { what: `${name}: CLS`, measured: cls, unit: '', target: { atMost: 0.02 } },
        { what: `${name}: TBT`, measured: tbtMs, unit: 'ms', target: { atMost: 200 } },
        { what: `${name}: bytes`, measured: bytes, unit: '', target: { atMost: DAY_BYTES } },
      );
    }
    if (line.name === 'slow 3G')
      figures.push(await chartAnswers(browser, month.url, line), ...(await comesBack(browser, month.url, line)));
    printFigures(`web: first visits over ${line.name}, processor ${SLOWER} times slower, middle of ${ROUNDS}`, figures);
  }
  await visit(browser, {}, async (page) => {
    const link = await openLink(month.url, AT_ONCE);
    await page.goto(`${link.url}/en/r/${LATE}`);
    await page.locator('html[data-awake]').waitFor({ state: 'attached' });
    await page.waitForTimeout(SETTLE_MS);
    month.answer('all');
    await month.clock.advanceTo(NOW + 6 * MINUTE_MS);
    const storedAt = performance.now();
    await page.getByText('Analysis of 13:00').waitFor();
    const measured = performance.now() - storedAt;
    printFigures('web: live', [
      { what: 'a reading is seen after its storage', measured, unit: 'ms', target: { atMost: 2000 } },
    ]);
    await link.close();
  });
} finally {
  await browser.close();
  await month.close();
}
