import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type KafkaServer, kafkaAvailable, SHARED_KAFKA, startKafka } from '../test/servers/kafka.ts';
import { serversLeftOut } from '../test/servers/left-out.ts';

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

/** Far more than any file takes: a test that hangs is a failure with its name. */
const TEST_PATIENCE_MS = 900_000;

const environment: Record<string, string> = {};
if (flags.rounds !== undefined) environment.HMT_ROUNDS = flags.rounds;
const kafka: KafkaServer | null = 'ok' in kafkaAvailable() ? await startKafka() : null;
if (kafka) environment[SHARED_KAFKA] = kafka.brokers;

try {
  const patience = `--test-timeout=${TEST_PATIENCE_MS}`;
  const args = ['--test', '--test-concurrency=1', '--test-reporter=spec', patience, ...files];
  const tests = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
  const [code] = (await once(tests, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  await kafka?.stop();
}
for (const sentence of sentences) console.log(sentence);
