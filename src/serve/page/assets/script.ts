import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The page's script: what makes an open page follow the data. The page is whole without it. */
export const LIVE_SCRIPT: string = readFileSync(new URL('./live-page.js', import.meta.url), 'utf8');

/** Its address changes with its content, so that it may be kept for ever. */
export const LIVE_SCRIPT_PATH: string = `/live-page-${createHash('sha256').update(LIVE_SCRIPT).digest('hex').slice(0, 12)}.js`;
