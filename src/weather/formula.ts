/**
 * Dew point and relative humidity by the Magnus formula with the coefficients of Alduchov and Eskridge (1996), over
 * water: e_s(T) = 6.1094 hPa · exp(17.625 · T / (243.04 + T)), T in °C. Within 0.4 % of the measured saturation
 * pressure from −40 to 50 °C, and the dew point within 0.1 °C there.
 *
 * Alduchov, O. A., and R. E. Eskridge, 1996: Improved Magnus Form Approximation of Saturation Vapor Pressure. J. Appl.
 * Meteor., 35, 601–609.
 */

const SLOPE = 17.625;
const OFFSET_C = 243.04;
const AT_ZERO_HPA = 6.1094;

/** Saturation vapour pressure over water, hPa. NaN for NaN and at or below −243.04 °C, where the formula has its pole. */
export function saturationVapourPressureHpa(temperatureC: number): number {
  return temperatureC > -OFFSET_C
    ? AT_ZERO_HPA * Math.exp((SLOPE * temperatureC) / (OFFSET_C + temperatureC))
    : Number.NaN;
}

/**
 * Dew point, °C, of air at `temperatureC` with a relative humidity of `humidityPct` (0–100, over water). NaN when the
 * humidity is not above 0: dry air has no dew point.
 */
export function dewPointC(temperatureC: number, humidityPct: number): number {
  if (!(humidityPct > 0) || !(temperatureC > -OFFSET_C)) return Number.NaN;
  const gamma = Math.log(humidityPct / 100) + (SLOPE * temperatureC) / (OFFSET_C + temperatureC);
  return (OFFSET_C * gamma) / (SLOPE - gamma);
}

/** Relative humidity over water, %, of air at `temperatureC` with that dew point; above 100 when it is supersaturated. */
export function relativeHumidityPct(temperatureC: number, dewPointCelsius: number): number {
  return (100 * saturationVapourPressureHpa(dewPointCelsius)) / saturationVapourPressureHpa(temperatureC);
}
