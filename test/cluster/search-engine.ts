import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts';
import { type OpensearchServer, startOpensearch } from '../servers/opensearch.ts';

/** A real engine behind a proxy that can spoil requests, with what a test asks the engine itself. */
export interface SearchEngine {
  readonly server: OpensearchServer;
  readonly proxy: FaultyProxy;
  /** A request to the engine itself, past the proxy. */
  ask<Reply>(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Every document of an index or alias, by id, once the engine shows what was written. */
  documents(index: string): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  stop(): Promise<void>;
}

interface Hits {
  readonly hits: { readonly hits: readonly { _id: string; _index: string; _source: Record<string, unknown> }[] };
}

export async function startSearchEngine(): Promise<SearchEngine> {
  const server = await startOpensearch();
  const proxy = await startFaultyProxy(server.url);
  const ask = async <Reply>(method: string, path: string, body?: unknown): Promise<Reply> => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Reply;
  };
  return {
    server,
    proxy,
    ask,
    async documents(index) {
      await ask('POST', `/${index}/_refresh?ignore_unavailable=true`);
      const { hits } = await ask<Hits>('POST', `/${index}/_search?size=10000&ignore_unavailable=true`, {});
      return new Map(hits.hits.map(({ _id, _index, _source }) => [_id, { ..._source, _index }]));
    },
    async stop() {
      await proxy.stop();
      await server.stop();
    },
  };
}
