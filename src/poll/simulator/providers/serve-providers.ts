import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exchange, SimulatedProviders } from './simulated-providers.ts';

export interface ServedProviders {
  /** `http://127.0.0.1:<port>`: the base URL of both providers. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The simulated providers behind a real socket on 127.0.0.1, so that a real transport meets real faults: a refused
 * exchange closes the connection before any byte, a stalled body stays open, a reset one is reset. `longestWaitMs`
 * bounds how long a slow first byte takes, in real time.
 */
export async function serveProviders(
  providers: SimulatedProviders,
  { longestWaitMs = 30_000 }: { readonly longestWaitMs?: number } = {},
): Promise<ServedProviders> {
  const waiting = new Set<NodeJS.Timeout>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    const exchange = providers.exchange(url, headers);
    if (exchange.kind === 'refused') return void response.destroy();
    const timer = setTimeout(
      () => {
        waiting.delete(timer);
        send(response, exchange);
      },
      Math.min(exchange.firstByteMs, longestWaitMs),
    );
    waiting.add(timer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const timer of waiting) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, exchange: Extract<Exchange, { kind: 'reply' }>): void {
  const { status, headers, body, cut } = exchange;
  response.writeHead(status, { ...headers, 'content-length': body.length });
  if (cut === null) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, cut.afterBytes), () => {
    if (cut.then === 'reset') response.socket?.resetAndDestroy();
  });
}
