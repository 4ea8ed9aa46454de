/** What decides the condition in words. */
export interface Sky {
  readonly precipitationMm: number;
  readonly freezing: boolean;
  readonly squall: number;
  readonly dust: number;
  readonly visibilityM: number;
  readonly humidityPct: number;
  readonly cloudPct: number;
}

/** The OpenWeatherMap condition id that agrees with the quantities: what falls, then dust, then fog, then clouds. */
export function conditionOf(sky: Sky): number {
  const grade = (light: number, heavy: number) =>
    sky.precipitationMm < light ? 0 : sky.precipitationMm < heavy ? 1 : 2;
  if (sky.precipitationMm > 0) {
    if (sky.freezing) return 600 + grade(1, 4);
    return (sky.squall > 0.45 ? 200 : 500) + grade(2.5, 8);
  }
  if (sky.dust > 0.3 && sky.visibilityM < 5000) return sky.visibilityM < 1000 ? 751 : 761;
  if (sky.dust > 0.1 && sky.visibilityM < 9000) return 721;
  if (sky.visibilityM < 1000) return 741;
  if (sky.visibilityM < 5000) return 701;
  if (sky.cloudPct < 11) return 800;
  if (sky.cloudPct < 25) return 801;
  if (sky.cloudPct < 50) return 802;
  return sky.cloudPct < 85 ? 803 : 804;
}
