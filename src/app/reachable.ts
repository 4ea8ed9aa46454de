import type { Config } from '../config/config.ts';
import { HarmattanError } from '../core/errors.ts';
import type { Transport } from '../core/transport.ts';

/** Long enough for a slow first connection on a phone's network. */
const PATIENCE_MS = 6_000;

/** Whether the default provider answers at all, whatever it says. Asks for its front page, which no quota counts. */
export async function isReachable(transport: Transport, config: Config, signal: AbortSignal): Promise<boolean> {
  try {
    await transport({ url: config.openMeteo.baseUrl, headers: {}, timeoutMs: PATIENCE_MS, maxBytes: 65_536, signal });
    return true;
  } catch (error) {
    return error instanceof HarmattanError && error.code === 'HMT_POLL_BODY_TOO_LARGE';
  }
}
