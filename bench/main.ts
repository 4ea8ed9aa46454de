import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `npm run bench`: every bench in turn, each in a process of its own, so that one's memory is not another's.
 * `npm run bench -- store ingest` runs only those named.
 */
const folder = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const names = globSync('*.ts', { cwd: folder })
  .map((file) => basename(file, '.ts'))
  .filter((name) => !['main', 'machine'].includes(name) && (wanted.length === 0 || wanted.includes(name)))
  .sort();

let failed = 0;
for (const name of names) {
  const { status } = spawnSync(process.execPath, ['--expose-gc', join(folder, `${name}.ts`)], { stdio: 'inherit' });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
