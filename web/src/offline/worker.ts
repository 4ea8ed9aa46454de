import { KEPT_HEADER, KEPT_MARK } from './kept.ts';

/**
 * The service worker of the public pages. Files of the build come from here for ever; a page seen before comes from here
 * at once and is asked for again behind it; an answer of the API comes from the server, and from here when there is
 * none. Pages and answers that operate the program are never touched, nor is anything but a GET.
 */

/** What `/sw.js` begins with: the build's files that public pages may need. A new build makes a new worker. */
declare const FILES: readonly string[];

interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Waiting {
  readonly request: Request;
  respondWith(reply: Promise<Response>): void;
}
interface Told extends Waiting {
  readonly data: { readonly keep?: string } | null;
}
interface Worker {
  readonly clients: { claim(): Promise<void> };
  readonly location: { readonly origin: string };
  skipWaiting(): Promise<void>;
  addEventListener(name: 'install' | 'activate', heard: (event: Waiting) => void): void;
  addEventListener(name: 'fetch', heard: (event: Asked) => void): void;
  addEventListener(name: 'message', heard: (event: Told) => void): void;
}
const worker = globalThis as unknown as Worker;

const FILES_KEPT = 'files';
const PAGES_KEPT = 'pages';
const ANSWERS_KEPT = 'answers';
/** The oldest go first. */
const MOST: Readonly<Record<string, number>> = { [PAGES_KEPT]: 40, [ANSWERS_KEPT]: 200 };

const PAGE = /^\/(fr|en)(\/(r\/[^/]+(\/historique)?|carte|fiabilite|a-propos))?$/;
const CHOICES = /^\/(fr|en)\/choix$/;
const ANSWER = /^\/api\/v1\/(status$|places|slots$|alerts$|scorecards$)/;
const FILE = /^\/(assets\/|icon\.svg$)/;

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('message', (event) => {
  const path = event.data?.keep;
  if (path !== undefined && PAGE.test(new URL(path, worker.location.origin).pathname))
    event.waitUntil(loadPage(path).catch(() => undefined));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (request.mode === 'navigate') {
    if (PAGE.test(pathname)) event.respondWith(page(event));
    // What a page looks like has changed: what was kept looks as before.
    else if (CHOICES.test(pathname)) event.waitUntil(caches.delete(PAGES_KEPT));
  } else if (FILE.test(pathname)) event.respondWith(file(request));
  else if (ANSWER.test(pathname) && (pathname !== '/api/v1/slots' || searchParams.has('place')))
    event.respondWith(answer(event));
});

async function install(): Promise<void> {
  const kept = await caches.open(FILES_KEPT);
  const missing = await Promise.all(FILES.map(async (path) => ((await kept.match(path)) ? [] : [path])));
  await kept.addAll(missing.flat());
  await worker.skipWaiting();
}

/** Pages of the build before ask for its files: they are loaded anew first, and files go only when none is left. */
async function activate(): Promise<void> {
  await worker.clients.claim();
  const pages = await caches.open(PAGES_KEPT);
  for (const { url } of await pages.keys()) await loadPage(url).catch(() => undefined);
  const texts = await Promise.all((await pages.keys()).map(async (one) => (await pages.match(one))?.text() ?? ''));
  const files = await caches.open(FILES_KEPT);
  for (const one of await files.keys()) {
    const { pathname } = new URL(one.url);
    if (!FILES.includes(pathname) && !texts.some((text) => text.includes(pathname))) await files.delete(one);
  }
}

async function file(request: Request): Promise<Response> {
  const kept = await caches.open(FILES_KEPT);
  const found = await kept.match(request.url);
  if (found) return found;
  const reply = await fetch(request);
  if (reply.ok) await kept.put(request.url, reply.clone());
  return reply;
}

/** The page as it was last seen, marked as such, and behind it the page as it is for the next time. */
async function page(event: Asked): Promise<Response> {
  const { url } = event.request;
  const fresh = loadPage(url, event.request);
  const found = await (await caches.open(PAGES_KEPT)).match(url);
  if (!found) return fresh;
  event.waitUntil(fresh.catch(() => undefined));
  const html = (await found.text()).replace('<html ', `<html ${KEPT_MARK}="yes" `);
  return new Response(html, { headers: found.headers });
}

async function loadPage(url: string, request: Request | string = url): Promise<Response> {
  const reply = await fetch(request);
  if (reply.ok && !reply.redirected) await keep(PAGES_KEPT, url, reply.clone());
  else if (reply.status === 404) await (await caches.open(PAGES_KEPT)).delete(url);
  return reply;
}

async function answer(event: Asked): Promise<Response> {
  const { request } = event;
  try {
    const reply = await fetch(request);
    if (reply.ok) event.waitUntil(keep(ANSWERS_KEPT, request.url, reply.clone()));
    return reply;
  } catch (error) {
    const found = await (await caches.open(ANSWERS_KEPT)).match(request.url);
    if (!found) throw error;
    const headers = new Headers(found.headers);
    headers.set(KEPT_HEADER, 'yes');
    return new Response(found.body, { status: found.status, headers });
  }
}

async function keep(name: string, url: string, reply: Response): Promise<void> {
  const kept = await caches.open(name);
  // Put again it is the youngest, and the oldest are the first of the keys.
  await kept.put(url, reply);
  const urls = await kept.keys();
  await Promise.all(urls.slice(0, Math.max(0, urls.length - (MOST[name] ?? 0))).map((one) => kept.delete(one)));
}
