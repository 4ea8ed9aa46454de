import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { kafkaAvailable, SHARED_KAFKA, startKafka } from '../test/servers/kafka.ts';
import { serversLeftOut } from '../test/servers/left-out.ts';
import type { Server } from '../test/servers/server.ts';

/**
 * `npm run test:cluster`: the tests against real servers, one file after the other, on one broker that is started once.
 * `-- --rounds 30` kills more often, `-- kafka-crash` runs only the files whose name begins so. Where a server cannot be
 * started its tests are skipped and named; with `CI=true` that is a failure.
 */
const { values: flags, positionals: wanted } = parseArgs({
  options: { rounds: { type: 'string' } },
  allowPositionals: true,
});

const files = globSync('test/cluster/*.test.ts')
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(`test/cluster/${name}`)))
  .sort();
const sentences = serversLeftOut();
for (const sentence of sentences) console.log(sentence);

const started: Server[] = [];
const environment: Record<string, string> = {};
if ('ok' in kafkaAvailable()) {
  const kafka = await startKafka();
  started.push(kafka);
  environment[SHARED_KAFKA] = kafka.brokers;
}
if (flags.rounds !== undefined) environment.HMT_ROUNDS = flags.rounds;

const tests = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...environment },
});
const [code] = (await once(tests, 'exit')) as [number | null];
for (const server of started) await server.stop();
for (const sentence of sentences) console.log(sentence);
process.exitCode = code ?? 1;
