import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startKafka } from '../../test/servers/kafka.ts';
import { printFigures } from '../machine.ts';
import { type Share, type Shared, share } from './kafka-workers.ts';

/**
 * Kafka → SQLite: a real broker on the same machine, messages as the poller writes them, appended first and then
 * processed with decode, checks, dedupe, ledger and positions, each worker a process of its own. Workers and broker
 * share the processors.
 */
const { values: flags } = parseArgs({ options: { rows: { type: 'string', default: '500000' } } });
const records = Number(flags.rows);

const kafka = await startKafka();
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-kafka-'));
const run = (name: string, wanted: Pick<Share, 'places' | 'partitions'> & Partial<Share>): Promise<Shared> => {
  console.error(`  ${name}`);
  return share({ brokers: kafka.brokers, name, folder, records, workers: 1, ownStores: true, ...wanted });
};
const megabytes = (bytes: number) => bytes / 1e6;

try {
  const one = await run('one-worker', { places: 13, partitions: 4 });
  printFigures('Kafka → SQLite, 13 places, 4 partitions, the broker on the same machine', [
    { what: 'processed', measured: one.perSecond, unit: '/s', target: { atLeast: 40_000 } },
    { what: 'of one core, ours', measured: one.cpuMsPerSecond / 1000, unit: 'cores' },
    { what: 'appended, idempotent, acks all', measured: one.appendedPerSecond, unit: '/s' },
    { what: 'resident at most', measured: megabytes(one.residentBytes), unit: 'MB', target: { atMost: 200 } },
  ]);

  // Many places, so that each partition has as many of them as any other.
  const even = { places: 1000, partitions: 8 };
  const alone = await run('alone', even);
  const two = await run('two-workers-two-stores', { ...even, workers: 2 });
  const both = await run('two-workers-one-store', { ...even, workers: 2, ownStores: false });
  printFigures('A second worker, 1,000 places, 8 partitions', [
    { what: 'one worker', measured: alone.perSecond, unit: '/s' },
    { what: 'two, each with a store of its own', measured: two.perSecond, unit: '/s' },
    {
      what: 'two against one, stores of their own',
      measured: two.perSecond / alone.perSecond,
      unit: '×',
      target: { atLeast: 1.6 },
    },
    { what: 'two in one SQLite file, which takes one writer', measured: both.perSecond / alone.perSecond, unit: '×' },
    { what: 'of the cores, ours with two', measured: two.cpuMsPerSecond / 1000, unit: 'cores' },
    { what: 'resident of the larger', measured: megabytes(two.residentBytes), unit: 'MB', target: { atMost: 200 } },
  ]);

  const costs: [Pick<Share, 'places' | 'partitions'>, Shared][] = [];
  for (const size of [
    { places: 13, partitions: 100 },
    { places: 1000, partitions: 1000 },
    { places: 100_000, partitions: 8 },
    { places: 100_000, partitions: 1000 },
  ])
    costs.push([size, await run(`wide-${size.places}-${size.partitions}`, size)]);
  const named = (number: number) => number.toLocaleString('en-GB');
  printFigures('What an observation costs one worker, in time of a processor', [
    { what: '13 places, 4 partitions', measured: (one.cpuMsPerSecond / one.perSecond) * 1000, unit: 'µs' },
    { what: '1,000 places, 8 partitions', measured: (alone.cpuMsPerSecond / alone.perSecond) * 1000, unit: 'µs' },
    ...costs.flatMap(([{ places, partitions }, { cpuMsPerSecond, perSecond, residentBytes }]) => {
      const what = `${named(places)} places, ${named(partitions)} partitions`;
      return [
        { what, measured: (cpuMsPerSecond / perSecond) * 1000, unit: 'µs' },
        {
          what: `${what}: resident`,
          measured: megabytes(residentBytes),
          unit: 'MB',
          target: { atMost: 200 },
        },
      ];
    }),
  ]);
} finally {
  rmSync(folder, { recursive: true });
  await kafka.stop();
}
