/** A course goes from 24 h before its origin to 48 h after it, hour by hour. */
export const COURSE_HOURS = 24 + 48 + 1;
/** Where the origin lies in a course. */
export const COURSE_ORIGIN = 24;
/** Days whose hours are computed, from 24 h before the origin on. */
export const COURSE_DAYS = 4;

/** A course from tables of four days (`24·day + hour`): each hour lies between its day and the next, by how near they are. */
export function drawnBetweenDays(table: Float64Array, into: Float64Array): void {
  for (let day = 0; day < COURSE_DAYS - 1; day++)
    for (let hour = 0; hour < 24; hour++) {
      const [one, next] = [table[24 * day + hour] ?? 0, table[24 * day + 24 + hour] ?? 0];
      into[24 * day + hour] = one + (hour / 24) * (next - one);
    }
  into[COURSE_HOURS - 1] = table[24 * (COURSE_DAYS - 1)] ?? 0;
}
