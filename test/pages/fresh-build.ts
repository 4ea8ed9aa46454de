import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HOME = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['web/src', 'src/text'];

/**
 * Throws when the pages were built before what they are made of was last written: a browser would look at pages that
 * nobody will be served.
 */
export function mustBeFresh(): void {
  const builtAt = newestIn('web/dist/server');
  for (const folder of SOURCES)
    if (newestIn(folder) > builtAt)
      throw new Error(`The pages are older than ${folder}: run \`npm run build\`, then these tests again.`);
}

function newestIn(folder: string): number {
  const files = readdirSync(join(HOME, folder), { recursive: true, withFileTypes: true });
  return Math.max(
    0,
    ...files
      .filter((one) => one.isFile() && !one.name.endsWith('.test.ts') && !one.name.endsWith('.test.tsx'))
      .map((one) => statSync(join(one.parentPath, one.name)).mtimeMs),
  );
}
