import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { builtPages, PAGES_FOLDER } from '../src/serve/page/built-pages.ts';

/**
 * What the pages may weigh: `web/sizes.json` has a limit for each part, and what it weighed when it was last written.
 * `--check` fails over the limit and at more than 2 % over what was written; `--write` writes what the build weighs. A
 * part that is still growing has `null` instead, and its limit alone.
 * Bytes after gzip -9.
 */
interface Size {
  readonly limitBytes: number;
  readonly bytes: number | null;
}

const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'web', 'sizes.json');
const MORE = 1.02;

const zippedBytes = (content: string | Buffer) => gzipSync(content, { level: 9 }).byteLength;
const bytesOf = (path: string) => zippedBytes(readFileSync(join(PAGES_FOLDER, 'client', path)));

/** What each part weighs now: scripts of the pages in French, whose texts are the longest. */
async function weigh(): Promise<Readonly<Record<string, number>>> {
  const pages = builtPages();
  const { plan } = await pages.load();
  const scriptsOf = (path: string) => {
    const needed = plan({ path, search: '', now: 0, language: 'fr' });
    if (!needed) throw new Error(`There is no page "${path}".`);
    const { script, preloads } = pages.assets(needed.files);
    return [script, ...preloads].reduce((sum, one) => sum + bytesOf(one), 0);
  };
  const { script, styles } = pages.assets([]);
  const manifest: Record<string, { readonly file: string }> = JSON.parse(
    readFileSync(join(PAGES_FOLDER, 'client', '.vite', 'manifest.json'), 'utf8'),
  );
  return {
    entry: bytesOf(script),
    style: zippedBytes(styles.join('')),
    icons: bytesOf(manifest['src/icon/sprite.svg']?.file ?? ''),
    map: bytesOf(manifest['src/map/senegal.svg']?.file ?? ''),
    overview: scriptsOf(''),
    region: scriptsOf('r/dakar'),
    history: scriptsOf('r/dakar/historique'),
    'map page': scriptsOf('carte'),
    reliability: scriptsOf('fiabilite'),
    about: scriptsOf('a-propos'),
    operations: scriptsOf('exploitation/journaux'),
  };
}

const sizes: Record<string, Size> = JSON.parse(readFileSync(file, 'utf8'));
const weights = await weigh();

if (process.argv.includes('--write')) {
  const written = Object.entries(weights).map(([name, bytes]) => [
    name,
    { limitBytes: sizes[name]?.limitBytes ?? bytes, bytes: sizes[name]?.bytes === null ? null : bytes },
  ]);
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(written), null, 2)}\n`);
}

for (const [name, bytes] of Object.entries(weights)) {
  const size = sizes[name] ?? { limitBytes: 0, bytes: 0 };
  console.log(`${name.padEnd(12)} ${String(bytes).padStart(7)} of ${String(size.limitBytes).padStart(7)} bytes`);
  if (process.argv.includes('--write')) continue;
  if (bytes > size.limitBytes) console.error(`${name}: ${bytes} bytes are over its limit of ${size.limitBytes}.`);
  else if (size.bytes !== null && bytes > size.bytes * MORE)
    console.error(
      `${name}: ${bytes} bytes are 2 % over the ${size.bytes} of before. If it is worth it, run "node scripts/sizes.ts --write".`,
    );
  else continue;
  process.exitCode = 1;
}
