import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ErrorCode } from '../../core/errors.ts';
import { manualClock } from '../../core/time.ts';
import { envelope, MESSAGE } from '../channel-message.contract.ts';
import { type FakeSlack, fakeSlack } from '../fake-receivers.contract.ts';
import { SLACK_LIMITS, slackBody } from './blocks.ts';
import { slackOptions } from './config.ts';
import { slackNotifier } from './notifier.ts';

const clock = manualClock(Date.UTC(2026, 10, 23, 13, 34));
const { signal } = new AbortController();
let slack: FakeSlack;

beforeEach(async () => {
  slack = await fakeSlack();
});
afterEach(() => slack.close());

function notifier(settings: object) {
  const made = slackNotifier(slackOptions.parse({ apiUrl: slack.apiUrl, timeoutMs: 1000, ...settings }), clock);
  assert.ok(made);
  return made;
}
const byWebhook = () => notifier({ webhookUrl: slack.webhookUrl });
const byBot = (channel = 'C0123', botToken = 'xoxb-fake-token') => notifier({ botToken, channel });

const failure =
  (code: ErrorCode, more: object = {}) =>
  (error: unknown) => {
    assert.partialDeepStrictEqual({ ...(error as object) }, { code, ...more });
    assert.doesNotMatch(JSON.stringify(error) + String(error), /secretpart|xoxb/);
    return true;
  };

describe('the Slack channel by incoming webhook', () => {
  it('is absent without an address', () => {
    assert.equal(slackNotifier(slackOptions.parse({}), clock), null);
  });

  it('posts text and blocks', async () => {
    assert.deepEqual(await byWebhook().deliver(envelope(), signal), { reference: null });
    assert.deepEqual(slack.calls[0]?.json, slackBody(MESSAGE, 'blocks'));
  });

  it('posts the first version’s lines on request', async () => {
    await notifier({ webhookUrl: slack.webhookUrl, format: 'original' }).deliver(envelope(), signal);
    assert.deepEqual(slack.calls[0]?.json, { text: MESSAGE.original, unfurl_links: false });
  });

  it('says how long Slack wants to be left alone, in seconds or until a date', async () => {
    slack.moods.push({ do: 'limit', retryAfter: '7' });
    await assert.rejects(
      byWebhook().deliver(envelope(), signal),
      failure('HMT_WATCH_RATE_LIMITED', { retryAfterMs: 7000 }),
    );
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    slack.moods.push({ do: 'limit', retryAfter: inAMinute });
    await assert.rejects(byWebhook().deliver(envelope(), signal), (error: { retryAfterMs?: number }) => {
      assert.ok((error.retryAfterMs ?? 0) > 55_000 && (error.retryAfterMs ?? 0) <= 60_000, `${error.retryAfterMs}`);
      return true;
    });
  });

  it('tells a message that is refused from a channel that is gone', async () => {
    slack.moods.push({ do: 'say', status: 400, body: 'invalid_payload' });
    await assert.rejects(
      byWebhook().deliver(envelope(), signal),
      failure('HMT_WATCH_MESSAGE_REFUSED', { detail: 'Slack says invalid_payload.' }),
    );
    slack.moods.push({ do: 'say', status: 404, body: 'channel_not_found' });
    await assert.rejects(
      byWebhook().deliver(envelope(), signal),
      failure('HMT_WATCH_CHANNEL_REFUSED', { detail: 'Slack says channel_not_found.' }),
    );
    slack.moods.push({ do: 'say', status: 403, body: '<html>a proxy</html>' });
    await assert.rejects(
      byWebhook().deliver(envelope(), signal),
      failure('HMT_WATCH_CHANNEL_REFUSED', { detail: 'Slack says 403.' }),
    );
  });

  it('says that it does not know when the answer never comes, breaks off, or is an error of Slack’s own', async () => {
    slack.moods.push(
      { do: 'hang' },
      { do: 'drop' },
      { do: 'refuse' },
      { do: 'say', status: 500, body: 'rollup_error' },
    );
    await assert.rejects(byWebhook().deliver(envelope(), signal), failure('HMT_WATCH_TIMEOUT'));
    await assert.rejects(byWebhook().deliver(envelope(), signal), failure('HMT_WATCH_UNREACHABLE'));
    await assert.rejects(byWebhook().deliver(envelope(), signal), failure('HMT_WATCH_UNREACHABLE'));
    await assert.rejects(byWebhook().deliver(envelope(), signal), failure('HMT_WATCH_CHANNEL_FAILED'));
  });
});

describe('the Slack channel by bot token', () => {
  it('posts a first message and keeps its handle', async () => {
    assert.deepEqual(await byBot().deliver(envelope(), signal), { reference: 'C0123 1795000000.000001' });
    assert.equal(slack.messages[0]?.metadata.event_payload?.delivery_id, 'k7f2.1.slack');
  });

  it('edits the first message and adds to its thread as the alert goes on', async () => {
    const bot = byBot();
    const { reference } = await bot.deliver(envelope(), signal);
    const over = { ...MESSAGE, news: 'resolved' as const, text: '🟢 Résolu : Kolda' };
    const again = await bot.deliver(
      envelope({ deliveryId: 'k7f2.2.slack', message: over, threadReference: reference }),
      signal,
    );
    assert.deepEqual(again, { reference });
    assert.deepEqual(
      slack.messages.map(({ text, thread_ts }) => ({ text, thread_ts })),
      [
        { text: '🟢 Résolu : Kolda', thread_ts: null },
        { text: '🟢 Résolu : Kolda', thread_ts: '1795000000.000001' },
      ],
    );
  });

  it('shows a reminder in the channel too', async () => {
    const message = { ...MESSAGE, news: 'reminder' as const };
    await byBot()
      .deliver(envelope({ message, threadReference: 'C0123 1795000000.000001' }), signal)
      .catch(() => {});
    const { reference } = await byBot().deliver(envelope(), signal);
    await byBot().deliver(envelope({ message, threadReference: reference }), signal);
    assert.equal(slack.calls.at(-1)?.json.reply_broadcast, true);
  });

  it('begins anew when somebody deleted the first message', async () => {
    await byBot().deliver(envelope({ threadReference: 'C0123 1.5' }), signal);
    assert.deepEqual(
      slack.messages.map(({ thread_ts }) => thread_ts),
      [null],
    );
  });

  it('does not send again what a broken call had delivered', async () => {
    slack.moods.push({ do: 'drop' });
    await assert.rejects(byBot().deliver(envelope(), signal), failure('HMT_WATCH_UNREACHABLE'));
    const uncertainSinceAt = clock.now();
    assert.deepEqual(await byBot().deliver(envelope({ uncertainSinceAt }), signal), {
      reference: 'C0123 1795000000.000001',
    });
    const second = envelope({ deliveryId: 'k7f2.2.slack', threadReference: 'C0123 1795000000.000001' });
    slack.moods.push({ do: 'ok' }, { do: 'drop' });
    await assert.rejects(byBot().deliver(second, signal), failure('HMT_WATCH_UNREACHABLE'));
    await byBot().deliver({ ...second, uncertainSinceAt }, signal);
    assert.equal(slack.messages.length, 2);
  });

  it('sends again when the token may not look', async () => {
    slack.moods.push({ do: 'say', status: 200, body: '{"ok":false,"error":"missing_scope"}' });
    await byBot().deliver(envelope({ uncertainSinceAt: clock.now() }), signal);
    assert.equal(slack.messages.length, 1);
  });

  it('names Slack’s own word for what is wrong', async () => {
    await assert.rejects(
      byBot('C9').deliver(envelope(), signal),
      failure('HMT_WATCH_CHANNEL_REFUSED', { detail: "Slack's chat.postMessage says channel_not_found." }),
    );
    await assert.rejects(
      byBot('C0123', 'xoxb-other-token').deliver(envelope(), signal),
      failure('HMT_WATCH_CHANNEL_REFUSED'),
    );
    slack.moods.push({ do: 'say', status: 200, body: '{"ok":false,"error":"msg_too_long"}' });
    await assert.rejects(byBot().deliver(envelope(), signal), failure('HMT_WATCH_MESSAGE_REFUSED'));
    slack.moods.push({ do: 'say', status: 200, body: '{"ok":false,"error":"ratelimited"}' });
    await assert.rejects(
      byBot().deliver(envelope(), signal),
      failure('HMT_WATCH_RATE_LIMITED', { retryAfterMs: 30_000 }),
    );
    slack.moods.push({ do: 'say', status: 200, body: '{"ok":tr' });
    await assert.rejects(byBot().deliver(envelope(), signal), failure('HMT_WATCH_CHANNEL_FAILED'));
  });
});

describe('a Slack message', () => {
  it('escapes what would be markup', () => {
    const body = JSON.stringify(slackBody({ ...MESSAGE, text: '<!channel> & <http://x|y>' }, 'blocks'));
    assert.doesNotMatch(body, /<!channel>|<http/);
    assert.match(body, /&lt;!channel&gt; &amp; /);
  });

  it('stays within every limit whatever it is given', () => {
    const long = '😀<&'.repeat(5000);
    const body = slackBody(
      {
        ...MESSAGE,
        text: long,
        title: long,
        lines: Array.from({ length: 200 }, () => long),
        fields: Array.from({ length: 30 }, () => ({ label: long, value: long })),
        context: long,
        links: [
          { id: 'logs', label: long, url: 'http://x/' },
          { id: 'period', label: 'x', url: `http://x/${long}` },
        ],
      },
      'blocks',
    );
    assert.ok(body.text.length <= SLACK_LIMITS.text);
    assert.ok((body.blocks ?? []).length <= SLACK_LIMITS.blocks);
    for (const block of body.blocks ?? []) {
      if (block.type === 'header') assert.ok(block.text.text.length <= SLACK_LIMITS.header);
      if (block.type === 'section') {
        assert.ok((block.text?.text.length ?? 0) <= SLACK_LIMITS.section);
        assert.ok((block.fields?.length ?? 0) <= SLACK_LIMITS.fields);
        for (const { text } of block.fields ?? []) assert.ok(text.length <= SLACK_LIMITS.field, `${text.length}`);
      }
      if (block.type === 'actions') {
        assert.equal(block.elements.length, 1);
        for (const { text } of block.elements) assert.ok(text.text.length <= SLACK_LIMITS.button);
      }
    }
    assert.ok(JSON.stringify(body).isWellFormed());
  });
});
