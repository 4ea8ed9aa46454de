import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/core/random.ts';
import { MINUTE_MS } from '../src/core/time.ts';
import type { ProgramEvent } from '../src/store/event-log.ts';
import { EVENT_FILE, sqliteEventLog } from '../src/store/sqlite/event-log.ts';
import { type Figure, printFigures } from './machine.ts';

/** The log of events: a million lines, the first page of searches over all of them, and the histogram. */
const { values: options } = parseArgs({ options: { lines: { type: 'string', default: '1000000' } } });
const lines = Number(options.lines);
const random = seededRandom(1, 'events');
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-events-'));
const log = sqliteEventLog({ folder, most: lines });
const stages = ['poll', 'process', 'forecast', 'watch'];

const eventAt = (index: number): ProgramEvent => ({
  at: index * MINUTE_MS,
  stage: stages[Math.floor(random() * stages.length)] ?? 'poll',
  level: random() < 0.01 ? 'error' : random() < 0.1 ? 'warn' : 'info',
  message: random() < 0.5 ? 'A round is over' : 'A record went to quarantine.',
  code: random() < 0.1 ? 'HMT_POLL_TIMEOUT' : null,
  placeId: `place-${Math.floor(random() * 13)}`,
  fields: { asked: 13, answered: Math.floor(random() * 13), id: `observations/0/${index}` },
});

const startedAt = performance.now();
for (let index = 0; index < lines; index += 1000)
  await log.append(Array.from({ length: 1000 }, (_, item) => eventAt(index + item)));
const seconds = (performance.now() - startedAt) / 1000;

const range = { from: 0, to: lines * MINUTE_MS, limit: 100 };
const searches: Readonly<Record<string, Parameters<typeof log.query>[0]>> = {
  'everything, newest first': range,
  'errors of one place and stage': { ...range, level: 'error', stage: 'watch', placeId: 'place-7' },
  'a common word': { ...range, text: 'quarantine' },
  'a common word at one place': { ...range, text: 'TIMEOUT', placeId: 'place-3', level: 'error' },
  'one line among all': { ...range, text: `observations/0/${Math.floor(lines / 3)}` },
  'a text that no line has': { ...range, text: 'nowhere at all' },
};
const figures: Figure[] = [
  { what: 'appended in batches of 1,000', measured: Math.round(lines / seconds), unit: 'events/s' },
  { what: `${lines} events on disk`, measured: Math.round(statSync(join(folder, EVENT_FILE)).size / 1e6), unit: 'MB' },
];
for (const [what, query] of Object.entries(searches)) {
  const times: number[] = [];
  for (let run = 0; run < 40; run++) {
    const begin = performance.now();
    await log.query(query);
    times.push(performance.now() - begin);
  }
  times.sort((one, other) => one - other);
  figures.push({
    what: `first page, p95: ${what}`,
    measured: Math.round((times[37] ?? 0) * 10) / 10,
    unit: 'ms',
    target: { atMost: 300 },
  });
}
const begin = performance.now();
await log.histogram(range, 200);
figures.push({ what: 'histogram of 200 bars over all', measured: Math.round(performance.now() - begin), unit: 'ms' });
printFigures('events', figures);
log.close();
rmSync(folder, { recursive: true });
