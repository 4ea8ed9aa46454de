// The end of `npm ci`: builds the pages, and compiles what the first start would have to compile before it answers.
// Where no script is allowed to run at installing, the first `run` does both.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockedNode, RUN_FLAGS } from './runtime.js';

await import('./build-pages.js');
const bin = dirname(fileURLToPath(import.meta.url));
const node = lockedNode(dirname(bin));
// A start that compiles for itself is slower, and no reason for an installation to fail.
if (existsSync(node)) spawnSync(node, [...RUN_FLAGS, join(bin, 'harmattan.js'), '--version'], { stdio: 'ignore' });
