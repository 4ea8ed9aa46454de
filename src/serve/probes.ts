import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HarmattanError } from '../core/errors.ts';
import type { PromMeter } from './meter.ts';
import type { Program } from './program.ts';
import type { RunningServer } from './server.ts';

export interface ProbesInput {
  readonly host: string;
  readonly port: number;
  readonly program: Pick<Program, 'reasons'>;
  readonly meter: PromMeter;
}

/**
 * `/healthz`, `/readyz` and `/metrics` of a process without the role serve. The metrics are what this process counts; what
 * stands in the store is told by the one that serves.
 *
 * @throws HarmattanError HMT_HTTP_PORT_TAKEN
 */
export async function startProbes({ host, port, program, meter }: ProbesInput): Promise<RunningServer> {
  const pages: Readonly<Record<string, (response: ServerResponse) => Promise<unknown>>> = {
    '/healthz': async (response) => json(response, 200, { status: 'ok' }),
    '/readyz': async (response) => {
      const reasons = await program.reasons();
      json(response, reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons });
    },
    '/metrics': async (response) => {
      response.setHeader('content-type', meter.contentType);
      response.end(await meter.expose());
    },
  };
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 10_000 }, (request, response) => {
    const page = pages[(request.url ?? '').split('?', 1)[0] ?? ''];
    response.setHeader('cache-control', 'no-store');
    if (page === undefined) json(response, 404, { status: 'not here' });
    else page(response).catch(() => json(response, 503, { status: 'the store does not answer' }));
  });
  server.maxConnections = 100;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new HarmattanError('HMT_HTTP_PORT_TAKEN', {
      detail: `${host}:${port} (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`,
      field: 'http.workerPort',
      cause,
    });
  }
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${taken}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
