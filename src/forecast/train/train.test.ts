import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '../../core/random.ts';
import { HOUR_MS, toRfc3339 } from '../../core/time.ts';
import { PRIOR_FILE, withoutFile } from '../shipped-prior.ts';
import { trainFolder } from './train-folder.ts';

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-train-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
};

/** Forty days of a station's weather. */
function writeStations(folder: string, names: readonly string[]): void {
  writeFileSync(join(folder, 'stations.csv'), `file,lat,lon\n${names.map((name) => `${name},47,8\n`).join('')}`);
  for (const name of names) {
    const random = seededRandom(name.length);
    let swing = 0;
    const lines = Array.from({ length: 40 * 24 }, (_, hour) => {
      swing = 0.97 * swing + random() - 0.5;
      const value = 9 + 5 * Math.sin((2 * Math.PI * (hour - 9)) / 24) + swing;
      return `${toRfc3339(Date.UTC(2025, 3, 1) + hour * HOUR_MS)},${value.toFixed(1)}\n`;
    });
    writeFileSync(join(folder, `${name}.csv`), `time_utc,temp_c\n${lines.join('')}`);
  }
}

const bytesOf = (folder: string, file: string) => readFileSync(join(folder, file)).toString('base64');

test('the same files give the same bytes; who is only evaluated leaves no trace, and who is left out neither', async (t) => {
  const [all, two, one] = [folderOf(t), folderOf(t), folderOf(t)];
  writeStations(all, ['a', 'bb', 'only']);
  writeStations(two, ['a', 'bb']);
  writeStations(one, ['bb']);
  const train = async (stationsFolder: string, evaluateOnly: readonly string[], leaveOneOut = false) => {
    const outFolder = folderOf(t);
    const rows = await trainFolder({ stationsFolder, outFolder, evaluateOnly, leaveOneOut, command: 'train' });
    return { outFolder, stations: rows.map(({ station }) => station) };
  };
  const withOnly = await train(all, ['only'], true);
  const again = await train(all, ['only']);
  const without = await train(two, []);
  const alone = await train(one, []);
  assert.deepEqual(withOnly.stations, ['a', 'bb', 'only']);
  for (const file of [PRIOR_FILE, 'manifest.json'])
    assert.equal(bytesOf(again.outFolder, file), bytesOf(withOnly.outFolder, file));
  assert.equal(bytesOf(without.outFolder, PRIOR_FILE), bytesOf(withOnly.outFolder, PRIOR_FILE));
  assert.equal(bytesOf(withOnly.outFolder, withoutFile('a')), bytesOf(alone.outFolder, PRIOR_FILE));
  assert.notEqual(bytesOf(alone.outFolder, PRIOR_FILE), bytesOf(withOnly.outFolder, PRIOR_FILE));
  assert.ok(!existsSync(join(withOnly.outFolder, withoutFile('only'))));
});
