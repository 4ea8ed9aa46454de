/**
 * Keeps an open status page true: ages grow and states turn late and missing without any message from the server, parts
 * are fetched anew when something changed, and a connection that fell silent is said to be.
 */
const root = document.documentElement;
const words = root.dataset;
const language = root.lang === 'fr' ? 'fr-FR' : 'en-GB';
const relative = new Intl.RelativeTimeFormat(language, { style: 'short', numeric: 'always' });
const MINUTE = 60_000;
const SILENT_MS = 45_000;
const LONGEST_PAUSE_MS = 30_000;

let aheadMs = Number(words.now) - Date.now();
const now = () => Date.now() + aheadMs;

function ageText(ageMs) {
  const age = Math.max(0, ageMs);
  if (age < 90 * MINUTE) return relative.format(-Math.floor(age / MINUTE), 'minute');
  if (age < 48 * 60 * MINUTE) return relative.format(-Math.floor(age / (60 * MINUTE)), 'hour');
  return relative.format(-Math.floor(age / (24 * 60 * MINUTE)), 'day');
}

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function grow() {
  for (const element of document.querySelectorAll('[data-age]'))
    setText(element, ageText(now() - Number(element.dataset.age)));
  for (const card of document.querySelectorAll('[data-late-at]')) {
    const state =
      now() >= Number(card.dataset.missingAt) ? 'missing' : now() >= Number(card.dataset.lateAt) ? 'late' : null;
    if (state === null || card.dataset.state === state) continue;
    card.dataset.state = state;
    setText(card.querySelector('.chip b'), words[state]);
  }
}

const badge = document.getElementById('live');

function say(state) {
  badge.hidden = false;
  badge.dataset.state = state;
  setText(badge, { live: words.liveWord, reconnecting: words.reconnecting, unreachable: words.unreachable }[state]);
}

async function refresh() {
  const reply = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!reply.ok) throw new Error(String(reply.status));
  const fresh = new DOMParser().parseFromString(await reply.text(), 'text/html');
  aheadMs = Number(fresh.documentElement.dataset.now) - Date.now();
  for (const part of fresh.querySelectorAll('[data-live]')) {
    const old = document.getElementById(part.id);
    if (!old || old.isEqualNode(part)) continue;
    for (const open of old.querySelectorAll('details[open]'))
      part.querySelector(`#${open.id}`)?.setAttribute('open', '');
    if (!old.contains(document.activeElement)) old.replaceWith(part);
  }
  grow();
}

let planned = 0;
/** Many changes at once lead to one look, spread a little so that all open pages do not ask in the same moment. */
function refreshSoon() {
  if (planned) return;
  planned = setTimeout(
    () => {
      planned = 0;
      refresh().catch(() => {});
    },
    400 + Math.random() * 1200,
  );
}

let stream = null;
let lastId = '';

/** Reads the events by hand rather than with EventSource, because only so are heartbeats seen, and their absence. */
async function listen(controller) {
  const headers = lastId === '' ? {} : { 'last-event-id': lastId };
  const reply = await fetch('/api/v1/live', { headers, signal: controller.signal, cache: 'no-store' });
  if (!reply.ok || !reply.body) throw new Error(String(reply.status));
  say('live');
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const silence = setTimeout(() => controller.abort(), SILENT_MS);
    const { value, done } = await reader.read();
    clearTimeout(silence);
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const id = /^id: ?(.*)$/m.exec(block);
      if (id) lastId = id[1];
      if (/^event: (?!beat)/m.test(block)) refreshSoon();
    }
  }
}

async function follow() {
  let pauseMs = 1000;
  while (!document.hidden) {
    const controller = new AbortController();
    stream = controller;
    const startedAt = Date.now();
    try {
      await listen(controller);
    } catch {}
    if (document.hidden) return;
    if (Date.now() - startedAt > LONGEST_PAUSE_MS) pauseMs = 1000;
    say(pauseMs > 8000 ? 'unreachable' : 'reconnecting');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    if (!document.hidden) await refresh().catch(() => {});
  }
}

let following = null;
function start() {
  if (document.hidden || following) return;
  following = follow().finally(() => {
    following = null;
    if (!document.hidden) start();
  });
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return stream?.abort();
  refresh().catch(() => {});
  start();
});
grow();
setInterval(grow, 10_000);
start();
