import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linesOf } from './lines.ts';

async function collect(chunks: readonly Buffer[], maxBytes = 1_000_000) {
  const lines = [];
  for await (const batch of linesOf(toStream(chunks), maxBytes)) lines.push(...batch);
  return lines;
}

async function* toStream(chunks: readonly Buffer[]) {
  yield* chunks;
}

test('lines are the bytes between newlines however the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 12 })),
      fc.array(fc.nat(40), { maxLength: 8 }),
      async (raw, cuts) => {
        const expected = raw.map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10)));
        const whole = Buffer.concat(expected.flatMap((line) => [line, Buffer.from('\n')]));
        const edges = [0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort((a, b) => a - b);
        const chunks = edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge));
        const lines = await collect(chunks);
        assert.deepEqual(
          lines.map((line) => ('bytes' in line ? line.bytes.toString('hex') : 'too long')),
          expected.map((line) => line.toString('hex')),
        );
      },
    ),
  );
});

test('a last line without a newline counts', async () => {
  assert.equal((await collect([Buffer.from('a\nb')])).length, 2);
  assert.equal((await collect([Buffer.from('a\nb\n')])).length, 2);
});

test('a line over the limit is reported with its length and the next one is whole', async () => {
  const lines = await collect([Buffer.from('0123'), Buffer.from('456789\nok\n')], 8);
  assert.deepEqual(lines, [{ tooLongBytes: 10 }, { bytes: Buffer.from('ok') }]);
});
