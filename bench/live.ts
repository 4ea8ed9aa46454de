import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { fromRfc3339, SECOND_MS } from '../src/core/time.ts';
import { listen } from './listening.ts';
import { type Figure, printFigures } from './machine.ts';
import { publishAt } from './published.ts';
import { percentile, startProgram } from './running.ts';

/**
 * From handing a message to `publish` until a listener of `/api/v1/live` has its event, over three processes: reading
 * the line, the durable append, noticing it in the program, checks, the store's commit, the event. Forecasts are issued
 * all the while.
 */
const { values: flags } = parseArgs({
  options: { rate: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '30' } },
});
const [perSecond, seconds] = [Number(flags.rate), Number(flags.seconds)];
const WARM_UP_SECONDS = 5;
/** How long the last events may take to come. */
const TAIL_MS = 5 * SECOND_MS;

const heard = z.object({ placeId: z.string(), validAt: z.string() });
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-live-'));
const program = await startProgram(['--data', folder, '--source', 'none']);
try {
  const sentAt = new Map<string, number>();
  const latencies: number[] = [];
  const listener = await listen(program.url, (event, data) => {
    if (event !== 'observation') return;
    const { placeId, validAt } = heard.parse(data);
    const key = `${placeId} ${fromRfc3339(validAt)}`;
    const at = sentAt.get(key);
    if (at !== undefined) latencies.push(performance.now() - at);
    sentAt.delete(key);
  });
  await publishAt(folder, perSecond, WARM_UP_SECONDS);
  const startedAt = performance.now();
  await publishAt(folder, perSecond, seconds, ({ placeId, validAt, sentAt: at }) => {
    // Until `publish` has started, lines wait for it: they say nothing of the program.
    if (at - startedAt > 2 * SECOND_MS) sentAt.set(`${placeId} ${validAt}`, at);
  });
  await delay(TAIL_MS);
  listener.close();
  const figures: Figure[] = [
    { what: 'publish → event, half of them', measured: percentile(latencies, 0.5), unit: 'ms', target: { atMost: 20 } },
    { what: 'publish → event, p99', measured: percentile(latencies, 0.99), unit: 'ms', target: { atMost: 250 } },
    { what: 'longest', measured: Math.max(...latencies), unit: 'ms' },
    { what: 'events measured', measured: latencies.length, unit: '' },
    { what: 'readings without an event', measured: sentAt.size, unit: '', target: { atMost: 0 } },
  ];
  printFigures(`live: ${perSecond} observations a second for ${seconds} s`, figures);
} finally {
  await program.stop();
  rmSync(folder, { recursive: true });
}
