import type { Instant } from '../core/time.ts';

/** What one credential has used of the provider window that starts at `windowAt`. */
export interface QuotaUse {
  /** `<source>/<credential fingerprint>/<window>` (`open-meteo/-/day`): never the key itself. */
  readonly id: string;
  readonly windowAt: Instant;
  readonly used: number;
}

export interface QuotaStore {
  /**
   * Adds `cost` to every listed window at once, if each stays within its limit; durable before it resolves. A window
   * whose stored `windowAt` is older starts again from zero; one that is newer (clock set back) keeps counting.
   * Returns the id of the first window that has no room, or `null` when all were charged.
   */
  reserve(
    windows: readonly (Pick<QuotaUse, 'id' | 'windowAt'> & { readonly limit: number })[],
    cost: number,
  ): Promise<string | null>;
  read(ids: readonly string[]): Promise<readonly (QuotaUse | null)[]>;
}
