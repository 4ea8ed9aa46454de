import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { compose, ownServices } from '../deploy-files.ts';
import { type Running, startRun, until } from '../program.ts';
import { type FerretdbServer, ferretdbAvailable, startFerretdb } from '../servers/ferretdb.ts';
import { type KafkaServer, kafkaAvailable, startKafka } from '../servers/kafka.ts';
import { opensearchAvailable } from '../servers/opensearch.ts';
import { skipWithout } from '../servers/tools.ts';
import { type SearchEngine, startSearchEngine } from './search-engine.ts';

const skip =
  skipWithout('Kafka', kafkaAvailable()) ||
  skipWithout('FerretDB', ferretdbAvailable()) ||
  skipWithout('OpenSearch', opensearchAvailable());

interface Status {
  readonly ready: boolean;
  readonly observations: { readonly count: number };
  readonly stages: readonly {
    readonly name: string;
    readonly lagMessages: number | null;
    readonly lastSuccessAt: string | null;
  }[];
  readonly workers: readonly {
    readonly roles: readonly string[];
    readonly holdings: readonly { readonly group: string }[];
  }[];
}

describe('every harmattan service of compose.yaml, started with exactly its command and environment', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-compose-'));
  const services = new Map(ownServices(compose({ HARMATTAN_SOURCE: 'simulator' })));
  let kafka: KafkaServer;
  let database: FerretdbServer;
  let engine: SearchEngine;

  before(async () => {
    [kafka, database, engine] = await Promise.all([startKafka(), startFerretdb(), startSearchEngine()]);
  });
  after(async () => {
    await Promise.all([kafka?.stop(), database?.stop(), engine?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** The container's environment with the network's names and ports as they are on this machine. */
  function onThisMachine(name: string): Record<string, string> {
    const here: Record<string, string> = {};
    for (const [variable, value] of Object.entries(services.get(name)?.environment ?? {})) {
      here[variable] = /_PORT$/.test(variable)
        ? '0'
        : value
            .replace('kafka:9092', kafka.brokers)
            .replace('mongodb://mongodb:27017', database.url)
            .replace('http://elasticsearch:9200', engine.server.url);
    }
    return { ...here, HARMATTAN_DATA: join(folder, name) };
  }

  it('is the whole program, page, forecast API and search index included', { timeout: 480_000 }, async (t) => {
    const running = new Map<string, Running>();
    const start = async (name: string) => {
      const { command = [] } = services.get(name) ?? {};
      assert.equal(command[0], 'run', name);
      running.set(name, await startRun(t, command.slice(1), { env: onThisMachine(name), port: null }));
    };
    const urlOf = (name: string) => running.get(name)?.url ?? assert.fail(`${name} does not run`);
    const ask = async <Reply>(url: string) => (await (await fetch(url)).json()) as Reply;

    const names = [...services.keys()];
    await Promise.all(names.map(start));
    t.after(() => {
      if (t.error) for (const [name, { text }] of running) t.diagnostic(`${name}: ${text().err.slice(-2000)}`);
    });
    const status = await until('readings are stored, forecast and indexed', async () => {
      const now = await ask<Status>(`${urlOf('web')}/api/v1/status`);
      const done = ['poll', 'process', 'forecast', 'index'].every((name) =>
        now.stages.some((stage) => stage.name === name && stage.lastSuccessAt !== null && !stage.lagMessages),
      );
      const told = ['process', 'index'].every((group) =>
        now.workers.some(({ holdings }) => holdings.some((holding) => holding.group === group)),
      );
      return done && told && now.observations.count >= 13 ? now : undefined;
    });
    const roles = status.workers.flatMap((worker) => worker.roles);
    assert.deepEqual(new Set(roles), new Set(names.map((name) => services.get(name)?.command.at(-1))));
    for (const name of names) assert.equal((await fetch(`${urlOf(name)}/healthz`)).status, 200, name);

    const weather = await ask<{ region: string }[]>(`${urlOf('web')}/weather/Dakar`);
    assert.equal(weather.at(-1)?.region, 'Dakar');
    await until('the documents can be searched', async () =>
      (await engine.documents('logs')).size >= 13 ? true : undefined,
    );

    const reply = await predict(`${urlOf('api')}/predict/`);
    assert.equal(reply.predictions.length, 3);
    for (const one of running.values()) assert.equal((await one.stop()).code, 0);
  });
});

/** As the original's consumer asks: a GET with a body. */
function predict(url: string): Promise<{ predictions: { timestamp: string; temperature: number }[] }> {
  const body = JSON.stringify({ latitude: 14.73, longitude: -17.5, data: [{ ds: '2023-07-22 12:54:00', y: 30.1 }] });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    request(url, { method: 'GET', headers }, async (response) => {
      resolve(JSON.parse(Buffer.concat(await response.toArray()).toString()));
    })
      .on('error', reject)
      .end(body);
  });
}
