import { createHash } from 'node:crypto';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { HarmattanError } from '../core/errors.ts';
import type { PromMeter } from './meter.ts';
import { OWN_ADDRESS } from './page/render-page.ts';
import { asRequestError, sendProblem } from './problem.ts';
import type { ServeApp, Served } from './served.ts';

/** What stands between every request and its route: measuring, marks, limits, headers, ETag, compression, problems. */
export async function guard(
  app: ServeApp,
  served: Served,
  meter: PromMeter,
  styleHashes: readonly string[],
): Promise<void> {
  measure(app, meter);
  mark(app, served);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(styleHashes) },
    // The program itself speaks plain HTTP; whoever adds TLS in front of it also says for how long.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    crossOriginEmbedderPolicy: false,
  });
  await app.register(cors, {
    origin: '*',
    methods: ['GET', 'HEAD', 'POST'],
    exposedHeaders: ['Harmattan-Simulated', 'Link', 'Retry-After'],
    maxAge: 86_400,
  });
  if (served.options.rateLimitPerMinute > 0)
    await app.register(rateLimit, {
      max: served.options.rateLimitPerMinute,
      timeWindow: 60_000,
      // What a page asks while it is rendered is part of the page's own request.
      allowList: (request) => request.raw.socket.remoteAddress === OWN_ADDRESS,
      errorResponseBuilder: (_request, { ttl }) => new HarmattanError('HMT_HTTP_RATE_LIMITED', { retryAfterMs: ttl }),
    });
  addEntityTags(app);
  await app.register(compress, {
    global: true,
    globalDecompression: false,
    threshold: 1024,
    encodings: ['br', 'gzip'],
  });
  answerProblems(app, served);
}

function contentSecurityPolicy(styleHashes: readonly string[]) {
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'", ...styleHashes.map((hash) => `'${hash}'`)],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  };
}

/** Counts every answer by its route, never by its address: an address is anybody's to choose. */
function measure(app: ServeApp, meter: PromMeter): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    meter.count('harmattan_serve_requests_total', { method: request.method, route, status: String(reply.statusCode) });
    meter.observe('harmattan_serve_request_seconds', { route }, reply.elapsedTime / 1000);
  });
}

/** Every reply says where its readings come from, and whether they are made up. */
function mark(app: ServeApp, { program, store }: Served): void {
  const link = program.sources
    .map(({ attribution }) => `<${encodeURI(attribution.url)}>; rel="license"; title="${quoted(attribution.text)}"`)
    .join(', ');
  app.addHook('onRequest', async (_request, reply) => {
    if (store.nature === 'simulated') reply.header('Harmattan-Simulated', 'true');
    if (link !== '') reply.header('Link', link);
  });
}

const quoted = (text: string) => text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '');

/** A weak ETag on whatever text a GET gives, and 304 to who has it already. */
function addEntityTags(app: ServeApp): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const readable = request.method === 'GET' || request.method === 'HEAD';
    if (!readable || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache');
    if (reply.getHeader('cache-control') === 'no-store') return payload;
    const tag = `W/"${createHash('sha1').update(payload).digest('base64url')}"`;
    reply.header('etag', tag);
    const known = request.headers['if-none-match'];
    if (known?.split(',').some((one) => one.trim() === tag || one.trim() === '*')) {
      reply.code(304);
      return '';
    }
    return payload;
  });
}

function answerProblems(app: ServeApp, { logger }: Served): void {
  const routes: { readonly method: string; readonly pattern: RegExp }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(
      `^${url
        .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
        .replace(/:[^/]+/g, '[^/]+')
        .replace(/\*/g, '.*')}$`,
    );
    for (const one of [method].flat()) routes.push({ method: one, pattern });
  });
  app.setNotFoundHandler({ preHandler: limited(app) }, (request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const allowed = [...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
    if (allowed.length === 0) return sendProblem(reply, new HarmattanError('HMT_HTTP_NOT_FOUND'));
    const list = [...allowed, 'OPTIONS'].join(', ');
    return sendProblem(
      reply.header('allow', list),
      new HarmattanError('HMT_HTTP_METHOD', { detail: `Allowed: ${list}.` }),
    );
  });
  app.setErrorHandler((thrown, request, reply) => {
    const error = asRequestError(thrown);
    if (error.code === 'HMT_HTTP_INTERNAL')
      logger.error('A request could not be answered.', {
        route: request.routeOptions.url,
        error: String(thrown),
        stack: (thrown as Error).stack,
      });
    return sendProblem(reply, error);
  });
}

/** Addresses that do not exist count against the limit too. */
const limited = (app: ServeApp) => (app.hasDecorator('rateLimit') ? [app.rateLimit()] : []);
