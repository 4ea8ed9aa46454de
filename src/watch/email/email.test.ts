import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { envelope } from '../channel-message.contract.ts';
import { type FakeMailbox, fakeMailbox } from '../fake-receivers.contract.ts';
import { emailOptions } from './config.ts';
import { emailNotifier } from './notifier.ts';

const { signal } = new AbortController();
let mailbox: FakeMailbox;

beforeEach(async () => {
  mailbox = await fakeMailbox();
});
afterEach(() => mailbox.close());

function notifier(settings: object = {}) {
  const made = emailNotifier(
    emailOptions.parse({
      host: '127.0.0.1',
      port: mailbox.port,
      tls: 'none',
      user: 'watch',
      password: 'mail-password',
      from: 'Météo <watch@example.org>',
      to: ['ops@example.org'],
      timeoutMs: 1000,
      ...settings,
    }),
  );
  assert.ok(made);
  return made;
}

const header = (mail: string | undefined, name: string) =>
  new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(mail ?? '')?.[1]?.replace(/\r\n\s*/g, ' ');

describe('the e-mail channel', () => {
  it('is absent unless server, sender and a receiver are named', () => {
    assert.equal(emailNotifier(emailOptions.parse({ host: 'x', from: 'a@b' })), null);
  });

  it('sends text and HTML, the same id on every try, one thread per alert', async () => {
    for (const deliveryId of ['k7f2.1.email', 'k7f2.1.email', 'k7f2.2.email'])
      await notifier().deliver(envelope({ deliveryId }), signal);
    const ids = mailbox.mails.map((mail) => header(mail, 'Message-ID'));
    assert.deepEqual(ids, ['<k7f2.1.email@example.org>', '<k7f2.1.email@example.org>', '<k7f2.2.email@example.org>']);
    assert.deepEqual(
      new Set(mailbox.mails.map((mail) => header(mail, 'References'))),
      new Set(['<place-missing.senegal@example.org>']),
    );
    assert.match(mailbox.mails[0] ?? '', /multipart\/alternative/);
    assert.match(mailbox.mails[0] ?? '', /text\/html/);
    assert.equal(header(mailbox.mails[0], 'Auto-Submitted'), 'auto-generated');
  });

  it('escapes what would be markup in the HTML part', async () => {
    await notifier().deliver(envelope(), signal);
    const html = (mailbox.mails[0] ?? '').split('text/html')[1] ?? '';
    assert.match(html.replace(/=\r\n/g, ''), /&lt;source&gt; &amp; co/);
  });

  it('tells what passes from what does not', async () => {
    mailbox.codes.push(451, 554);
    await assert.rejects(notifier().deliver(envelope(), signal), { code: 'HMT_WATCH_CHANNEL_FAILED' });
    await assert.rejects(notifier().deliver(envelope(), signal), { code: 'HMT_WATCH_MESSAGE_REFUSED' });
    await assert.rejects(notifier({ password: 'wrong' }).deliver(envelope(), signal), {
      code: 'HMT_WATCH_CHANNEL_REFUSED',
    });
    await assert.rejects(notifier({ tls: 'starttls' }).deliver(envelope(), signal), (error: { code?: string }) =>
      ['HMT_WATCH_CHANNEL_REFUSED', 'HMT_WATCH_UNREACHABLE'].includes(error.code ?? ''),
    );
    assert.equal(mailbox.mails.length, 0);
  });

  it('says that it does not know when the server goes away after taking it', async () => {
    mailbox.codes.push(0);
    await assert.rejects(notifier().deliver(envelope(), signal), { code: 'HMT_WATCH_UNREACHABLE' });
    assert.equal(mailbox.mails.length, 1);
  });
});
