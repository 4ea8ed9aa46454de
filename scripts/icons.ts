import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ICON_NAMES } from '../web/src/icon/condition-icon.ts';

/**
 * The weather icons that pages use, as one file that a browser asks for once: `--write` makes web/src/icon/sprite.svg from
 * @meteocons/svg-static (MIT), `--check` fails when it is another.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const file = join(root, 'web', 'src', 'icon', 'sprite.svg');
const drawings = join(root, 'node_modules', '@meteocons', 'svg-static', 'fill');

/** One drawing as a symbol: its ids made unique and short, and nothing in it that a strict policy would drop. */
function symbolOf(name: string): string {
  const text = readFileSync(join(drawings, `${name}.svg`), 'utf8')
    .replace(/\s+/g, ' ')
    .replace(/> </g, '><')
    .replace(/style="mask-type:alpha"/g, 'mask-type="alpha"')
    .replace(/(\d+\.\d{2})\d+/g, '$1');
  const inner = /^<svg[^>]*>(.*)<\/svg>\s*$/.exec(text)?.[1] ?? '';
  const referred = [...new Set([...inner.matchAll(/url\(#([^)]+)\)/g)].map((match) => match[1] ?? ''))];
  const short = new Map(referred.map((id, index) => [id, `${name}-${index}`]));
  const body = inner
    .replace(/ id="([^"]*)"/g, (_, id: string) => (short.has(id) ? ` id="${short.get(id)}"` : ''))
    .replace(/url\(#([^)]+)\)/g, (_, id: string) => `url(#${short.get(id)})`);
  return `<symbol id="${name}" viewBox="0 0 128 128" fill="none">${body}</symbol>`;
}

export const sprite = (): string =>
  `<svg xmlns="http://www.w3.org/2000/svg">\n${ICON_NAMES.map(symbolOf).join('\n')}\n</svg>\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--write')) writeFileSync(file, sprite());
  const isFresh = readFileSync(file, 'utf8') === sprite();
  console.log(isFresh ? `icons: ${ICON_NAMES.length} in the sprite` : 'icons: the sprite is stale; run "npm run docs"');
  process.exitCode = isFresh ? 0 : 1;
}
