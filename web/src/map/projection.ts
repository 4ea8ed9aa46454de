/** A map of the web's own projection (spherical Mercator), drawn once at build time for one list of places. */
export interface Outline {
  readonly width: number;
  readonly height: number;
  /** `x = longitude × scale + dx`, in degrees; `y = dy − Mercator(latitude) × scale`. */
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
}

export interface Located {
  readonly latitude: number;
  readonly longitude: number;
}

const RADIANS = Math.PI / 180;

/** Mercator's ordinate in degrees: ln tan(π/4 + φ/2) · 180/π. */
export const mercator = (latitude: number): number =>
  Math.log(Math.tan(Math.PI / 4 + (latitude * RADIANS) / 2)) / RADIANS;

/** Where a place lies on the map. */
export const project = ({ scale, dx, dy }: Pick<Outline, 'scale' | 'dx' | 'dy'>, { latitude, longitude }: Located) => ({
  x: round(longitude * scale + dx),
  y: round(dy - mercator(latitude) * scale),
});

/** Scale and offsets that fit all places into `width`, with `margin` around; a lone place is in the middle of 2°. */
export function fit(places: readonly Located[], width: number, margin: number) {
  const xs = places.map(({ longitude }) => longitude);
  const ys = places.map(({ latitude }) => mercator(latitude));
  const [west, east] = spread(Math.min(...xs), Math.max(...xs));
  const [south, north] = spread(Math.min(...ys), Math.max(...ys));
  const scale = (width - 2 * margin) / (east - west);
  const height = Math.round((north - south) * scale + 2 * margin);
  return { width, height, scale, dx: margin - west * scale, dy: margin + north * scale };
}

/** At least 2° wide. */
const spread = (low: number, high: number): readonly [number, number] => {
  const lacking = Math.max(0, 2 - (high - low)) / 2;
  return [low - lacking, high + lacking];
};

const round = (value: number) => Math.round(value * 10) / 10;
