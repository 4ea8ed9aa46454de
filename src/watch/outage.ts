import type { Instant } from '../core/time.ts';
import type { Notification } from './notification.ts';

/** What is told past a store that can be neither read nor written. */
export const storeError = (code: string, at: Instant): Notification => ({
  id: `store-error-${at.toString(36)}`,
  news: 'firing',
  dedupeKey: 'store-error:store',
  incidentId: `store-error-${at.toString(36)}`,
  alertId: 'store',
  rule: 'store-error',
  severity: 'critical',
  startsAt: at,
  endsAt: null,
  at,
  places: [],
  placeCount: 0,
  placeTotal: 0,
  labels: {},
  cause: { code, detail: null },
  expected: null,
  limit: null,
  count: null,
});
