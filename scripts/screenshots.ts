import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';
import { captureTerminal } from './terminal.ts';

/**
 * `npm run screenshots`: starts the demo in a temporary folder on a free port, waits until it is ready, takes the
 * pictures of README.md and writes what commands print there into it. Nothing of the machine or of its data folder is in
 * them.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const images = join(root, 'docs', 'images');
const MOST_BYTES = 200_000;
const READY_WITHIN_MS = 180_000;

interface Picture {
  readonly path: string;
  readonly widthPx: number;
  /** The first screen only: a picture of the whole page would be too long to look at in a README. */
  readonly heightPx: number;
  readonly scheme: 'light' | 'dark';
  readonly file: string;
}

/** Those that README.md shows. */
const PICTURES: readonly Picture[] = [
  { path: '/en/r/dakar', widthPx: 1440, heightPx: 1000, scheme: 'light', file: 'region-en-1440.png' },
  { path: '/en/r/dakar', widthPx: 1440, heightPx: 1000, scheme: 'dark', file: 'region-en-1440-dark.png' },
  { path: '/fr/r/dakar', widthPx: 390, heightPx: 844, scheme: 'light', file: 'region-fr-390.png' },
  { path: '/fr', widthPx: 390, heightPx: 844, scheme: 'dark', file: 'home-fr-390-dark.png' },
  { path: '/en/exploitation', widthPx: 1440, heightPx: 1100, scheme: 'light', file: 'operations-en-1440.png' },
];

/** Starts the demo; resolves with its address as soon as it is printed. */
async function startDemo(folder: string): Promise<{ demo: ChildProcess; url: string }> {
  const demo = spawn(
    process.execPath,
    [join(root, 'bin', 'harmattan.ts'), 'run', '--demo', '--data', folder, '--port', '0'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  for await (const line of createInterface({ input: demo.stdout as Readable })) {
    const url = /^harmattan answers at (\S+)$/.exec(line)?.[1];
    if (url) return { demo, url };
  }
  throw new Error('The demo ended before it answered.');
}

async function untilReady(url: string): Promise<void> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    if ((await fetch(`${url}/readyz`)).ok) return;
    await pause(500);
  }
  throw new Error(`The demo is not ready after ${READY_WITHIN_MS / 1000} s.`);
}

/** A browser of its own: this build of Chromium ends with its first page. */
async function takePicture(url: string, picture: Picture): Promise<void> {
  const browser = await playwright.launch({ executablePath: await chromium.executablePath(), args: chromium.args });
  try {
    const page = await browser.newPage({
      viewport: { width: picture.widthPx, height: picture.heightPx },
      colorScheme: picture.scheme,
      reducedMotion: 'reduce',
    });
    const response = await page.goto(`${url}${picture.path}`, { waitUntil: 'load' });
    if (response?.status() !== 200) throw new Error(`${picture.path} answered ${response?.status()}.`);
    const path = join(images, picture.file);
    await page.screenshot({ path });
    const bytes = statSync(path).size;
    if (bytes > MOST_BYTES)
      throw new Error(`${picture.file} has ${bytes} bytes; a README picture has at most ${MOST_BYTES}.`);
    console.log(`docs/images/${picture.file}  ${Math.round(bytes / 1000)} kB`);
  } finally {
    await browser.close();
  }
}

mkdirSync(images, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'harmattan-screenshots-'));
const { demo, url } = await startDemo(folder);
try {
  await untilReady(url);
  for (const picture of PICTURES) await takePicture(url, picture);
  captureTerminal(folder);
} finally {
  demo.kill('SIGTERM');
  if (demo.exitCode === null) await once(demo, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
