import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../core/log.ts';
import { MINUTE_MS, manualClock } from '../core/time.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import { channelsReport } from './channel-report.ts';
import { watchOptions } from './config.ts';
import { type ChannelStanding, channelFact, NEVER_USED } from './outbox-row.ts';
import { SignalReader } from './read-signals.ts';

const T0 = Date.UTC(2026, 6, 1);

test('a channel that fails is seen by the watch and by people with the reason, and one that was never used as well', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-channels-'));
  const store = sqliteStore({
    folder,
    clock: manualClock(T0),
    logger: silentLogger,
    nature: 'live',
    preference: [],
    retentionDays: null,
    watchForeignMs: null,
    fsync: false,
  });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const failing: ChannelStanding = {
    ...NEVER_USED,
    failingSinceAt: T0,
    lastError: { code: 'HMT_WATCH_CHANNEL_REFUSED', detail: 'Slack says no_service.', at: T0 },
  };
  await store.facts.set(channelFact('slack'), failing);
  const reader = new SignalReader({
    store,
    places: [],
    options: watchOptions.parse({}),
    program: {
      plan: async () => null,
      stages: async () => ({}),
      sources: async () => ({}),
      quotas: async () => ({}),
      diskFreeShare: async () => null,
    },
    channels: ['slack', 'email'],
    logger: silentLogger,
  });
  const seen = async (at: number) => {
    const { channels, channelErrors } = await reader.read(at);
    return [channels, channelErrors];
  };
  assert.deepEqual(await seen(T0), [{ slack: T0, email: null }, { slack: 'HMT_WATCH_CHANNEL_REFUSED' }]);
  assert.deepEqual(
    (await channelsReport(store, ['email'])).map(({ channel, configured, failingSinceAt, lastError }) => [
      channel,
      configured,
      failingSinceAt,
      lastError?.code ?? null,
    ]),
    [
      ['slack', false, T0, 'HMT_WATCH_CHANNEL_REFUSED'],
      ['email', true, null, null],
    ],
  );
  await store.facts.set(channelFact('slack'), { ...failing, failingSinceAt: null });
  assert.deepEqual(await seen(T0 + 6 * MINUTE_MS), [{ slack: null, email: null }, {}]);
});
