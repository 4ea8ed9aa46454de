import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startKafka } from './kafka.ts';
import { startOpensearch } from './opensearch.ts';
import type { Server } from './server.ts';

/** A server, and the settings that make the program use it. */
interface Offer {
  start(): Promise<{ readonly server: Server; readonly settings: object }>;
}

const OFFERS: Readonly<Record<string, Offer>> = {
  kafka: {
    async start() {
      const server = await startKafka();
      return { server, settings: { journal: { kind: 'kafka' }, kafka: { brokers: server.brokers } } };
    },
  },
  opensearch: {
    async start() {
      const server = await startOpensearch();
      return { server, settings: { index: { kind: 'elasticsearch' }, elasticsearch: { url: server.url } } };
    },
  },
};

/**
 * `npm run servers -- kafka`: starts real servers on free ports of this machine, with their data in temporary folders,
 * writes a configuration that uses them, and stops them with Ctrl-C.
 */
const { values: flags, positionals } = parseArgs({
  options: { config: { type: 'string', default: 'cluster.yaml' } },
  allowPositionals: true,
});
const wanted = positionals.length === 0 ? Object.keys(OFFERS) : positionals;
const unknown = wanted.filter((name) => !(name in OFFERS));
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: not one of ${Object.keys(OFFERS).join(', ')}.`);
  process.exit(2);
}

const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
const running: Server[] = [];
const settings: object[] = [];
try {
  for (const name of wanted) {
    console.log(`${name} is being started.`);
    const offer = await OFFERS[name]?.start();
    if (!offer) continue;
    running.push(offer.server);
    settings.push(offer.settings);
  }
  // JSON is YAML too.
  writeFileSync(flags.config, `${JSON.stringify(Object.assign({}, ...settings), null, 2)}\n`);
  console.log(`${wanted.join(' and ')}: ready. ${flags.config} has the settings; Ctrl-C stops everything.`);
  const alive = setInterval(() => {}, 60_000);
  await stopped;
  clearInterval(alive);
} finally {
  for (const server of running) await server.stop();
}
