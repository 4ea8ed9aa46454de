/** A unit that people read: `value in the unit = value in the quantity's own unit × factor + offset`. */
export interface UnitRow {
  /** The unit the program computes in (`QUANTITIES[…].unit`). */
  readonly of: 'Cel' | 'm/s' | 'hPa' | 'mm' | 'm' | '%' | 'W/m2' | 'deg';
  readonly factor: number;
  readonly offset: number;
  /** Decimals worth showing. */
  readonly decimals: number;
}

const row = (of: UnitRow['of'], factor: number, decimals: number, offset = 0): UnitRow => ({
  of,
  factor,
  offset,
  decimals,
});

/** Every unit that a page, a message or an e-mail may show. The first of each kind is the quantity's own. */
export const UNITS = {
  celsius: row('Cel', 1, 1),
  fahrenheit: row('Cel', 1.8, 0, 32),
  metresPerSecond: row('m/s', 1, 1),
  kilometresPerHour: row('m/s', 3.6, 0),
  /** The international knot is 1,852 m an hour exactly. */
  knots: row('m/s', 3600 / 1852, 0),
  /** The statute mile is 1,609.344 m exactly. */
  milesPerHour: row('m/s', 3600 / 1609.344, 0),
  hectopascals: row('hPa', 1, 0),
  millimetres: row('mm', 1, 1),
  metres: row('m', 1, 0),
  kilometres: row('m', 0.001, 1),
  percent: row('%', 1, 0),
  wattsPerSquareMetre: row('W/m2', 1, 0),
  degrees: row('deg', 1, 0),
} as const satisfies Readonly<Record<string, UnitRow>>;

export type Unit = keyof typeof UNITS;

/** From the quantity's own unit into `unit`. */
export const toUnit = (value: number, unit: Unit): number => value * UNITS[unit].factor + UNITS[unit].offset;

/** From `unit` into the quantity's own. */
export const fromUnit = (value: number, unit: Unit): number => (value - UNITS[unit].offset) / UNITS[unit].factor;
