/** How often a reading is expected, and how much later than that it may come, ms. */
export interface Due {
  readonly everyMs: number;
  readonly graceMs: number;
}

/** Ages of the newest reading: from `lateMs` on it is late, from `missingMs` on it is missing. */
export interface Lateness {
  readonly lateMs: number;
  readonly missingMs: number;
}

/**
 * The one definition of late and missing, for the pages as for the watch: late after a period and its grace, missing after
 * two periods, and never before it is late. Pure.
 */
export const latenessOf = ({ everyMs, graceMs }: Due): Lateness => ({
  lateMs: everyMs + graceMs,
  missingMs: Math.max(2 * everyMs, everyMs + graceMs),
});
