import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { floorTo, HOUR_MS, MINUTE_MS } from '../../src/core/time.ts';
import { documentOf, exported, outputOf, startProgram, stopProgram, until } from '../program.ts';
import { opensearchAvailable } from '../servers/opensearch.ts';
import { skipWithout } from '../servers/tools.ts';
import { panelQueries, savedObjects } from './kibana-queries.ts';
import { type SearchEngine, startSearchEngine } from './search-engine.ts';

const file = new URL('../../deploy/kibana/harmattan.ndjson', import.meta.url);
const objects = savedObjects(readFileSync(file, 'utf8'));

interface SlotRow {
  readonly placeId: string;
  readonly slotAt: string;
  readonly arrivedAt: string | null;
  readonly validAt: string | null;
  readonly source: string | null;
}
interface Buckets {
  readonly buckets: readonly { readonly key: string | number; readonly 1: { readonly value: number } }[];
}
interface Answer {
  readonly timed_out: boolean;
  readonly _shards: { readonly failed: number };
  readonly aggregations: { readonly 1: { readonly value: number }; readonly 2: Buckets };
}

/** A reading that a provider gave again for the next slot is one document, and counts for the first slot alone. */
function oncePerReading(rows: readonly SlotRow[]): readonly SlotRow[] {
  const byReading = new Map(rows.toReversed().map((row) => [`${row.placeId}/${row.validAt}/${row.source}`, row]));
  return [...byReading.values()];
}

it('the saved objects refer only to each other, and each panel is on the dashboard', () => {
  const ids = new Set(objects.map(({ type, id }) => `${type}/${id}`));
  for (const { references } of objects) for (const { type, id } of references) assert.ok(ids.has(`${type}/${id}`), id);
  const dashboard = objects.find(({ type }) => type === 'dashboard');
  const panels = JSON.parse(dashboard?.attributes.panelsJSON ?? '[]') as { panelRefName: string }[];
  assert.deepEqual(
    panels.map(({ panelRefName }) => panelRefName),
    dashboard?.references.map(({ name }) => name),
  );
  assert.deepEqual(
    panelQueries(objects)
      .map(({ title }) => title)
      .sort(),
    ['Arrivée correcte des données', 'Arrivées des données', 'Arrivées par région'],
  );
});

describe('the queries of the saved objects', { skip: skipWithout('OpenSearch', opensearchAvailable()) }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-kibana-'));
  let engine: SearchEngine;
  let slots: readonly SlotRow[];

  before(async () => {
    engine = await startSearchEngine();
    const faults = 'outage,program-restart,server-error-html,stalled-body';
    await outputOf(['simulate', '--days', '4', '--seed', '5', '--faults', faults, '--data', folder]);
    slots = oncePerReading(await exported<SlotRow>(folder, '--what', 'slots'));
    const env = { HARMATTAN_INDEX_KIND: 'elasticsearch', HARMATTAN_ELASTICSEARCH_URL: engine.server.url };
    const run = startProgram(['run', '--only', 'index', '--source', 'simulator', '--data', folder], { env });
    await until('everything is indexed', async () => {
      const status = await documentOf<{
        stages: { name: string; lagMessages: number; lastSuccessAt: string | null }[];
      }>(['status', '--data', folder], { env });
      const stage = status.stages.find(({ name }) => name === 'index');
      return stage?.lagMessages === 0 && stage.lastSuccessAt !== null ? stage : undefined;
    });
    await stopProgram(run, 'SIGTERM');
    await engine.documents('logs');
  });
  after(async () => {
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (title: string, from: number, to: number) => {
    const query = panelQueries(objects).find((panel) => panel.title === title);
    assert.ok(query, title);
    const answer = await engine.ask<Answer>('POST', `/${query.index}/_search`, query.body(from, to));
    assert.equal(answer.timed_out, false);
    assert.equal(answer._shards.failed, 0);
    return answer.aggregations;
  };
  const arrivedIn = (from: number, to: number) =>
    slots.filter(({ arrivedAt }) => {
      const at = arrivedAt === null ? Number.NaN : Date.parse(arrivedAt);
      return at >= from && at < to;
    });
  const distinct = (rows: readonly SlotRow[]) => new Set(rows.map(({ slotAt }) => slotAt)).size;
  /** Every whole hour of the plan; what was fetched before its first is asked for again within it. */
  const hours = () => {
    const times = slots.map(({ slotAt }) => Date.parse(slotAt));
    const first = floorTo(Math.min(...times), HOUR_MS) + HOUR_MS;
    return Array.from({ length: (Math.max(...times) - first) / HOUR_MS }, (_, hour) => first + hour * HOUR_MS);
  };

  it('"Arrivée correcte des données" is the number of slots that the ledger has of that hour, 4 when all is well', async () => {
    const counts: number[] = [];
    for (const from of hours()) {
      const aggregations = await ask('Arrivée correcte des données', from, from + HOUR_MS);
      counts.push(aggregations[1].value);
      assert.equal(aggregations[1].value, distinct(arrivedIn(from, from + HOUR_MS)), new Date(from).toISOString());
    }
    assert.ok(
      counts.includes(4) && counts.some((count) => count !== 4),
      `an hour without trouble and one with: ${counts}`,
    );
  });

  it('"Arrivées des données" has a spike in each minute in which the ledger saw something arrive', async () => {
    for (const from of hours()) {
      const { buckets } = (await ask('Arrivées des données', from, from + HOUR_MS))[2];
      const expected = Array.from({ length: 60 }, (_, minute) => {
        const at = from + minute * MINUTE_MS;
        return [at, distinct(arrivedIn(at, at + MINUTE_MS))] as const;
      }).filter(([, count]) => count > 0);
      assert.deepEqual(
        buckets.map((bucket) => [bucket.key, bucket[1].value]),
        expected,
      );
    }
  });

  it('"Arrivées par région" counts the slots of each region as the ledger does', async () => {
    for (const from of hours()) {
      const { buckets } = (await ask('Arrivées par région', from, from + HOUR_MS))[2];
      const rows = arrivedIn(from, from + HOUR_MS);
      const counted = new Map(buckets.map((bucket) => [String(bucket.key).toLowerCase(), bucket[1].value]));
      const places = new Set(rows.map(({ placeId }) => placeId));
      assert.deepEqual(
        counted,
        new Map([...places].sort().map((id) => [id, distinct(rows.filter(({ placeId }) => placeId === id))])),
        new Date(from).toISOString(),
      );
    }
  });
});
