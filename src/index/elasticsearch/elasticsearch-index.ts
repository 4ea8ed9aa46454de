import { HarmattanError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { type Clock, DAY_MS, type Instant, toRfc3339 } from '../../core/time.ts';
import type { SearchIndex } from '../search-index.ts';
import { writeBulk } from './bulk.ts';
import { type EngineClient, engineClient, refuseUnless } from './client.ts';
import type { ElasticsearchOptions } from './config.ts';
import { addMissingFields } from './fields.ts';
import { indexOf, periodEndOf } from './period.ts';
import { indexTemplate } from './template.ts';

export interface ElasticsearchIndexOptions extends ElasticsearchOptions {
  readonly clock: Clock;
  readonly random: Random;
}

/** Readings in Elasticsearch or OpenSearch, through the HTTP API that both share. */
export function elasticsearchIndex(options: ElasticsearchIndexOptions): SearchIndex {
  const client = engineClient(options);
  const { index, rollover, retentionDays } = options;
  const byPeriod = rollover !== 'none';

  return {
    async prepare(signal) {
      await expectEngine(client, signal);
      const template = JSON.stringify(indexTemplate(index, byPeriod));
      const made = await client.call({ method: 'PUT', path: `/_index_template/${index}`, body: template, signal });
      refuseUnless(made, `The index template "${index}"`);
      const names = await existing(client, index, signal);
      if (byPeriod && names.includes(index))
        throw new HarmattanError('HMT_INDEX_MAPPING', {
          detail: `"${index}" is an index, and with elasticsearch.rollover it must be free to be an alias.`,
        });
      // Periods that are over may be blocked on purpose; the one that is written says so itself.
      if (!byPeriod) await refuseBlocked(client, names, signal);
      for (const name of names) await addMissingFields(client, name, signal);
    },

    write: (documents, signal) =>
      writeBulk(documents, { ...options, client, indexOf: ({ validAt }) => indexOf(options, validAt) }, signal),

    async trim(now, signal) {
      if (retentionDays === null) return 0;
      const before = now - retentionDays * DAY_MS;
      return byPeriod ? dropPeriods(options, client, before, signal) : dropDocuments(client, index, before, signal);
    },

    async describe(signal) {
      const { name, version } = await expectEngine(client, signal);
      const names = await existing(client, index, signal);
      const count = names.length === 0 ? 0 : await countOf(client, index, signal);
      return `${name} ${version} answers at ${new URL(options.url).host}; "${index}" holds ${count} documents.`;
    },
  };
}

async function expectEngine(client: EngineClient, signal: AbortSignal) {
  const { body } = await client.call({ method: 'GET', path: '/', signal });
  const { version } = (body ?? {}) as { version?: { number?: unknown; distribution?: unknown } };
  if (typeof version?.number !== 'string')
    throw new HarmattanError('HMT_INDEX_NOT_AN_ENGINE', { detail: 'Its front page names no version.' });
  return { name: version.distribution === 'opensearch' ? 'OpenSearch' : 'Elasticsearch', version: version.number };
}

/** Names of the concrete indices behind the index's name; empty when there is none. */
async function existing(client: EngineClient, index: string, signal: AbortSignal): Promise<readonly string[]> {
  const { status, body } = await client.call({ method: 'GET', path: `/${index}/_alias`, signal });
  return status === 404 ? [] : Object.keys((body ?? {}) as object);
}

const BLOCKS = ['write', 'read_only', 'read_only_allow_delete'].map((name) => `index.blocks.${name}`);

async function refuseBlocked(client: EngineClient, names: readonly string[], signal: AbortSignal): Promise<void> {
  for (const name of names) {
    const { body } = await client.call({ method: 'GET', path: `/${name}/_settings?flat_settings=true`, signal });
    const settings = (body as Readonly<Record<string, { settings?: Record<string, string> }>> | null)?.[name]?.settings;
    const block = BLOCKS.find((one) => settings?.[one] === 'true');
    if (block) throw new HarmattanError('HMT_INDEX_BLOCKED', { detail: `"${name}" has ${block}.` });
  }
}

async function countOf(client: EngineClient, index: string, signal: AbortSignal): Promise<number> {
  const { body } = await client.call({ method: 'GET', path: `/${index}/_count`, signal });
  return Number((body as { count?: unknown } | null)?.count ?? 0);
}

async function dropDocuments(client: EngineClient, index: string, before: Instant, signal: AbortSignal) {
  if ((await existing(client, index, signal)).length === 0) return 0;
  const body = JSON.stringify({ query: { range: { '@timestamp': { lt: toRfc3339(before) } } } });
  const path = `/${index}/_delete_by_query?conflicts=proceed&max_docs=100000`;
  const reply = await client.call({ method: 'POST', path, body, signal });
  refuseUnless(reply, 'Retention');
  return Number((reply.body as { deleted?: unknown }).deleted ?? 0);
}

/** Whole periods that ended before `before`. */
async function dropPeriods(
  options: ElasticsearchOptions,
  client: EngineClient,
  before: Instant,
  signal: AbortSignal,
): Promise<number> {
  const names = await existing(client, options.index, signal);
  const over = names.filter((name) => {
    const endAt = periodEndOf(options, name);
    return endAt !== null && endAt <= before;
  });
  for (const name of over)
    refuseUnless(await client.call({ method: 'DELETE', path: `/${name}`, signal }), `Dropping "${name}"`);
  return over.length;
}
