import type { Instant } from '../core/time.ts';
import { solarElevationDeg } from './sun.ts';

/**
 * Weather in words. The canonical code is OpenWeatherMap's condition id, because the original system's clients show its
 * main group, description and icon. Source: openweathermap.org/weather-conditions.
 */

interface ConditionRow {
  readonly main: string;
  readonly en: string;
  readonly fr: string;
  /** Icon number; `d` or `n` follows from the sun. */
  readonly icon: string;
}

const CONDITIONS: ReadonlyMap<number, ConditionRow> = new Map([
  [200, { main: 'Thunderstorm', en: 'thunderstorm with light rain', fr: 'orage et pluie légère', icon: '11' }],
  [201, { main: 'Thunderstorm', en: 'thunderstorm with rain', fr: 'orage et pluie', icon: '11' }],
  [202, { main: 'Thunderstorm', en: 'thunderstorm with heavy rain', fr: 'orage et forte pluie', icon: '11' }],
  [210, { main: 'Thunderstorm', en: 'light thunderstorm', fr: 'orage léger', icon: '11' }],
  [211, { main: 'Thunderstorm', en: 'thunderstorm', fr: 'orage', icon: '11' }],
  [212, { main: 'Thunderstorm', en: 'heavy thunderstorm', fr: 'orage violent', icon: '11' }],
  [221, { main: 'Thunderstorm', en: 'ragged thunderstorm', fr: 'orages épars', icon: '11' }],
  [230, { main: 'Thunderstorm', en: 'thunderstorm with light drizzle', fr: 'orage et bruine légère', icon: '11' }],
  [231, { main: 'Thunderstorm', en: 'thunderstorm with drizzle', fr: 'orage et bruine', icon: '11' }],
  [232, { main: 'Thunderstorm', en: 'thunderstorm with heavy drizzle', fr: 'orage et forte bruine', icon: '11' }],
  [300, { main: 'Drizzle', en: 'light intensity drizzle', fr: 'bruine légère', icon: '09' }],
  [301, { main: 'Drizzle', en: 'drizzle', fr: 'bruine', icon: '09' }],
  [302, { main: 'Drizzle', en: 'heavy intensity drizzle', fr: 'forte bruine', icon: '09' }],
  [310, { main: 'Drizzle', en: 'light intensity drizzle rain', fr: 'pluie bruineuse légère', icon: '09' }],
  [311, { main: 'Drizzle', en: 'drizzle rain', fr: 'pluie bruineuse', icon: '09' }],
  [312, { main: 'Drizzle', en: 'heavy intensity drizzle rain', fr: 'forte pluie bruineuse', icon: '09' }],
  [313, { main: 'Drizzle', en: 'shower rain and drizzle', fr: 'averses et bruine', icon: '09' }],
  [314, { main: 'Drizzle', en: 'heavy shower rain and drizzle', fr: 'fortes averses et bruine', icon: '09' }],
  [321, { main: 'Drizzle', en: 'shower drizzle', fr: 'averses de bruine', icon: '09' }],
  [500, { main: 'Rain', en: 'light rain', fr: 'pluie légère', icon: '10' }],
  [501, { main: 'Rain', en: 'moderate rain', fr: 'pluie modérée', icon: '10' }],
  [502, { main: 'Rain', en: 'heavy intensity rain', fr: 'forte pluie', icon: '10' }],
  [503, { main: 'Rain', en: 'very heavy rain', fr: 'très forte pluie', icon: '10' }],
  [504, { main: 'Rain', en: 'extreme rain', fr: 'pluie extrême', icon: '10' }],
  [511, { main: 'Rain', en: 'freezing rain', fr: 'pluie verglaçante', icon: '13' }],
  [520, { main: 'Rain', en: 'light intensity shower rain', fr: 'averses légères', icon: '09' }],
  [521, { main: 'Rain', en: 'shower rain', fr: 'averses', icon: '09' }],
  [522, { main: 'Rain', en: 'heavy intensity shower rain', fr: 'fortes averses', icon: '09' }],
  [531, { main: 'Rain', en: 'ragged shower rain', fr: 'averses éparses', icon: '09' }],
  [600, { main: 'Snow', en: 'light snow', fr: 'neige légère', icon: '13' }],
  [601, { main: 'Snow', en: 'snow', fr: 'neige', icon: '13' }],
  [602, { main: 'Snow', en: 'heavy snow', fr: 'forte neige', icon: '13' }],
  [611, { main: 'Snow', en: 'sleet', fr: 'neige fondue', icon: '13' }],
  [612, { main: 'Snow', en: 'light shower sleet', fr: 'averses légères de neige fondue', icon: '13' }],
  [613, { main: 'Snow', en: 'shower sleet', fr: 'averses de neige fondue', icon: '13' }],
  [615, { main: 'Snow', en: 'light rain and snow', fr: 'pluie légère et neige', icon: '13' }],
  [616, { main: 'Snow', en: 'rain and snow', fr: 'pluie et neige', icon: '13' }],
  [620, { main: 'Snow', en: 'light shower snow', fr: 'averses de neige légères', icon: '13' }],
  [621, { main: 'Snow', en: 'shower snow', fr: 'averses de neige', icon: '13' }],
  [622, { main: 'Snow', en: 'heavy shower snow', fr: 'fortes averses de neige', icon: '13' }],
  [701, { main: 'Mist', en: 'mist', fr: 'brume', icon: '50' }],
  [711, { main: 'Smoke', en: 'smoke', fr: 'fumée', icon: '50' }],
  [721, { main: 'Haze', en: 'haze', fr: 'brume sèche', icon: '50' }],
  [731, { main: 'Dust', en: 'sand/dust whirls', fr: 'tourbillons de sable ou de poussière', icon: '50' }],
  [741, { main: 'Fog', en: 'fog', fr: 'brouillard', icon: '50' }],
  [751, { main: 'Sand', en: 'sand', fr: 'sable', icon: '50' }],
  [761, { main: 'Dust', en: 'dust', fr: 'poussière', icon: '50' }],
  [762, { main: 'Ash', en: 'volcanic ash', fr: 'cendres volcaniques', icon: '50' }],
  [771, { main: 'Squall', en: 'squalls', fr: 'grains', icon: '50' }],
  [781, { main: 'Tornado', en: 'tornado', fr: 'tornade', icon: '50' }],
  [800, { main: 'Clear', en: 'clear sky', fr: 'ciel dégagé', icon: '01' }],
  [801, { main: 'Clouds', en: 'few clouds', fr: 'quelques nuages', icon: '02' }],
  [802, { main: 'Clouds', en: 'scattered clouds', fr: 'nuages épars', icon: '03' }],
  [803, { main: 'Clouds', en: 'broken clouds', fr: 'nuageux', icon: '04' }],
  [804, { main: 'Clouds', en: 'overcast clouds', fr: 'couvert', icon: '04' }],
]);

/** Every id of the table, ascending. */
export const CONDITION_IDS: readonly number[] = [...CONDITIONS.keys()];

/** The row of an id, or of its group's plainest member when the exact id is not in the table. */
function rowOf(id: number): ConditionRow | undefined {
  return (
    CONDITIONS.get(id) ?? CONDITIONS.get(Math.floor(id / 100) * 100 + 1) ?? CONDITIONS.get(Math.floor(id / 100) * 100)
  );
}

/** OpenWeatherMap's `main` group (`Clouds`); the empty string for an id outside every group. */
export const conditionMain = (id: number): string => rowOf(id)?.main ?? '';

/** The condition in words (`nuages épars`); the empty string for an id outside every group. */
export const conditionDescription = (id: number, language: 'fr' | 'en'): string => rowOf(id)?.[language] ?? '';

/** The id of the same main group whose English words these are, else the group's first; `null` for an unknown group. */
export function conditionIdOf(main: string, description: string): number | null {
  const group = [...CONDITIONS].filter(([, row]) => row.main === main);
  return (group.find(([, { en }]) => en === description) ?? group[0])?.[0] ?? null;
}

/** OpenWeatherMap's icon name: `03d` while the sun is up at the place (−0.833°, the upper limb with refraction), else `03n`. */
export function conditionIcon(
  id: number,
  place: { readonly latitude: number; readonly longitude: number },
  at: Instant,
): string {
  const row = rowOf(id);
  if (!row) return '';
  return row.icon + (solarElevationDeg(place.latitude, place.longitude, at) > -0.833 ? 'd' : 'n');
}

/** WMO 4677 codes as Open-Meteo uses them, each with the condition id that says the same. */
const WMO_CONDITIONS: ReadonlyMap<number, number> = new Map([
  [0, 800],
  [1, 801],
  [2, 802],
  [3, 804],
  [45, 741],
  [48, 741],
  [51, 300],
  [53, 301],
  [55, 302],
  [56, 511],
  [57, 511],
  [61, 500],
  [63, 501],
  [65, 502],
  [66, 511],
  [67, 511],
  [71, 600],
  [73, 601],
  [75, 602],
  [77, 600],
  [80, 520],
  [81, 521],
  [82, 522],
  [85, 620],
  [86, 622],
  [95, 211],
  [96, 201],
  [99, 202],
]);

/** The condition id of a WMO weather code; `null` for a code that Open-Meteo does not document. */
export const conditionOfWmoCode = (code: number): number | null => WMO_CONDITIONS.get(code) ?? null;
