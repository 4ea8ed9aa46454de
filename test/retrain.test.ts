import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { outputOf } from './program.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const PRIOR = join('src', 'forecast', 'prior');
const MEASURED = process.env.HMT_STATIONS ?? join(root, '..', 'shared', 'data', 'hourly');

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-retrain-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
};
const commandIn = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { command: string }).command;

test('a manifest names the whole command that made its coefficients, and run again it gives the same bytes', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'stations.csv'), 'file,lat,lon\na,47,8\nb,45,9\nc,14,-17\n');
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    const lines = Array.from({ length: 36 * 24 }, (_, hour) => {
      const value = 9 + 5 * Math.sin((2 * Math.PI * (hour - 9)) / 24) + 2 * Math.sin(hour / (31 + index));
      return `${new Date(Date.UTC(2025, 3, 1, hour)).toISOString().slice(0, 19)}Z,${value.toFixed(1)}\n`;
    });
    writeFileSync(join(folder, `${name}.csv`), `time_utc,temp_c\n${lines.join('')}`);
  }
  await outputOf(['train', '--stations', '.', '--evaluate-only', 'c', '--leave-one-out', '--out', 'made'], {
    cwd: folder,
  });
  const made = join(folder, 'made');
  const command = commandIn(made);
  assert.equal(command, 'harmattan train --stations DIR --evaluate-only c --leave-one-out --out made');
  const files = ['prior.bin', 'without-a.bin', 'without-b.bin', 'manifest.json'];
  const before = files.map((file) => readFileSync(join(made, file)));
  rmSync(made, { recursive: true });
  await outputOf(command.replace('DIR', '.').split(' ').slice(1), { cwd: folder });
  for (const [index, file] of files.entries())
    assert.ok(readFileSync(join(made, file)).equals(before[index] ?? Buffer.alloc(0)), file);
});

test('the command of the shipped manifest is the one that the documentation tells to run', () => {
  const told = readFileSync(join(root, 'docs', 'forecasting.md'), 'utf8');
  assert.match(told, new RegExp(`^ {4}npx ${commandIn(join(root, PRIOR))}$`, 'm'));
});

test('the command of the documentation gives the shipped coefficients and their manifest, byte for byte', {
  skip: !existsSync(join(MEASURED, 'stations.csv'))
    ? `left out: no stations in ${MEASURED}`
    : process.env.HMT_RETRAIN !== '1' && 'left out: it takes minutes, with HMT_RETRAIN=1 it runs',
}, async (t) => {
  const folder = folderOf(t);
  const told = readFileSync(join(root, 'docs', 'forecasting.md'), 'utf8');
  const command = /^ {4}npx harmattan (train .* --out src\/forecast\/prior)$/m.exec(told)?.[1] ?? '';
  await outputOf(command.replace('DIR', MEASURED).split(' '), { cwd: folder });
  for (const file of ['prior.bin', 'manifest.json'])
    assert.ok(readFileSync(join(folder, PRIOR, file)).equals(readFileSync(join(root, PRIOR, file))), file);
});
