import type { Socket } from 'node:net';
import fastify, { type FastifyError, type FastifyServerOptions } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { HarmattanError } from '../core/errors.ts';
import { systemClock } from '../core/time.ts';
import { addContracts } from './contracts.ts';
import { guard } from './guards.ts';
import { liveHub } from './live.ts';
import { type PromMeter, promMeter } from './meter.ts';
import { STYLE_HASH } from './page/assets/style.ts';
import { builtPages } from './page/built-pages.ts';
import { asRequestError, PROBLEM_TYPE, problemOf, sendProblem } from './problem.ts';
import { alertPageRoutes } from './routes/alert-page.ts';
import { alertRoutes } from './routes/alerts.ts';
import { auditRoutes } from './routes/audit.ts';
import { eventRoutes } from './routes/events.ts';
import { forecastRoutes } from './routes/forecast.ts';
import { liveRoutes } from './routes/live.ts';
import { messageRoutes } from './routes/messages.ts';
import { observationRoutes } from './routes/observations.ts';
import { originalRoutes } from './routes/original.ts';
import { placeRoutes } from './routes/places.ts';
import { predictRoutes } from './routes/predict.ts';
import { publicPageRoutes } from './routes/public-pages.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { reportRoutes } from './routes/report-observations.ts';
import { runbookRoutes } from './routes/runbooks.ts';
import { sessionRoutes } from './routes/session.ts';
import { silenceRoutes } from './routes/silences.ts';
import { slotRoutes } from './routes/slots.ts';
import { statusRoutes } from './routes/status.ts';
import type { ServeApp, Served } from './served.ts';

export interface ServerInput extends Served {
  /** What the stages count with; `/metrics` shows it. Without one only the server's own figures are there. */
  readonly meter?: PromMeter;
}

export interface RunningServer {
  /** `http://127.0.0.1:4000`, with the port that was really taken. */
  readonly url: string;
  /** Ends live streams, lets requests under way finish for at most three seconds, and stops. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 16_384;
const CLOSE_WITHIN_MS = 3000;

/**
 * Starts answering HTTP.
 *
 * @throws HarmattanError HMT_HTTP_PORT_TAKEN
 */
export async function startServer(input: ServerInput): Promise<RunningServer> {
  const { host, port } = input.options;
  const app = await serveApp(input);
  try {
    const url = await app.listen({ host, port });
    return { url: url.replace('0.0.0.0', '127.0.0.1'), close: () => closeWithin(app) };
  } catch (cause) {
    await app.close();
    throw new HarmattanError('HMT_HTTP_PORT_TAKEN', {
      detail: `${host}:${port} (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`,
      field: 'http.port',
      cause,
    });
  }
}

/** The whole application, not listening: what tests inject requests into. */
export async function serveApp(input: ServerInput): Promise<ServeApp> {
  const meter = input.meter ?? promMeter();
  const app = bareApp(input);
  const hub = liveHub(input, meter);
  const pages = builtPages();
  await guard(app, input, meter, [STYLE_HASH, ...pages.styleHashes]);
  await addContracts(app, input);
  statusRoutes(app, input, meter, hub);
  placeRoutes(app, input);
  observationRoutes(app, input);
  reportRoutes(app, input);
  forecastRoutes(app, input);
  slotRoutes(app, input);
  messageRoutes(app, input);
  quarantineRoutes(app, input);
  alertRoutes(app, input);
  await alertPageRoutes(app, input);
  silenceRoutes(app, input);
  auditRoutes(app, input);
  sessionRoutes(app, input);
  runbookRoutes(app);
  eventRoutes(app, input);
  liveRoutes(app, input, hub);
  originalRoutes(app, input);
  predictRoutes(app, input);
  await publicPageRoutes(app, input, pages);
  app.addHook('preClose', async () => hub.close());
  await app.ready();
  return app;
}

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/**
 * Zod checks what comes in; what goes out was checked against its schema by the compiler and the tests. Named here, and
 * not set afterwards, so that the compilers of JSON Schema, 88 modules, are never read.
 */
const COMPILERS = {
  buildValidator: () => validatorCompiler,
  buildSerializer: () => () => JSON.stringify,
  // Typed for those compilers alone.
} as unknown as Compilers;

function bareApp({ options }: ServerInput): ServeApp {
  const app = fastify({
    logger: false,
    schemaController: { compilersFactory: COMPILERS },
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    bodyLimit: options.maxBodyBytes,
    // A client that neither sends nor reads holds its connection for at most a minute; live streams beat every 20 s.
    connectionTimeout: 60_000,
    requestTimeout: 15_000,
    keepAliveTimeout: 20_000,
    http: { headersTimeout: 10_000, maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: 5000 },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { maxParamLength: MAX_HEADER_BYTES, ignoreTrailingSlash: false },
    frameworkErrors: (error: FastifyError, _request, reply) => sendProblem(reply, asRequestError(error)),
    clientErrorHandler: answerBadHttp,
  }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = options.maxConnections;
  return app;
}

/** What is not even HTTP never reaches a route: the socket is answered as it is, and closed. */
function answerBadHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const [status, text] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request'];
  const problem = new HarmattanError('HMT_HTTP_BAD_REQUEST', {
    detail: status === 431 ? `Address and headers are longer than ${MAX_HEADER_BYTES} bytes.` : `${text}.`,
  });
  const body = JSON.stringify(problemOf(problem, status));
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Waits for requests under way, but never longer than a process may take to end. */
async function closeWithin(app: ServeApp): Promise<void> {
  const closed = app.close();
  const waited = new AbortController();
  void systemClock.sleep(CLOSE_WITHIN_MS, waited.signal).then(() => {
    if (!waited.signal.aborted) app.server.closeAllConnections();
  });
  await closed;
  waited.abort();
}
