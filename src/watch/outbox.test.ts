import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import { type FakeReceiver, type FakeSlack, fakeSink, fakeSlack } from './fake-receivers.contract.ts';
import { channelStandings } from './outbox-row.ts';
import { type OutboxWorld, outboxWorld, timed } from './outbox-world.contract.ts';
import { slackOptions } from './slack/config.ts';
import { slackNotifier } from './slack/notifier.ts';
import { webhookOptions } from './webhook/config.ts';
import { webhookNotifier } from './webhook/notifier.ts';

let world: OutboxWorld;
let slack: FakeSlack;
let sink: FakeReceiver;

beforeEach(async () => {
  [world, slack, sink] = await Promise.all([outboxWorld(), fakeSlack(), fakeSink()]);
});
afterEach(async () => {
  await world.remove();
  await Promise.all([slack.close(), sink.close()]);
});

function bySlack() {
  const made = slackNotifier(slackOptions.parse({ webhookUrl: slack.webhookUrl, timeoutMs: 1000 }), world.clock);
  assert.ok(made);
  return timed(made, world.clock);
}
function byWebhook() {
  const made = webhookNotifier(webhookOptions.parse({ url: sink.url, timeoutMs: 1000 }), world.clock);
  assert.ok(made);
  return timed(made, world.clock);
}
const texts = () => slack.messages.map(({ text }) => text);
const standing = async () => (await channelStandings(world.store.facts)).get('slack');

describe('the outbox', () => {
  it('delivers in order, at most one message a second to Slack, and keeps a record', async () => {
    for (const incidentId of ['kolda', 'matam', 'podor']) await world.send('firing', { incidentId });
    await world.send('resolved');
    const channel = bySlack();
    const running = world.start([channel]);
    await world.until(world.isEmpty);
    await running.stop();
    assert.deepEqual(texts(), ['n1 firing', 'n2 firing', 'n3 firing', 'n4 resolved']);
    const gaps = channel.calledAt.map((at, index) => at - (channel.calledAt[index - 1] ?? 0)).slice(1);
    assert.ok(
      gaps.every((gapMs) => gapMs >= SECOND_MS),
      gaps.join(),
    );
    assert.deepEqual(
      (await world.deliveries()).map(({ deliveryId, state, attempts, news }) => [deliveryId, state, attempts, news]),
      [
        ['n1.slack', 'delivered', 1, 'firing'],
        ['n2.slack', 'delivered', 1, 'firing'],
        ['n3.slack', 'delivered', 1, 'firing'],
        ['n4.slack', 'delivered', 1, 'resolved'],
      ],
    );
    assert.deepEqual((await standing())?.lastSuccessAt, channel.calledAt.at(-1));
  });

  it('waits as long as Slack asks with everything, also across a restart', async () => {
    slack.moods.push({ do: 'limit', retryAfter: '600' });
    await world.send('firing');
    await world.send('firing', { incidentId: 'matam' });
    const [first, second] = [bySlack(), bySlack()];
    const before = world.start([first]);
    await world.until(async () => (await standing())?.pausedUntilAt != null);
    await before.stop();
    const after = world.start([second]);
    await world.until(world.isEmpty);
    await after.stop();
    assert.equal(first.calledAt.length, 1);
    assert.ok((second.calledAt[0] ?? 0) - (first.calledAt[0] ?? 0) >= 600 * SECOND_MS);
    assert.deepEqual(texts().toSorted(), ['n1 firing', 'n2 firing']);
  });

  it('gives up one message that Slack refuses and goes on with the others', async () => {
    slack.moods.push({ do: 'say', status: 400, body: 'invalid_payload' });
    await world.send('firing');
    await world.send('firing', { incidentId: 'matam' });
    const running = world.start([bySlack()]);
    await world.until(world.isEmpty);
    await running.stop();
    assert.deepEqual(texts(), ['n2 firing']);
    const [dead] = await world.deliveries();
    assert.equal(dead?.state, 'dead');
    assert.partialDeepStrictEqual(
      { ...dead?.lastError },
      { code: 'HMT_WATCH_MESSAGE_REFUSED', detail: 'Slack says invalid_payload.' },
    );
  });

  it('shows a dead channel, tries it ever more rarely, and loses nothing when it is mended', async () => {
    for (let call = 0; call < 12; call++) slack.moods.push({ do: 'say', status: 404, body: 'no_service' });
    await world.send('firing');
    await world.send('firing', { incidentId: 'matam' });
    const channel = bySlack();
    const running = world.start([channel]);
    await world.until(() => channel.calledAt.length === 12);
    await world.until(async () => (await standing())?.lastError?.detail === 'Slack says no_service.');
    const failing = await standing();
    assert.equal(failing?.failingSinceAt, channel.calledAt[0]);
    await world.until(world.isEmpty);
    await running.stop();
    assert.deepEqual(texts().toSorted(), ['n1 firing', 'n2 firing']);
    assert.equal((await standing())?.failingSinceAt, null);
    const spanMs = (channel.calledAt[12] ?? 0) - (channel.calledAt[0] ?? 0);
    assert.ok(spanMs > 5 * MINUTE_MS && spanMs < 2 * HOUR_MS, `${spanMs}`);
  });

  it('gives a message up after a day, visibly', async () => {
    const down = { ...bySlack() };
    await slack.close();
    await world.send('firing');
    const running = world.start([down]);
    await world.until(world.isEmpty);
    await running.stop();
    const [dead] = await world.deliveries();
    assert.equal(dead?.state, 'dead');
    assert.equal(dead?.lastError?.code, 'HMT_WATCH_UNREACHABLE');
    assert.ok((dead?.at ?? 0) - (dead?.createdAt ?? 0) >= DAY_MS);
    assert.equal((await standing())?.givenUp, 1);
  });

  it('does not let one message that fails by itself hold up the others', async () => {
    const channel = bySlack();
    const poisoned = {
      ...channel,
      deliver: (...[envelope, signal]: Parameters<typeof channel.deliver>) => {
        if (envelope.deliveryId === 'n1.slack') slack.moods.unshift({ do: 'say', status: 500, body: 'rollup_error' });
        return channel.deliver(envelope, signal);
      },
    };
    await world.send('firing');
    await world.send('firing', { incidentId: 'matam' });
    await world.send('firing', { incidentId: 'podor' });
    const running = world.start([poisoned]);
    await world.until(() => texts().length === 2);
    await running.stop();
    assert.deepEqual(texts(), ['n2 firing', 'n3 firing']);
    assert.ok(world.clock.now() < Date.UTC(2026, 10, 23, 13, 1));
  });

  it('lets no channel wait for another', async () => {
    slack.moods.push({ do: 'limit', retryAfter: '3600' });
    await world.send('firing', {}, [{ channel: 'slack' }, { channel: 'webhook' }]);
    const hook = byWebhook();
    const running = world.start([bySlack(), hook]);
    await world.until(() => sink.calls.length === 1);
    await running.stop();
    assert.ok((hook.calledAt[0] ?? 0) - Date.UTC(2026, 10, 23, 13) < 5 * SECOND_MS);
  });

  it('drops a reminder that later news made pointless', async () => {
    await world.send('firing');
    await world.send('reminder');
    await world.send('reminder');
    await world.send('resolved');
    const running = world.start([bySlack()]);
    await world.until(world.isEmpty);
    await running.stop();
    assert.deepEqual(texts(), ['n1 firing', 'n4 resolved']);
    assert.deepEqual(
      (await world.deliveries()).map(({ state }) => state),
      ['delivered', 'superseded', 'superseded', 'delivered'],
    );
  });

  it('tells a patient channel nothing of what is over in time, and everything of what is not', async () => {
    const patient = [{ delayMs: 10 * MINUTE_MS }];
    const running = world.start([bySlack()]);
    await world.send('firing', {}, patient);
    await world.send('resolved', {}, patient);
    await world.send('firing', { incidentId: 'matam' }, patient);
    running.wake();
    await world.until(world.isEmpty);
    await world.send('resolved', { incidentId: 'matam', at: world.clock.now() }, patient);
    running.wake();
    await world.until(world.isEmpty);
    await running.stop();
    assert.deepEqual(texts(), ['n3 firing', 'n4 resolved']);
  });

  it('tells each channel only what is severe enough for it, but every test', async () => {
    const critical = [{ minSeverity: 'critical' as const }];
    await world.send('firing', { severity: 'warning' }, critical);
    await world.send('test', { severity: 'notice', incidentId: 'test' }, critical);
    const running = world.start([bySlack()]);
    await world.until(world.isEmpty);
    await running.stop();
    assert.deepEqual(texts(), ['n2 test']);
  });
});
