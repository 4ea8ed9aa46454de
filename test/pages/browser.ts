import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** One process for all pages, and none of the exceptions to a browser's rules that the package makes. */
const LEFT_OUT = [
  '--single-process',
  '--no-zygote',
  '--in-process-gpu',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
];
const UNPACKING_MS = 60_000;

export const PHONE = { width: 390, height: 844 } as const;
export const DESK = { width: 1440, height: 900 } as const;

/** Another test file may be unpacking the same browser: the second waits for the first. */
async function unpacked(): Promise<string> {
  const lock = join(tmpdir(), 'harmattan-chromium.lock');
  const giveUpAt = performance.now() + UNPACKING_MS;
  for (;;)
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (performance.now() > giveUpAt) rmSync(lock, { recursive: true, force: true });
      await pause(50);
    }
  try {
    return await sparticuz.executablePath();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** A browser that knows one family of letters, the one that comes with it: pictures are the same on every machine. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = await unpacked();
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-letters-'));
  const fonts = join(folder, 'fonts.conf');
  writeFileSync(
    fonts,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${join(tmpdir(), 'fonts')}</dir><cachedir>${folder}</cachedir></fontconfig>`,
  );
  const browser = await chromium.launch({
    executablePath,
    args: [...sparticuz.args.filter((one) => !LEFT_OUT.includes(one)), ...more],
    env: { ...process.env, FONTCONFIG_FILE: fonts } as Record<string, string>,
  });
  browser.on('disconnected', () => rmSync(folder, { recursive: true, force: true }));
  return browser;
}

export interface Look extends BrowserContextOptions {
  readonly scheme?: 'light' | 'dark';
}

/** Hands over a page of a fresh visitor and closes it afterwards. */
export async function visit<Result>(
  browser: Browser,
  { scheme = 'light', ...options }: Look,
  look: (page: Page, context: BrowserContext) => Promise<Result>,
): Promise<Result> {
  const context = await browser.newContext({
    viewport: PHONE,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
    ...options,
  });
  context.setDefaultTimeout(30_000);
  try {
    return await look(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

/** Resolves when the page is alive: what its script adds is there. */
export const woken = (page: Page) => page.locator('html[data-awake]').waitFor({ state: 'attached' });

/** Opens a page, which must be there, and waits until it is alive. */
export async function open(page: Page, url: string): Promise<void> {
  const reply = await page.goto(url, { waitUntil: 'load' });
  assert.equal(reply?.status(), 200, url);
  await woken(page);
}
