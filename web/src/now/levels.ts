import type { TextId } from '../app/reader.tsx';

/** Words for how much something is. Each table: from which value on the word holds, highest first. */
type Levels = readonly (readonly [from: number, word: TextId])[];

const wordAt = (levels: Levels, value: number): TextId =>
  (levels.find(([from]) => value >= from) ?? levels[levels.length - 1] ?? (['', 'web.none'] as const))[1];

/** Beaufort, WMO-No. 8: metres per second at 10 m. */
const BEAUFORT: Levels = [
  [32.7, 'web.beaufort.12'],
  [28.5, 'web.beaufort.11'],
  [24.5, 'web.beaufort.10'],
  [20.8, 'web.beaufort.9'],
  [17.2, 'web.beaufort.8'],
  [13.9, 'web.beaufort.7'],
  [10.8, 'web.beaufort.6'],
  [8.0, 'web.beaufort.5'],
  [5.5, 'web.beaufort.4'],
  [3.4, 'web.beaufort.3'],
  [1.6, 'web.beaufort.2'],
  [0.3, 'web.beaufort.1'],
  [0, 'web.beaufort.0'],
];
export const windWord = (speedMps: number): TextId => wordAt(BEAUFORT, speedMps);

/** How the air feels, by its dew point. */
const COMFORT: Levels = [
  [24, 'web.comfort.oppressive'],
  [20, 'web.comfort.muggy'],
  [10, 'web.comfort.pleasant'],
  [-100, 'web.comfort.dry'],
];
export const comfortWord = (dewPointC: number): TextId => wordAt(COMFORT, dewPointC);

/** Visibility in metres; below 1 km is fog by WMO's definition. */
const SIGHT: Levels = [
  [10_000, 'web.sight.very-good'],
  [4000, 'web.sight.good'],
  [1000, 'web.sight.poor'],
  [0, 'web.sight.very-poor'],
];
export const sightWord = (visibilityM: number): TextId => wordAt(SIGHT, visibilityM);

/** UV index, WHO's steps on the rounded index. */
const UV: Levels = [
  [10.5, 'web.uv.extreme'],
  [7.5, 'web.uv.very-high'],
  [5.5, 'web.uv.high'],
  [2.5, 'web.uv.moderate'],
  [0, 'web.uv.low'],
];
export const uvWord = (index: number): TextId => wordAt(UV, index);

/** Change of pressure over three hours, hPa. */
export const tendencyWord = (changeHpa: number): TextId =>
  changeHpa >= 1 ? 'web.tendency.rising' : changeHpa <= -1 ? 'web.tendency.falling' : 'web.tendency.steady';

const POINTS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const;
/** Where the wind comes from, in eighths. */
export const compassWord = (fromDeg: number): TextId =>
  `web.compass.${POINTS[Math.round((((fromDeg % 360) + 360) % 360) / 45) % 8] ?? 'n'}`;
