import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HarmattanError } from '../../core/errors.ts';
import type { Pages } from '../page/built-pages.ts';
import { choicesCookie, choicesIn, choicesOf } from '../page/choices.ts';
import { languageOf } from '../page/language.ts';
import { ICON } from '../page/mark.ts';
import { renderPage } from '../page/render-page.ts';
import type { PageLanguage } from '../page-contract.ts';
import { placesById, type ServeApp, type Served } from '../served.ts';

const LANGUAGES: readonly PageLanguage[] = ['fr', 'en'];

/** The pages: rendered from the API's answers, with what the browser then loads. */
export async function publicPageRoutes(app: ServeApp, served: Served, pages: Pages): Promise<void> {
  const schema = { hide: true } as object;
  const show = async (language: PageLanguage, path: string, request: FastifyRequest, reply: FastifyReply) => {
    const page = await renderPage(app, served, pages, {
      language,
      path,
      search: new URL(request.url, 'http://localhost').search,
      choices: choicesOf(request.headers.cookie),
      saveData: request.headers['save-data'] === 'on',
    });
    if (page === null) throw new HarmattanError('HMT_HTTP_NOT_FOUND');
    return reply
      .code(page.status)
      .header('content-language', language)
      .header('cache-control', 'no-cache')
      .header('vary', 'cookie, save-data, accept-encoding')
      .type('text/html; charset=utf-8')
      .send(page.html);
  };

  app.get('/', { schema }, (request, reply) =>
    reply
      .header('vary', 'accept-language')
      .header('cache-control', 'no-cache')
      .redirect(`/${languageOf(request.headers['accept-language'])}`),
  );
  for (const url of ['/icon.svg', '/favicon.ico'])
    app.get(url, { schema }, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=86400').type('image/svg+xml').send(ICON),
    );
  for (const language of LANGUAGES) {
    app.get(`/${language}`, { schema }, (request, reply) => show(language, '', request, reply));
    app.get(`/${language}/`, { schema }, (_request, reply) => reply.redirect(`/${language}`));
    // Where the overview was: addresses that people kept go on.
    app.get(`/${language}/exploitation/ponctualite`, { schema }, (_request, reply) =>
      reply.redirect(`/${language}/exploitation`, 301),
    );
    // The forms work without any script: they come here, and are sent to the page that was meant.
    app.get(`/${language}/r`, { schema }, (request, reply) => {
      const { id } = request.query as { id?: string };
      const known = id !== undefined && placesById(served.places).has(id);
      return reply.redirect(known ? `/${language}/r/${encodeURIComponent(id)}` : `/${language}`);
    });
    app.get(`/${language}/choix`, { schema }, (request, reply) => {
      const query = request.query as Record<string, unknown>;
      const page =
        typeof query.page === 'string' && /^\/(fr|en)(\/|\?|$)/.test(query.page) ? query.page : `/${language}`;
      return reply.header('set-cookie', choicesCookie(choicesIn(query))).redirect(page);
    });
    app.get(`/${language}/*`, { schema }, (request, reply) =>
      show(language, (request.params as { '*': string })['*'], request, reply),
    );
  }
  if (pages.clientFolder === null) return;
  const worker = pages.worker();
  app.get('/sw.js', { schema }, (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/javascript; charset=utf-8').send(worker),
  );
  await app.register(fastifyStatic, {
    root: join(pages.clientFolder, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: '365d',
    decorateReply: false,
    schemaHide: true,
  });
}
