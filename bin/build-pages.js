// Builds the pages under web/dist: at `npm ci`, at `npm run build`, and at the first `run` where no script was allowed to.
// Any Node >= 20.19. Without the build's own tools (a production install) it says so and leaves what is there.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');

if (existsSync(vite)) {
  const args = [vite, 'build', '--app', '--logLevel', 'warn', join(root, 'web')];
  process.exitCode = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] }).status ?? 1;
} else console.error('The pages are not built: the tools for it are not installed.');
