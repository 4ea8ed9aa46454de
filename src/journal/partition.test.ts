import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2, partitioner, partitionOf } from './partition.ts';

test("the hash is that of Kafka's Java client", () => {
  // The vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  const vectors: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [key, hash] of vectors) assert.equal(murmur2(Buffer.from(key)), hash, key);
});

test('a key has one partition, also when its letters take several bytes', () => {
  assert.equal(partitionOf('Thiès', 7), (murmur2(Buffer.from('Thiès', 'utf8')) & 0x7fffffff) % 7);
  assert.equal(partitionOf('dakar', 1), 0);
  const used = new Set(Array.from({ length: 500 }, (_, i) => partitionOf(`place-${i}`, 6)));
  assert.deepEqual([...used].sort(), [0, 1, 2, 3, 4, 5]);
});

test('keyless messages stay together within an append and take turns between appends', () => {
  const choose = partitioner(3);
  const appends = Array.from({ length: 4 }, () => {
    const partition = choose.next();
    return [partition(null), partition('dakar'), partition(null)];
  });
  const dakar = partitionOf('dakar', 3);
  assert.deepEqual(appends, [
    [0, dakar, 0],
    [1, dakar, 1],
    [2, dakar, 2],
    [0, dakar, 0],
  ]);
});
