/**
 * Which drawing shows which weather. The canonical code is OpenWeatherMap's condition id, as the API gives it
 * (`conditionId`, with `conditionIcon` ending in `d` or `n` for the sun).
 */
export const ICON_NAMES = [
  'clear-day',
  'clear-night',
  'partly-cloudy-day',
  'partly-cloudy-night',
  'cloudy',
  'overcast',
  'drizzle',
  'rain',
  'thunderstorms',
  'sleet',
  'snow',
  'mist',
  'fog',
  'haze',
  'smoke',
  'dust',
  'wind-dust',
  'tornado',
] as const;
export type IconName = (typeof ICON_NAMES)[number];

/** Ids whose drawing is not their group's. */
const OWN: ReadonlyMap<number, IconName> = new Map([
  [511, 'sleet'],
  [611, 'sleet'],
  [612, 'sleet'],
  [613, 'sleet'],
  [615, 'sleet'],
  [616, 'sleet'],
  [701, 'mist'],
  [711, 'smoke'],
  [721, 'haze'],
  [731, 'wind-dust'],
  [741, 'fog'],
  [751, 'wind-dust'],
  [762, 'smoke'],
  [771, 'wind-dust'],
  [781, 'tornado'],
  [803, 'overcast'],
  [804, 'overcast'],
]);

const GROUPS: Readonly<Record<number, IconName>> = {
  2: 'thunderstorms',
  3: 'drizzle',
  5: 'rain',
  6: 'snow',
  7: 'dust',
  8: 'cloudy',
};

/** The drawing of a condition; `null` for none, or one outside every group. */
export function conditionIconName(conditionId: number | null, isDay: boolean): IconName | null {
  if (conditionId === null) return null;
  if (conditionId === 800) return isDay ? 'clear-day' : 'clear-night';
  if (conditionId === 801) return isDay ? 'partly-cloudy-day' : 'partly-cloudy-night';
  return OWN.get(conditionId) ?? GROUPS[Math.floor(conditionId / 100)] ?? null;
}
