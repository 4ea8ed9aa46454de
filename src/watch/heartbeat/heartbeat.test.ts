import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fakeSink } from '../fake-receivers.contract.ts';
import { heartbeatOptions } from './config.ts';
import { heartbeat } from './heartbeat.ts';

const { signal } = new AbortController();

it('asks for the heartbeat’s address once, and says without it when nobody takes it', async (test) => {
  const sink = await fakeSink();
  test.after(() => sink.close());
  const beat = heartbeat(heartbeatOptions.parse({ url: `${sink.url}/ping/hidden` }));
  assert.ok(beat);
  await beat(signal);
  assert.deepEqual(
    sink.calls.map(({ path }) => path),
    ['/ping/hidden'],
  );
  sink.moods.push({ do: 'say', status: 404, body: '' });
  await assert.rejects(beat(signal), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'HMT_WATCH_CHANNEL_REFUSED');
    assert.doesNotMatch(String(error), /hidden/);
    return true;
  });
});

it('is absent without an address', () => assert.equal(heartbeat(heartbeatOptions.parse({})), null));
