import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { solarElevationDeg } from '../../weather/sun.ts';
import { conditionOf } from './condition-of.ts';
import { hashText, smoothstep, valueNoise } from './noise.ts';

/** Where the weather is asked for. Equal sites have equal weather; near ones share fronts, dust and squalls. */
export interface WeatherSite {
  readonly latitude: number;
  readonly longitude: number;
  readonly elevationM: number | null;
  /** `coast`, `estuary`, `river`, `savanna`, `hills`; anything else is between coast and inland. */
  readonly landscape: string | null;
}

/** The state of the air, complete and unrounded. Rain and snow are 0 when none falls. */
export interface SimulatedWeather {
  readonly temperatureC: number;
  readonly feelsLikeC: number;
  readonly dewPointC: number;
  /** At mean sea level. */
  readonly pressureHpa: number;
  readonly humidityPct: number;
  readonly cloudCoverPct: number;
  readonly visibilityM: number;
  readonly windSpeedMps: number;
  readonly windFromDirectionDeg: number;
  readonly windGustMps: number;
  readonly uvIndex: number;
  readonly rain1hMm: number;
  readonly snow1hMm: number;
  /** OpenWeatherMap condition id, agreeing with the quantities. */
  readonly conditionId: number;
  readonly sunElevationDeg: number;
}

/**
 * A synthetic atmosphere: a pure function of (seed, place, instant), evaluable anywhere in O(1) and in any order. It has a diurnal cycle
 * driven by the sun, seasons with a monsoon in the tropics, fronts and squall lines that travel, dust that comes with
 * the north-easterly harmattan, and quantities that agree with each other. It is not a climate model: means and ranges
 * are those of the Sahel and of the middle latitudes to a few degrees.
 */
export interface Atmosphere {
  readonly seed: number;
  at(site: WeatherSite, at: Instant): SimulatedWeather;
}

const RADIANS = Math.PI / 180;
const YEAR_DAYS = 365.2425;
const LANDSCAPE_INLAND: Readonly<Record<string, number>> = {
  coast: 0.2,
  estuary: 0.45,
  river: 0.9,
  savanna: 1,
  hills: 0.85,
};
/** The ground answers the sun with a delay: hours back and how much of today's heat comes from there. */
const HEAT_KERNEL: readonly (readonly [lagHours: number, weight: number])[] = [
  [0, 0.24],
  [1, 0.22],
  [2, 0.19],
  [3.5, 0.16],
  [5.5, 0.12],
  [8, 0.07],
];

interface Climate {
  readonly local: number;
  readonly region: number;
  /** 0 by the sea, 1 far from it. */
  readonly inland: number;
  /** 1 in the tropics, 0 beyond 32°. */
  readonly tropical: number;
  readonly meanC: number;
}

export function atmosphere(seed: number): Atmosphere {
  const climates = new Map<string, Climate>();
  return {
    seed,
    at(site, at) {
      const key = `${site.latitude.toFixed(2)},${site.longitude.toFixed(2)},${site.elevationM},${site.landscape}`;
      let climate = climates.get(key);
      if (!climate) {
        if (climates.size > 20_000) climates.clear();
        climate = climateOf(seed, site);
        climates.set(key, climate);
      }
      return weatherAt(climate, site, at);
    },
  };
}

function climateOf(seed: number, site: WeatherSite): Climate {
  const local = hashText(seed, `${site.latitude.toFixed(2)},${site.longitude.toFixed(2)}`);
  const latitude = Math.abs(site.latitude);
  const inland = LANDSCAPE_INLAND[site.landscape ?? ''] ?? 0.65;
  const tropical = Math.min(1, Math.max(0, (32 - latitude) / 12));
  return {
    local,
    // Fronts are shared by everything in a belt of latitude: neighbours have the same weather a little later.
    region: hashText(seed, `belt ${Math.round(site.latitude / 12)}`),
    inland,
    tropical,
    meanC:
      28.5 -
      0.0078 * latitude * latitude +
      (inland - 0.55) * 4 * tropical -
      0.0065 * (site.elevationM ?? 0) +
      0.6 * valueNoise(local, 0.5),
  };
}

/** What moves over the region and what the season allows, each about 0…1 unless said otherwise. */
interface Drivers {
  readonly seasonC: number;
  readonly wet: number;
  /** −1.5…1.5, warm positive. */
  readonly front: number;
  readonly dust: number;
  readonly squall: number;
  readonly heat: number;
  readonly meanHeat: number;
  readonly sun: number;
}

function driversOf(climate: Climate, site: WeatherSite, at: Instant): Drivers {
  const { latitude, longitude } = site;
  const { inland, tropical, region } = climate;
  const days = at / DAY_MS;
  // 1970-01-01 is day 0 of both; the drift against the calendar is below a day in a century.
  const phase = days / YEAR_DAYS + (latitude < 0 ? 0.5 : 0);
  const wave = (peak: number, perYear = 1) => Math.cos(2 * Math.PI * perYear * (phase - peak));
  const monsoon = Math.max(0, (wave(0.645) - 0.1) / 0.9) ** 1.2;
  const wet = tropical * monsoon + (1 - tropical) * 0.45;
  const coastC = 3.2 * wave(0.7);
  const inlandC = 3.2 * wave(0.42) + 1.5 * wave(0.36, 2);
  const middleC = 0.27 * Math.abs(latitude) * (0.45 + 0.55 * inland) * wave(0.61 - 0.05 * inland);
  const seasonC = tropical * (coastC + (inlandC - coastC) * inland) + (1 - tropical) * middleC;

  // Tropical waves travel west, fronts of the middle latitudes east.
  const along = tropical > 0.5 ? longitude / 6.5 : -longitude / 9;
  const front =
    0.9 * valueNoise(region, (days + along) / 3.4) +
    0.45 * valueNoise(region + 1, (days + along) / 0.9) +
    0.5 * valueNoise(region + 2, (days + along / 2) / 14);
  const desertSide = smoothstep(6, 11, Math.abs(latitude)) * smoothstep(34, 28, Math.abs(latitude));
  const dust =
    desertSide *
    (1 - monsoon) *
    (0.6 + 0.4 * inland) *
    smoothstep(0.38, 0.85, valueNoise(region + 3, (days + longitude / 8 + latitude / 10) / 2.2));

  let heat = 0;
  let sun = 0;
  for (const [lagHours, weight] of HEAT_KERNEL) {
    const elevation = solarElevationDeg(latitude, longitude, at - lagHours * HOUR_MS);
    if (lagHours === 0) sun = elevation;
    if (elevation > 0) heat += weight * Math.sin(elevation * RADIANS);
  }
  const squall =
    wet *
    (0.55 + 0.6 * heat) *
    smoothstep(
      0.3,
      0.85,
      valueNoise(region + 4, (days + longitude / 12) / 0.22 + 0.3 * valueNoise(climate.local, days * 3)),
    );
  return { seasonC, wet, front, dust, squall, heat, meanHeat: meanHeatOf(latitude, days), sun };
}

/** Mean over the day of the sine of the sun's elevation where it is up. */
function meanHeatOf(latitude: number, days: number): number {
  const declination = -23.44 * RADIANS * Math.cos((2 * Math.PI * (days + 10)) / YEAR_DAYS);
  const phi = Math.min(89.9, Math.max(-89.9, latitude)) * RADIANS;
  const halfDay = Math.acos(Math.min(1, Math.max(-1, -Math.tan(phi) * Math.tan(declination))));
  return (
    (halfDay * Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.sin(halfDay)) /
    Math.PI
  );
}

function weatherAt(climate: Climate, site: WeatherSite, at: Instant): SimulatedWeather {
  const { inland, tropical, local } = climate;
  const days = at / DAY_MS;
  const drivers = driversOf(climate, site, at);
  const { wet, front, dust, squall, heat, meanHeat, sun } = drivers;
  const frontalRain = (1 - tropical) * smoothstep(0.25, 1.1, -front);
  const cloud = clamp(
    0.12 +
      0.35 * wet * tropical +
      0.3 * valueNoise(local + 1, days / 0.7) -
      0.3 * (1 - tropical) * front +
      0.9 * Math.max(squall, frontalRain),
    0,
    1,
  );

  const dayMeanC = climate.meanC + drivers.seasonC + (1.3 + 0.05 * Math.abs(site.latitude)) * front;
  const swingC = (6 + 17 * inland) * (1 - 0.35 * cloud) * (1 - 0.25 * wet * tropical) * (1 - 0.15 * dust);
  const gustFrontC = -6 * squall * Math.min(1, 0.4 + heat);
  const localC = 0.5 * valueNoise(local + 2, days / 0.35) + 0.25 * valueNoise(local + 3, days * 16);
  const temperatureC = dayMeanC + swingC * (heat - meanHeat) + gustFrontC + localC;

  const dryDewC = 17 - 11 * inland;
  const tropicalDewC = dryDewC + (23.5 - dryDewC) * smoothstep(0, 0.6, wet) - 8 * dust;
  const middleDewC = dayMeanC - 4 - 4 * inland + 3 * frontalRain;
  const wantedDewC = tropical * tropicalDewC + (1 - tropical) * middleDewC + 1.6 * valueNoise(local + 4, days / 1.1);
  const raining = Math.max(squall, frontalRain);
  const dewPointC = Math.min(wantedDewC + 2 * raining, temperatureC - 0.15 - 2.5 * (1 - raining) * dust);
  const humidityPct = clamp(100 * (vapourHpa(dewPointC) / vapourHpa(temperatureC)), 2, 100);

  const wind = windOf(climate, site, days, drivers);
  const fallingMm = 14 * squall ** 3 + 2 * frontalRain ** 3;
  const precipitationMm = fallingMm < 0.1 ? 0 : fallingMm;
  const freezing = temperatureC < 0.6;
  const solarHour = (((days + site.longitude / 360) % 1) + 1) % 1;
  const tideHpa = 1.2 * Math.cos(site.latitude * RADIANS) ** 2 * Math.cos(4 * Math.PI * (solarHour - 9.8 / 24));
  const visibilityM = visibilityOf(dust, precipitationMm, humidityPct, wind.speedMps);
  const brightness = Math.max(0, Math.sin(sun * RADIANS));
  return {
    temperatureC,
    feelsLikeC: temperatureC + 0.33 * vapourHpa(dewPointC) - 0.7 * wind.speedMps - 4,
    dewPointC,
    pressureHpa:
      1013 - 1.5 * wet * tropical + tideHpa - (0.9 + 0.12 * Math.abs(site.latitude) * (1 - tropical)) * front,
    humidityPct,
    cloudCoverPct: 100 * cloud,
    visibilityM,
    windSpeedMps: wind.speedMps,
    windFromDirectionDeg: wind.fromDeg,
    windGustMps: wind.speedMps * (1.4 + 0.15 * valueNoise(local + 5, days * 12)) + 6 * squall + 2 * dust,
    uvIndex: 12.5 * brightness ** 1.3 * (1 - 0.7 * cloud ** 3) * (1 - 0.3 * dust),
    rain1hMm: freezing ? 0 : precipitationMm,
    snow1hMm: freezing ? precipitationMm : 0,
    conditionId: conditionOf({
      precipitationMm,
      freezing,
      squall,
      dust,
      visibilityM,
      humidityPct,
      cloudPct: 100 * cloud,
    }),
    sunElevationDeg: sun,
  };
}

/** Saturation vapour pressure over water, hPa (Magnus, WMO 2008). */
const vapourHpa = (celsius: number) => 6.112 * Math.exp((17.62 * celsius) / (243.12 + celsius));

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));

/** Trades and harmattan, monsoon, westerlies, sea breeze and squalls, added as vectors. */
function windOf(climate: Climate, site: WeatherSite, days: number, drivers: Drivers) {
  const { inland, tropical, local } = climate;
  const { wet, dust, heat, squall, front } = drivers;
  let eastward = 1.1 * valueNoise(local + 6, days / 0.4);
  let northward = 1.1 * valueNoise(local + 7, days / 0.4);
  const blow = (fromDeg: number, speedMps: number) => {
    eastward -= speedMps * Math.sin(fromDeg * RADIANS);
    northward -= speedMps * Math.cos(fromDeg * RADIANS);
  };
  const north = site.latitude < 0 ? -1 : 1;
  const mixing = 0.75 + 0.5 * heat;
  blow(90 - north * (inland < 0.3 ? 80 : 45), tropical * (1 - wet) * 3.2 * mixing);
  blow(90 - north * 35, 5 * dust * mixing);
  blow(90 + north * 140, tropical * wet * 2.8 * mixing);
  blow(255 - 25 * front, (1 - tropical) * (3.5 + 1.5 * Math.abs(front)) * mixing);
  blow(285, (1 - inland) * 2.8 * Math.max(0, heat - 0.2));
  blow(95, 8 * squall);
  const speedMps = Math.hypot(eastward, northward);
  const fromDeg = (Math.atan2(-eastward, -northward) / RADIANS + 360) % 360;
  return { speedMps, fromDeg };
}

function visibilityOf(dust: number, precipitationMm: number, humidityPct: number, speedMps: number): number {
  const clearM = 24_000 * Math.exp(-4 * dust) * (1 / (1 + 0.6 * precipitationMm));
  const fog = smoothstep(95.5, 98.5, humidityPct) * smoothstep(2.2, 0.8, speedMps) * (precipitationMm > 0 ? 0 : 1);
  return clearM * (1 - fog) + 350 * fog;
}
