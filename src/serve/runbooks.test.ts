import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LOCALES } from '../text/locale.ts';
import { messageOf } from '../watch/message.ts';
import { RULE_IDS, testNotification } from '../watch/notification.ts';
import { seededFolder } from './seeded.test.ts';
import { serveApp } from './server.ts';

const FOLDER = new URL('../../docs/5.runbook/', import.meta.url);
const PARTS = ['## What it means', '## What to look at', '## What to do', '## How it resolves'];

test('every rule has its page in the runbook, and there is no other', () => {
  assert.deepEqual(readdirSync(FOLDER).sort(), RULE_IDS.map((rule) => `${rule}.md`).sort());
  for (const rule of RULE_IDS) {
    const page = readFileSync(new URL(`${rule}.md`, FOLDER), 'utf8');
    assert.deepEqual(page.match(/^## .*$/gm), PARTS, rule);
    assert.ok(page.startsWith(`# ${rule}: `), rule);
  }
});

test('every message links to its rule’s page, which the server has, and to absolute times (item 35)', async (context) => {
  const folder = await seededFolder({ days: 0 });
  const app = await serveApp(folder.input);
  context.after(async () => {
    await app.close();
    await folder.close();
  });
  for (const locale of LOCALES)
    for (const rule of RULE_IDS) {
      const notification = { ...testNotification('x', Date.UTC(2026, 6, 22)), rule, news: 'firing' as const };
      const { links } = messageOf(notification, {
        locale,
        timeZone: 'Africa/Dakar',
        publicUrl: 'http://127.0.0.1:4000',
      });
      const urls = Object.fromEntries(links.map(({ id, url }) => [id, new URL(url)]));
      const reply = await app.inject(urls.runbook?.pathname ?? '/');
      assert.ok(reply.statusCode === 200 && reply.payload.startsWith(`# ${rule}: `), rule);
      for (const id of ['period', 'logs'])
        for (const end of ['from', 'to'])
          assert.match(urls[id]?.searchParams.get(end) ?? '', /^2026-07-2[12]T\d\d:\d\d:00Z$/, `${rule} ${id} ${end}`);
    }
  assert.equal((await app.inject('/runbooks/..%2F..%2Fpackage')).statusCode, 404);
});
