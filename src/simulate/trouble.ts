import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { JournalMessage } from '../journal/journal.ts';
import type { FaultSchedule } from '../poll/simulator/faults.ts';
import type { Place } from '../weather/place.ts';

/** Messages of strangers that no decoder may stumble over; each is quarantined, or a reading of an unknown sender. */
export function hostileMessages(place: Place, at: Instant): readonly JournalMessage[] {
  const flat = { region_name: place.name, lat: place.latitude, lon: place.longitude, data_temp: 20 };
  const dt = Math.floor(at / 1000);
  const values = [
    'not JSON',
    '{"region_name":',
    '[]',
    '7',
    '['.repeat(2000),
    JSON.stringify([{ ...flat, data_dt: 253_402_300_799 }]),
    JSON.stringify([{ ...flat, data_dt: 'yesterday' }]),
    JSON.stringify([{ ...flat, data_dt: dt, data_temp: 999 }]),
    JSON.stringify([{ ...flat, data_dt: dt, data_temp: '20' }]),
    JSON.stringify([{ ...flat, data_dt: dt, region_name: 'Atlantis', lat: 31, lon: -40 }]),
    `[{"__proto__":{"data_temp":1},"region_name":"${place.name}","data_dt":${dt}}]`,
  ];
  const bytes = [...values.map((value) => Buffer.from(value)), Buffer.from([0xff, 0xfe, 0x00, 0x7b])];
  return bytes.map((value) => ({ key: null, headers: {}, value }));
}

/** How long the program stays away at a restart: none, some, or several slots. */
export const restartPauseMs = (share: number): number => Math.floor(share ** 2 * 150) * MINUTE_MS;

/** Whether the program is restarted, or strangers write, in the step that begins at `at`. */
export const programFaults = (faults: FaultSchedule, at: Instant) => ({
  restart: faults.active('program-restart', 'program', at, ''),
  hostile: faults.active('hostile-messages', 'program', at, ''),
});
