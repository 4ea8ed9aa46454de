import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { HarmattanError } from '../../core/errors.ts';
import { predictBody, predictReply } from '../original-contract.ts';
import type { ServeApp, Served } from '../served.ts';

const TAGS = ['original clients'];
const SUMMARY = 'A temperature forecast from the readings in the body';

/**
 * The original system's forecast API (original-system.md 4): POST, and GET with a JSON body as Python's
 * `requests.get(url, json=payload)` sends it; with and without the trailing slash.
 */
export function predictRoutes(app: ServeApp, { program, options }: Served): void {
  let underWay = 0;
  const predict = async (body: unknown) => {
    checkSize(body, options.predictMaxPoints);
    if (underWay >= options.predictConcurrent)
      throw new HarmattanError('HMT_HTTP_BUSY', { detail: 'Too many forecasts are being made.', retryAfterMs: 1000 });
    underWay++;
    try {
      return (await program.predict(body)) as z.infer<typeof predictReply>;
    } finally {
      underWay--;
    }
  };
  // A context of its own: here a body that is no JSON is 422 as in the original, and a GET has one.
  app.register(async (context: ServeApp) => {
    context.removeAllContentTypeParsers();
    context.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: unknown, text: unknown) =>
      parsed(String(text)),
    );
    for (const url of ['/predict', '/predict/']) {
      context.post(url, { schema: POST }, async ({ body }) => predict(body));
      context.get(url, { schema: GET, exposeHeadRoute: false }, async ({ raw }, reply) => {
        // Until the body is read to its end the connection cannot carry another request.
        reply.header('connection', 'close');
        const body = await bodyOf(raw, options.maxBodyBytes);
        reply.removeHeader('connection');
        return predict(body);
      });
    }
  });
}

const POST = {
  tags: TAGS,
  summary: SUMMARY,
  description: 'Also as GET with the same JSON body. Bad input: 422 with the field.',
  // What exactly is wrong is the forecaster's to say, with 422.
  body: z.unknown().meta({ ...z.toJSONSchema(predictBody, { io: 'input' }) }),
  response: { 200: predictReply },
};
// OpenAPI cannot describe a GET with a body: the POST beside it does.
const GET = { tags: TAGS, summary: `${SUMMARY} (GET with a body)`, response: POST.response };

function checkSize(body: unknown, maxPoints: number): void {
  const data = (body as { data?: unknown } | null | undefined)?.data;
  if (Array.isArray(data) && data.length > maxPoints)
    throw new HarmattanError('HMT_FORECAST_INPUT', {
      field: 'data',
      detail: `At most ${maxPoints} readings are taken, ${data.length} were sent.`,
    });
}

/**
 * The JSON body of a GET, which Fastify does not read.
 *
 * @throws HarmattanError HMT_HTTP_BODY_TOO_LARGE, HMT_HTTP_MEDIA_TYPE, HMT_FORECAST_INPUT
 */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== '' && type !== 'application/json')
    throw new HarmattanError('HMT_HTTP_MEDIA_TYPE', { field: 'content-type' });
  return parsed((await readWhole(request, maxBytes)).toString('utf8'));
}

function readWhole(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const tooLarge = () => reject(new HarmattanError('HMT_HTTP_BODY_TOO_LARGE', { field: 'body' }));
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        // Nothing more of it is kept, and the socket is not read on.
        request.pause();
        chunks.length = 0;
        return tooLarge();
      }
      chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new HarmattanError('HMT_HTTP_BAD_REQUEST', { detail: 'The body ended early.' })));
  });
}

function parsed(text: string): unknown {
  if (text.trim() === '')
    throw new HarmattanError('HMT_FORECAST_INPUT', { field: 'body', detail: 'The body is empty.' });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HarmattanError('HMT_FORECAST_INPUT', { field: 'body', detail: 'The body is not JSON.', cause });
  }
}
