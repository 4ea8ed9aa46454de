import { ask } from '../post.ts';
import type { HeartbeatOptions } from './config.ts';

/** Tells whoever listens at the heartbeat's address that the watch is alive. */
export type Heartbeat = (signal: AbortSignal) => Promise<void>;

/**
 * `null` where no address is configured.
 *
 * @throws HarmattanError HMT_WATCH_* when nobody took it; never with the address, which is a secret of its own
 */
export function heartbeat({ url, timeoutMs }: HeartbeatOptions): Heartbeat | null {
  if (url === null) return null;
  return (signal) => ask({ url, timeoutMs, name: 'The heartbeat', signal });
}
