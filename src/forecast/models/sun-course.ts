import { HOUR_MS, type Instant } from '../../core/time.ts';
import { sunPosition } from '../../weather/sun.ts';
import type { Site } from '../forecaster.ts';
import { COURSE_DAYS, COURSE_HOURS, COURSE_ORIGIN, drawnBetweenDays } from './day-tables.ts';

/** Time constants of the ground's and the air's inertia, hours. */
const INERTIA_H = [2, 5, 12] as const;
const KEPT = INERTIA_H.map((hours) => Math.exp(-1 / hours));
/** What is not left of a lag after a day. */
const WHOLE_DAY = KEPT.map((kept) => 1 - kept ** 24);

/**
 * The sun over a site around an origin, hour by hour from −24 h to +48 h (`COURSE_ORIGIN` is the origin). `height` is the
 * cosine of the zenith angle, never below 0; the others are what a first-order lag of 2, 5 and 12 h makes of it.
 */
export interface SunCourse {
  readonly height: Float64Array;
  readonly lag2: Float64Array;
  readonly lag5: Float64Array;
  readonly lag12: Float64Array;
  /** Mean height over the day. */
  dayMean: number;
  /** Angle of the sun past its meridian at the origin, radians. */
  hourAngle: number;
}

const course: SunCourse = {
  height: new Float64Array(COURSE_HOURS),
  lag2: new Float64Array(COURSE_HOURS),
  lag5: new Float64Array(COURSE_HOURS),
  lag12: new Float64Array(COURSE_HOURS),
  dayMean: 0,
  hourAngle: 0,
};

const tables = Array.from({ length: 4 }, () => new Float64Array(24 * COURSE_DAYS));
const COS_OF_HOUR = Float64Array.from({ length: 24 }, (_, hour) => Math.cos((2 * Math.PI * hour) / 24));
const SIN_OF_HOUR = Float64Array.from({ length: 24 }, (_, hour) => Math.sin((2 * Math.PI * hour) / 24));

/**
 * The course around `origin`. Each day is taken as one of an endless row of equal days, so that the lags have no
 * beginning: an instant's value depends on nothing but place and time. The result is overwritten by the next call.
 */
export function sunCourse({ latitude, longitude }: Site, origin: Instant): SunCourse {
  const phi = (latitude * Math.PI) / 180;
  const [sinPhi, cosPhi] = [Math.sin(phi), Math.cos(phi)];
  for (let day = 0; day < COURSE_DAYS; day++) {
    const { declination, hourAngle } = sunPosition(longitude, origin + (24 * day - COURSE_ORIGIN) * HOUR_MS);
    if (day === 1) course.hourAngle = hourAngle;
    oneDay(24 * day, sinPhi * Math.sin(declination), cosPhi * Math.cos(declination), hourAngle);
  }
  const [height, lag2, lag5, lag12] = tables;
  if (!height || !lag2 || !lag5 || !lag12) return course;
  drawnBetweenDays(height, course.height);
  drawnBetweenDays(lag2, course.lag2);
  drawnBetweenDays(lag5, course.lag5);
  drawnBetweenDays(lag12, course.lag12);
  let sum = 0;
  for (let hour = 24; hour < 48; hour++) sum += height[hour] ?? 0;
  course.dayMean = sum / 24;
  return course;
}

function oneDay(from: number, along: number, across: number, hourAngle: number): void {
  const height = tables[0] as Float64Array;
  const [cosine, sine] = [across * Math.cos(hourAngle), across * Math.sin(hourAngle)];
  for (let hour = 0; hour < 24; hour++)
    height[from + hour] = Math.max(0, along + cosine * (COS_OF_HOUR[hour] ?? 0) - sine * (SIN_OF_HOUR[hour] ?? 0));
  for (let lag = 0; lag < 3; lag++) {
    const table = tables[lag + 1] as Float64Array;
    const kept = KEPT[lag] ?? 0;
    let value = 0;
    for (let hour = 0; hour < 24; hour++) value = kept * value + (1 - kept) * (height[from + hour] ?? 0);
    value /= WHOLE_DAY[lag] ?? 1;
    for (let hour = 0; hour < 24; hour++) {
      value = kept * value + (1 - kept) * (height[from + hour] ?? 0);
      table[from + hour] = value;
    }
  }
}
