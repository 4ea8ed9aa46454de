import { setTimeout as delay } from 'node:timers/promises';
import { SECOND_MS, systemClock } from '../src/core/time.ts';
import { loadPlaces, type Place } from '../src/weather/place.ts';
import { originalRecord } from '../test/program.ts';
import { startCommand } from './running.ts';

const places = loadPlaces(new URL('../regions/senegal.json', import.meta.url).pathname);
const TICK_MS = 5;

/** One reading that was handed to `publish`. */
export interface Sent {
  readonly placeId: string;
  readonly validAt: number;
  readonly sentAt: number;
}

/**
 * Hands single-record messages to a `publish` beside the running program at an even rate, each a new instant of one of
 * the thirteen places, and tells what was sent and when (`performance.now()`).
 */
export async function publishAt(
  folder: string,
  perSecond: number,
  seconds: number,
  onSent: (sent: Sent) => void = () => {},
): Promise<void> {
  const publish = startCommand(['publish', '--data', folder]);
  publish.stdout.resume();
  const closed = new Promise((resolve) => publish.once('close', resolve));
  const count = perSecond * seconds;
  const firstAtSeconds = Math.floor(systemClock.now() / SECOND_MS) - Math.ceil(count / places.length) - 60;
  const startedAt = performance.now();
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) / SECOND_MS) * perSecond));
    for (; sent < due; sent++) {
      const { id, name, latitude, longitude } = places[sent % places.length] as Place;
      const atSeconds = firstAtSeconds + Math.floor(sent / places.length);
      const record = originalRecord(name, latitude, longitude, atSeconds, 20 + (sent % 150) / 10);
      onSent({ placeId: id, validAt: atSeconds * SECOND_MS, sentAt: performance.now() });
      publish.stdin.write(`${JSON.stringify([record])}\n`);
    }
    await delay(TICK_MS);
  }
  publish.stdin.end();
  await closed;
}
