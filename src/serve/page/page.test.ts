import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { MINUTE_MS } from '../../core/time.ts';
import { NEW_STATE } from '../../watch/evaluate.ts';
import { STATE_KEY, WATCH } from '../../watch/watch-records.ts';
import { NOW, PLACES, type SeededFolder, seededFolder } from '../seeded.test.ts';
import type { ServeApp } from '../served.ts';
import { serveApp } from '../server.ts';
import { LIVE_SCRIPT, LIVE_SCRIPT_PATH } from './assets/script.ts';
import { STYLE_HASH } from './assets/style.ts';
import { formatOf } from './format.ts';
import { html } from './html.ts';
import { WORDS } from './words.ts';

let folder: SeededFolder;
let app: ServeApp;

before(async () => {
  folder = await seededFolder({ holes: { kolda: 3, matam: 1, podor: 40 } });
  app = await serveApp(folder.input);
});
after(async () => {
  await app.close();
  await folder.close();
});

const page = async (url: string, headers: Record<string, string> = {}) => (await app.inject({ url, headers })).payload;

test('every place stands on the page with its reading, its age, the hours to come and their range', async () => {
  const text = (await page('/fr/exploitation')).replaceAll(/[\u00a0\u202f]/g, ' ');
  for (const { names } of PLACES) assert.ok(text.includes(`<h3>${names.fr}</h3>`), names.fr);
  const { temperatureC } = (await app.inject('/api/v1/places/dakar/observations/latest')).json();
  assert.ok(text.includes(`${temperatureC.toFixed(1).replace('.', ',')} °C`));
  assert.match(
    text,
    /Analyse de|analyse de <time datetime="2026-07-22T12:45:00.000Z">12:45<\/time> · <span data-age="\d+">il y a 4 min<\/span>/,
  );
  assert.match(text, /<span>13 h<\/span> <b>\d+°<\/b> <span class="range">\d+ – \d+<\/span>/);
  assert.match(text, /8 fois sur 10/);
});

test('late and missing places are named in the sentence and marked by word', async (t) => {
  folder.clock.set(NOW + MINUTE_MS);
  t.after(() => folder.clock.set(NOW));
  const text = await page('/en/exploitation');
  assert.match(
    text,
    /<h1>2 places without recent data \(Kolda, Podor\), the oldest from 02:45 UTC, 1 place late \(Matam\), 10 on time\.<\/h1>/,
  );
  assert.match(text, /data-state="missing"[^>]*>.*?Kolda.*?<b>Missing<\/b>/s);
  assert.match(text, /data-state="late"[^>]*>.*?Matam.*?<b>Late<\/b>/s);
});

test('slots that are not on time stand in a table with the reason', async () => {
  const text = await page('/en/exploitation');
  assert.match(
    text,
    /<td>12:45<\/td><td>Kolda<\/td><td>missing<\/td><td><code>no-answer<\/code> <code>HMT_POLL_TIMEOUT<\/code>/,
  );
  assert.match(text, /aria-label="Podor: \d+ on time, [^"]*40 missing"/);
});

test('alerts that last stand on the page in its language, with the page that says what to do', async () => {
  assert.match(await page('/fr/exploitation'), /Aucune alerte en cours\./);
  const { documents } = folder.input.store;
  const incident = {
    id: 'k7f2-x',
    alertId: 'k7f2',
    family: 'arrivals',
    rule: 'place-missing',
    severity: 'warning',
    startsAt: folder.clock.now() - 30 * MINUTE_MS,
    openedAt: folder.clock.now() - 20 * MINUTE_MS,
    endsAt: null,
    told: true,
    toldKeys: ['place-missing/podor'],
    keys: ['place-missing/podor'],
    lastToldAt: null,
    firstToldAt: null,
    messages: 1,
    unstable: false,
    muted: false,
    acknowledged: null,
  };
  const value = { state: { ...NEW_STATE, incidents: { arrivals: incident } }, outgoing: [] };
  await documents.commit([{ collection: WATCH, key: STATE_KEY, value, version: 1 }]);
  await folder.clock.advanceBy(2000);
  for (const [language, rule] of [
    ['fr', 'Données manquantes'],
    ['en', 'Data missing'],
  ]) {
    const text = await page(`/${language}/exploitation`);
    assert.match(text, new RegExp(`href="/runbooks/place-missing">${rule}</a>.*podor`), text.slice(0, 0));
  }
  await documents.commit([{ collection: WATCH, key: STATE_KEY, value: null, version: 2 }]);
});

test('the pages beside it are linked by plain links that lead somewhere', async () => {
  const links = [...(await page('/en/exploitation')).matchAll(/<a href="(\/en[^"]*)"/g)].map(([, href]) => href ?? '');
  assert.ok(links.length >= 4, links.join());
  for (const link of links) assert.equal((await app.inject(link)).statusCode, 200, link);
});

test('a gap in the readings is a gap in the line', async () => {
  const gaps = await seededFolder({ places: PLACES.slice(4, 5) });
  const bare = await serveApp(gaps.input);
  // Kaolack misses four slots: shorter than what the line bridges, so only the one beginning is there.
  assert.equal(
    /class="line" d="([^"]*)"/.exec((await bare.inject('/fr/exploitation')).payload)?.[1]?.match(/M/g)?.length,
    1,
  );
  await bare.close();
  await gaps.close();
  const podor = /Podor, température.*?class="line" d="([^"]*)"/s.exec(await page('/fr/exploitation'))?.[1] ?? '';
  const lastX = Number(/.*[ML]([\d.]+) /.exec(podor)?.[1]);
  assert.ok(lastX < 150, 'the line ends where the readings do, not at now');
});

test('an empty folder says who is asked, since when and when again', async () => {
  const empty = await seededFolder({ days: 0 });
  const bare = await serveApp(empty.input);
  const french = (await bare.inject('/fr/exploitation')).payload;
  assert.match(french, /Aucune donnée pour l’instant : open-meteo est interrogé depuis 10:49 UTC\./);
  assert.match(french, /Prochain essai à 13:00\./);
  const english = (await bare.inject('/en/exploitation')).payload;
  assert.match(english, /Next attempt at 13:00\./);
  await bare.close();
  await empty.close();
});

test('a simulated folder says so on every page, with the program’s notice when there is one', async () => {
  const demo = await seededFolder({ nature: 'simulated', program: { mode: 'demo' } });
  const bare = await serveApp(demo.input);
  assert.match((await bare.inject('/fr/exploitation')).payload, /role="note"><b>Données simulées<\/b> Aucune valeur/);
  const offline = await serveApp({
    ...demo.input,
    program: { ...demo.input.program, notice: { fr: 'Hors ligne <ici>', en: 'Offline' } },
  });
  assert.match((await offline.inject('/fr/exploitation')).payload, /Hors ligne &lt;ici&gt;/);
  assert.doesNotMatch(await page('/fr/exploitation'), /simulées/);
  for (const one of [bare, offline]) await one.close();
  await demo.close();
});

test('what came from outside is text, never markup', async () => {
  const evil = '"><script>alert(1)</script>';
  const [dakar] = PLACES;
  assert.ok(dakar);
  const bad = await seededFolder({
    places: [{ ...dakar, name: evil, names: { fr: evil, en: evil } }],
    program: {
      sources: [
        {
          id: evil,
          kind: 'observation',
          attribution: { text: evil, url: 'javascript:alert(1)', licence: evil },
          quota: [],
        },
      ],
      reasons: async () => [evil],
      plan: () => evil,
    },
    http: { contact: evil },
  });
  const bare = await serveApp(bad.input);
  for (const url of ['/fr/exploitation', '/en/exploitation']) {
    const { payload, statusCode } = await bare.inject(url);
    assert.equal(statusCode, 200);
    assert.doesNotMatch(payload, /<script>|javascript:/);
    assert.equal(payload.match(/<script/g)?.length, 1);
  }
  await bare.close();
  await bad.close();
});

test('the page carries no inline script or style but the one its policy names', async () => {
  const reply = await app.inject('/fr/exploitation');
  const policy = String(reply.headers['content-security-policy']);
  assert.ok(policy.includes(`'${STYLE_HASH}'`));
  assert.doesNotMatch(policy, /unsafe/);
  assert.doesNotMatch(reply.payload, / style="| on[a-z]+="/);
  assert.ok(reply.payload.includes(`<script src="${LIVE_SCRIPT_PATH}" defer></script>`));
  const script = await app.inject(LIVE_SCRIPT_PATH);
  assert.equal(script.payload, LIVE_SCRIPT);
  assert.match(String(script.headers['cache-control']), /immutable/);
  assert.doesNotMatch(
    reply.payload.replaceAll(/https:\/\/open-meteo\.com\/|http:\/\/www\.w3\.org/g, ''),
    /https?:\/\//,
    'nothing is fetched elsewhere',
  );
});

test('the page is small', async () => {
  const reply = await app.inject({ url: '/fr/exploitation', headers: { 'accept-encoding': 'gzip' } });
  assert.ok(reply.rawPayload.byteLength < 20_000, `${reply.rawPayload.byteLength} bytes`);
});

test('values are escaped unless they are our own markup', () => {
  assert.equal(
    html`<p>${'<b>'}${html`<i>${'&'}</i>`}${null}${false}${0}${['"', "'"]}</p>`.text,
    '<p>&lt;b&gt;<i>&amp;</i>0&quot;&#39;</p>',
  );
});

test('numbers, times and ages are written as in each language', () => {
  const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');
  const [fr, en] = [formatOf('fr'), formatOf('en')];
  const at = Date.UTC(2026, 6, 22, 12, 5);
  for (const [written, wanted] of [
    [fr.temperature(29.34), '29,3 °C'],
    [en.temperature(29.34), '29.3°C'],
    [fr.temperature(-0.04), '0,0 °C'],
    [fr.temperature(null), '–'],
    [en.degrees(-0.4), '0'],
    [fr.count(10_000), '10 000'],
    [en.count(10_000), '10,000'],
    [fr.clock(at, 'Africa/Dakar'), '12:05'],
    [en.clock(at, 'Asia/Kolkata'), '17:35'],
    [fr.hour(Date.UTC(2026, 6, 22, 13), 'Africa/Dakar'), '13 h'],
    [fr.hour(Date.UTC(2026, 6, 22, 13), 'Asia/Kolkata'), '18:30'],
    [en.hour(Date.UTC(2026, 6, 22, 13), 'Africa/Dakar'), '13:00'],
    [fr.age(4 * MINUTE_MS + 59_000), 'il y a 4 min'],
    [en.age(-5000), '0 min ago'],
    [fr.age(95 * MINUTE_MS), 'il y a 1 h'],
    [en.age(3 * 24 * 60 * MINUTE_MS), '3 days ago'],
  ])
    assert.equal(plain(written ?? ''), wanted);
});

test('both languages have words for the same things, and French counts nought as one', () => {
  const keys = (words: object) => Object.keys(words).sort();
  assert.deepEqual(keys(WORDS.fr), keys(WORDS.en));
  assert.match(WORDS.fr.quarantineSome(0), /^0 message écarté,/);
  assert.match(WORDS.en.quarantineSome(0), /^0 messages set/);
});

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((index) => {
      const share = Number.parseInt(hex.slice(index, index + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test('every colour can be read on what it stands on, in light and dark', () => {
  const css = readFileSync(new URL('./assets/style.css', import.meta.url), 'utf8');
  const tokens = new Map(
    [...css.matchAll(/--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map((match) => [
      match[1],
      [match[2] ?? '', match[3] ?? ''],
    ]),
  );
  const check = (front: string, back: string, least: number) => {
    for (const scheme of [0, 1]) {
      const ratio = contrast(tokens.get(front)?.[scheme] ?? '', tokens.get(back)?.[scheme] ?? '');
      assert.ok(ratio >= least, `${front} on ${back} (${scheme === 0 ? 'light' : 'dark'}): ${ratio.toFixed(2)}`);
    }
  };
  for (const front of ['text', 'muted', 'link', 'good', 'fair', 'bad'])
    for (const back of ['card', 'ground']) check(front, back, 4.5);
  check('text', 'sand', 4.5);
  for (const front of ['line', 'band-edge', 'cell', 'fair', 'filled', 'sun', 'bad', 'odd', 'muted'])
    check(front, 'card', 3);
  for (const front of ['cell', 'fair', 'filled', 'sun', 'bad', 'odd', 'muted']) check(front, 'ground', 3);
  check('line', 'band', 3);
});
