import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { manualClock } from '../../core/time.ts';
import { envelope } from '../channel-message.contract.ts';
import { type FakeReceiver, fakeSink } from '../fake-receivers.contract.ts';
import { webhookBody } from './body.ts';
import { webhookOptions } from './config.ts';
import { webhookNotifier } from './notifier.ts';

const SECRET = 'a-signing-secret-of-ours';
const clock = manualClock(Date.UTC(2026, 10, 23, 13, 34));
const { signal } = new AbortController();
let sink: FakeReceiver;

beforeEach(async () => {
  sink = await fakeSink();
});
afterEach(() => sink.close());

function notifier(settings: object = {}) {
  const made = webhookNotifier(
    webhookOptions.parse({ url: `${sink.url}/hook?key=hidden`, timeoutMs: 1000, ...settings }),
    clock,
  );
  assert.ok(made);
  return made;
}

describe('the generic webhook', () => {
  it('posts what its schema says, with the key that a pager goes by', async () => {
    await notifier().deliver(envelope(), signal);
    const [call] = sink.calls;
    assert.deepEqual(webhookBody.parse(call?.json), call?.json);
    assert.partialDeepStrictEqual(call?.json, {
      schemaVersion: 1,
      dedup_key: 'place-missing:senegal',
      status: 'firing',
      severity: 'critical',
      startsAt: '2026-11-23T13:15:00Z',
      endsAt: null,
      labels: { source: 'open-meteo' },
      links: { period: 'http://127.0.0.1:4000/fr/exploitation?from=a&to=b' },
    });
    assert.equal(call?.headers['idempotency-key'], 'k7f2.1.slack');
    assert.equal(call?.headers['harmattan-signature'], undefined);
  });

  it('signs the body with the second it was sent in', async () => {
    await notifier({ secret: SECRET }).deliver(envelope(), signal);
    const [call] = sink.calls;
    const seconds = clock.now() / 1000;
    const expected = createHmac('sha256', SECRET).update(`${seconds}.${call?.body}`).digest('hex');
    assert.equal(call?.headers['harmattan-signature'], `t=${seconds},v1=${expected}`);
  });

  it('follows no redirect and names no address when it fails', async () => {
    sink.moods.push({ do: 'say', status: 302, body: '' }, { do: 'hang' });
    for (const code of ['HMT_WATCH_CHANNEL_REFUSED', 'HMT_WATCH_TIMEOUT'])
      await assert.rejects(notifier().deliver(envelope(), signal), (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.doesNotMatch(String(error), /hidden|127\.0\.0\.1/);
        return true;
      });
    assert.equal(sink.calls.length, 2);
  });
});
