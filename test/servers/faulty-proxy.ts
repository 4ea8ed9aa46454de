import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * What happens to one request. `reply`: it never reaches the server. `hang`: nobody answers. `lose`: the server does the
 * work and the answer is lost. `busy`: of a bulk request the documents for which `of` says so are kept back and answered
 * with 429; the others reach the server.
 */
export type Fault =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'lose' }
  | { readonly kind: 'busy'; readonly of: (item: number) => boolean };

/** A proxy before a search engine that forwards everything but what it is told to spoil. */
export interface FaultyProxy {
  readonly url: string;
  /** Bulk requests that came, with how many documents each had. */
  readonly bulks: readonly number[];
  /** Spoils the next bulk requests, one fault each. */
  spoil(...faults: readonly Fault[]): void;
  /** Answers 401 to every request without this Authorization; `null` asks for none. */
  demand(authorization: string | null): void;
  stop(): Promise<void>;
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const faults: Fault[] = [];
  const bulks: number[] = [];
  let demanded: string | null = null;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (demanded !== null && request.headers.authorization !== demanded) {
      response.writeHead(401, { 'content-type': 'application/json' });
      return response.end('{"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401}');
    }
    const path = request.url ?? '/';
    const isBulk = path.startsWith('/_bulk');
    if (isBulk) bulks.push(body.trimEnd().split('\n').length / 2);
    const fault = isBulk ? faults.shift() : undefined;
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reply') {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      return response.end(fault.body ?? '');
    }
    const forward = (text: string) =>
      fetch(`${target}${path}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
        ...(text === '' ? {} : { body: text }),
      });
    if (fault?.kind === 'busy') {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(await partly(body, fault.of, forward)));
    }
    const reply = await forward(body);
    const text = await reply.text();
    if (fault?.kind === 'lose') return response.destroy();
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? 'application/json' });
    response.end(text);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    bulks,
    spoil: (...more) => faults.push(...more),
    demand: (authorization) => {
      demanded = authorization;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const BUSY_ITEM = {
  index: {
    status: 429,
    error: { type: 'es_rejected_execution_exception', reason: 'rejected execution: queue is full' },
  },
};

/** Sends on what is not kept back, and lists both in the order in which they came. */
async function partly(body: string, isBusy: (item: number) => boolean, forward: (text: string) => Promise<Response>) {
  const lines = body.trimEnd().split('\n');
  const items = Array.from({ length: lines.length / 2 }, (_, item) => `${lines[2 * item]}\n${lines[2 * item + 1]}\n`);
  const sent = items.filter((_, item) => !isBusy(item)).join('');
  const reply = sent === '' ? { items: [] } : ((await (await forward(sent)).json()) as { items: unknown[] });
  const done = reply.items.values();
  return { errors: true, items: items.map((_, item) => (isBusy(item) ? BUSY_ITEM : done.next().value)) };
}
