import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterMetadata, ExtendedGroupProtocolSubscription } from '@platformatic/kafka';
import { evenShare } from './even-share.ts';

const TOPICS = ['weather', 'weather.forecasts', 'weather.polls'];
const PARTITIONS = 8;
const metadata = {
  topics: new Map(TOPICS.map((topic) => [topic, { partitionsCount: PARTITIONS }])),
} as unknown as ClusterMetadata;

type Owned = ReadonlyMap<string, readonly number[]>;

/** One rebalance after another until nobody has to give anything back, as a cooperative group does it. */
function settled(members: ReadonlyMap<string, Owned>): ReadonlyMap<string, Owned> {
  let owned = members;
  for (let generation = 1; generation < 5; generation++) {
    const subscriptions = new Map(
      [...owned].map(([memberId, own]) => [
        memberId,
        {
          memberId,
          topics: TOPICS,
          ownedPartitions: [...own].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
          generationId: own.size > 0 ? generation : -1,
        } as ExtendedGroupProtocolSubscription,
      ]),
    );
    owned = new Map(
      evenShare('a', subscriptions, new Set(TOPICS), metadata).map(({ memberId, assignments }) => [
        memberId,
        new Map([...assignments.values()].map(({ topic, partitions }) => [topic, partitions])),
      ]),
    );
  }
  return owned;
}

const all = () => new Map(TOPICS.map((topic) => [topic, [...Array(PARTITIONS).keys()]]));
const none = () => new Map<string, number[]>();

test('a second member gets half of each topic, and the first keeps the other half', () => {
  const shares = settled(
    new Map([
      ['a', all()],
      ['b', none()],
    ]),
  );
  for (const topic of TOPICS) {
    const [first = [], second = []] = ['a', 'b'].map((memberId) => shares.get(memberId)?.get(topic));
    assert.deepEqual([first.length, second.length], [PARTITIONS / 2, PARTITIONS / 2], topic);
    assert.deepEqual(new Set([...first, ...second]), new Set(Array(PARTITIONS).keys()), topic);
  }
});

test('the member that is left has everything', () => {
  const shares = settled(new Map([['b', new Map(TOPICS.map((topic) => [topic, [0, 1, 2]]))]]));
  for (const topic of TOPICS) assert.equal(shares.get('b')?.get(topic)?.length, PARTITIONS, topic);
});
