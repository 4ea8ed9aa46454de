import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alwaysFaults, type FaultName } from '../faults.ts';
import { askedProviders, KEY } from './asked-providers.ts';
import { serveProviders } from './serve-providers.ts';

const WEATHER = `/data/2.5/weather?lat=14.7333&lon=-17.5&units=metric&appid=${KEY}`;

async function fetched(
  name: FaultName | null,
  read: (response: Response) => Promise<unknown> = (response) => response.text(),
) {
  const { providers } = askedProviders(name === null ? {} : { faults: alwaysFaults(name) });
  const served = await serveProviders(providers, { longestWaitMs: 20 });
  try {
    return await read(await fetch(`${served.url}${WEATHER}`));
  } finally {
    await served.close();
  }
}

test('both providers answer over a real socket with the bytes that the transport gives', async () => {
  const { ask } = askedProviders();
  assert.equal(await fetched(null), (await ask(WEATHER)).text);
});

test('an outage and a reset end a real connection', async () => {
  await assert.rejects(fetched('outage'), TypeError);
  await assert.rejects(fetched('reset-mid-body'), TypeError);
});

test('a slow first byte comes, and a stalled body does not end', async () => {
  assert.match(String(await fetched('slow-first-byte')), /"cod":200/);
  await fetched('stalled-body', async (response) => {
    const reader = response.body?.getReader();
    const first = await reader?.read();
    assert.equal(first?.done, false);
    assert.throws(() => JSON.parse(Buffer.from(first?.value ?? []).toString()));
    const rest = reader?.read().then(
      () => 'ended',
      () => 'ended',
    );
    const turn = new Promise((resolve) => setImmediate(() => resolve('still open')));
    assert.equal(await Promise.race([rest, turn]), 'still open');
  });
});
