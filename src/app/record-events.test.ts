import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Logger } from '../core/log.ts';
import { silentLogger } from '../core/log.ts';
import { manualClock } from '../core/time.ts';
import type { EventLog, ProgramEvent } from '../store/event-log.ts';
import { recordEvents } from './record-events.ts';

function kept(append?: EventLog['append']) {
  const events: ProgramEvent[] = [];
  const printed: string[] = [];
  const batches: number[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (message) => void printed.push(message),
    warn: (message) => void printed.push(message),
    child: () => logger,
  };
  const log = {
    append:
      append ??
      (async (some: readonly ProgramEvent[]) => {
        events.push(...some);
        batches.push(some.length);
      }),
  } as unknown as EventLog;
  const recorder = recordEvents({ logger, log, clock: manualClock(1000), secrets: ['hush-hush-key'] });
  return { recorder, events, printed, batches };
}

const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await turnOfTheLoop();
};

test('what is printed is kept too, with stage, code and place told apart from other facts', async () => {
  const { recorder, events, printed, batches } = kept();
  const stage = recorder.child({ stage: 'poll' });
  stage.debug('not kept');
  stage.info('A round is over.', { asked: 13, placeId: 'kolda', nothing: undefined });
  recorder.warn('Late.', { code: 'HMT_POLL_TIMEOUT' });
  await settled();
  assert.deepEqual(printed, ['A round is over.', 'Late.']);
  assert.deepEqual(batches, [2]);
  assert.deepEqual(events, [
    {
      at: 1000,
      stage: 'poll',
      level: 'info',
      message: 'A round is over.',
      code: null,
      placeId: 'kolda',
      fields: { asked: 13 },
    },
    { at: 1000, stage: '', level: 'warn', message: 'Late.', code: 'HMT_POLL_TIMEOUT', placeId: null, fields: {} },
  ]);
});

test('no secret is kept, in the sentence or beside it', async () => {
  const { recorder, events } = kept();
  recorder.error('Asked with hush-hush-key', { url: 'https://api/?appid=hush-hush-key' });
  await settled();
  assert.equal(events.length, 1);
  assert.doesNotMatch(JSON.stringify(events), /hush-hush/);
});

test('a flood is bounded, and what was left out is counted', async () => {
  const { recorder, events } = kept();
  for (let line = 0; line < 5000; line++) recorder.info('again');
  await settled();
  assert.equal(events.length, 2001);
  assert.equal(events.at(-1)?.fields.events, 3000);
});

test('a store that refuses costs the lines, and the next ones are tried again', async () => {
  let refused = 0;
  const { recorder, printed } = kept(async () => {
    refused++;
    throw new Error('disk full');
  });
  recorder.info('one');
  await settled();
  recorder.info('two');
  await settled();
  assert.equal(refused, 2);
  assert.equal(printed.filter((line) => line.startsWith('What the program did')).length, 2);
});
