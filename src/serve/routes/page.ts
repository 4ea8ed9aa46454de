import { SECOND_MS } from '../../core/time.ts';
import { LIVE_SCRIPT, LIVE_SCRIPT_PATH } from '../page/assets/script.ts';
import type { Language } from '../page/format.ts';
import { ICON } from '../page/icons.ts';
import { type PageModel, pageModel } from '../page/model.ts';
import { statusPage } from '../page/status-page.ts';
import type { ServeApp, Served } from '../served.ts';

/** All open pages look at once when something changed: within this time they get the same answer. */
const SAME_FOR_MS = SECOND_MS;

/** The operations page in both languages, and what it loads. */
export function pageRoutes(app: ServeApp, served: Served): void {
  const schema = { hide: true } as object;
  const render = renderer(served);
  for (const [url, language] of [
    ['/fr/exploitation', 'fr'],
    ['/en/exploitation', 'en'],
  ] as const)
    app.get(url, { schema }, async (_request, reply) => {
      reply.header('content-language', language).header('cache-control', 'no-cache').type('text/html; charset=utf-8');
      return render(language);
    });
  app.get(LIVE_SCRIPT_PATH, { schema }, (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/javascript; charset=utf-8')
      .send(LIVE_SCRIPT),
  );
  for (const url of ['/icon.svg', '/favicon.ico'])
    app.get(url, { schema }, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=86400').type('image/svg+xml').send(ICON),
    );
}

/** Pages of one moment, each language written once. */
function renderer(served: Served): (language: Language) => Promise<string> {
  const { program, options, clock } = served;
  let madeAt = Number.NEGATIVE_INFINITY;
  let model: Promise<PageModel> | null = null;
  const texts = new Map<Language, string>();
  return async (language) => {
    if (model === null || Math.abs(clock.now() - madeAt) >= SAME_FOR_MS) {
      madeAt = clock.now();
      texts.clear();
      const fresh = pageModel(served);
      model = fresh;
      // A failure is not kept: the next visitor tries again.
      fresh.catch(() => {
        if (model === fresh) model = null;
      });
    }
    const current = model;
    const read = await current;
    const kept = texts.get(language);
    if (kept !== undefined && model === current) return kept;
    const text = statusPage({ model: read, language, program, options });
    if (model === current) texts.set(language, text);
    return text;
  };
}
