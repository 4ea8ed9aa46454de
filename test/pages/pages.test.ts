import { after, before } from 'node:test';
import { accessibilityChecks } from './accessibility.checks.ts';
import { openBrowser } from './browser.ts';
import { mustBeFresh } from './fresh-build.ts';
import { keyboardChecks } from './keyboard.checks.ts';
import { liveChecks } from './live.checks.ts';
import { livedMonth } from './lived-month.ts';
import { offlineChecks } from './offline.checks.ts';
import { truthChecks } from './truth.checks.ts';
import type { World } from './world.ts';

let held: World | null = null;
const world = (): World => {
  if (!held) throw new Error('The world is not there yet.');
  return held;
};

before(async () => {
  mustBeFresh();
  const [month, browser] = await Promise.all([livedMonth(), openBrowser()]);
  held = { month, browser };
});
after(async () => {
  await held?.browser.close();
  await held?.month.close();
});

truthChecks(world);
keyboardChecks(world);
accessibilityChecks(world);
offlineChecks(world);
// Last: they move the clock.
liveChecks(world);
