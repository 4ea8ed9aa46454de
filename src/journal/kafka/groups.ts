import { Admin } from '@platformatic/kafka';
import type { Clock } from '../../core/time.ts';
import type { ConsumerStatus } from '../journal.ts';
import { TOPICS, type Topic } from '../topics.ts';
import type { ClusterTopics } from './cluster-topics.ts';
import type { Connection } from './connection.ts';
import { kafkaFailure } from './failure.ts';
import type { Bounds, Fetcher } from './fetcher.ts';
import { type CommitNote, noteOf } from './membership.ts';

/** Our groups as the brokers know them. */
export interface Groups {
  statuses(): Promise<readonly ConsumerStatus[]>;
  remove(group: string): Promise<boolean>;
  close(): Promise<void>;
}

/** As Kafka calls a group of ours: `harmattan.process`. */
export const groupName = (groupId: string, group: string): string => `${groupId}.${group}`;

/** Where a group is in one partition. */
interface Standing {
  readonly partition: number;
  readonly offset: number;
  readonly note: CommitNote;
}

/** Enough for the one record whose time is wanted. */
const ONE_RECORD = { waitMs: 0, maxBytes: 1, partitionBytes: 1 };

export function clusterGroups(
  connection: Connection,
  cluster: ClusterTopics,
  groupId: string,
  fetcher: () => Fetcher,
  clock: Clock,
): Groups {
  const admin = new Admin({ ...connection, retries: 1 });
  const topicOf = new Map(TOPICS.map((topic) => [cluster.topics[topic].name, topic]));
  const prefix = groupName(groupId, '');

  const names = async () => [...(await admin.listGroups({})).keys()].filter((name) => name.startsWith(prefix)).sort();

  /** When the oldest record that a group has not read was appended; `null` when it has read all. */
  async function oldestUnreadAt(topic: Topic, standings: readonly Standing[], bounds: readonly Bounds[]) {
    const wanted = standings.flatMap(({ partition, offset }) => {
      const { start, end } = bounds[partition] ?? { start: 0, end: 0 };
      return Math.max(offset, start) < end ? [{ topic, partition, offset: Math.max(offset, start) }] : [];
    });
    const parts = await fetcher().fetchAll(wanted, ONE_RECORD);
    const times = parts.flatMap(({ records }) => records.slice(0, 1).map(({ appendedAt }) => appendedAt));
    return times.length === 0 ? null : Math.min(...times);
  }

  async function status(group: string, topic: Topic, standings: readonly Standing[], bounds: readonly Bounds[]) {
    const lag = standings.reduce((sum, { partition, offset }) => {
      const { start, end } = bounds[partition] ?? { start: 0, end: 0 };
      return sum + Math.max(0, end - Math.max(offset, start));
    }, 0);
    const oldestAt = lag === 0 ? null : await oldestUnreadAt(topic, standings, bounds);
    const acks = standings.map(({ note }) => note.lastAckAt).filter((at) => at !== null);
    return {
      group: group.slice(prefix.length),
      topic,
      essential: standings.every(({ note }) => note.essential),
      lagMessages: lag,
      lagMs: oldestAt === null ? 0 : Math.max(0, clock.now() - oldestAt),
      lostRecords: standings.reduce((sum, { partition, offset, note }) => {
        const { start } = bounds[partition] ?? { start: 0 };
        return sum + note.lostRecords + Math.max(0, start - offset);
      }, 0),
      lastAckAt: acks.length === 0 ? null : Math.max(...acks),
    };
  }

  return {
    async statuses() {
      try {
        const groups = await names();
        if (groups.length === 0) return [];
        const offsets = await admin.listConsumerGroupOffsets({ groups });
        const bounds = new Map<Topic, readonly Bounds[]>();
        const statuses: ConsumerStatus[] = [];
        for (const group of offsets)
          for (const { name, partitions } of group.topics) {
            const topic = topicOf.get(name);
            if (topic === undefined) continue;
            const known = bounds.get(topic) ?? (await fetcher().bounds(topic));
            bounds.set(topic, known);
            const standings = partitions
              .filter(({ committedOffset }) => committedOffset >= 0n)
              .map(({ partitionIndex, committedOffset, metadata }) => ({
                partition: partitionIndex,
                offset: Number(committedOffset),
                note: noteOf(metadata),
              }));
            if (standings.length > 0) statuses.push(await status(group.groupId, topic, standings, known));
          }
        return statuses;
      } catch (error) {
        throw kafkaFailure(error, 'asking for the consumer groups');
      }
    },
    async remove(group) {
      const name = groupName(groupId, group);
      try {
        if (!(await names()).includes(name)) return false;
        await admin.deleteGroups({ groups: [name] });
        return true;
      } catch (error) {
        throw kafkaFailure(error, `removing the group ${name}`);
      }
    },
    async close() {
      await admin.close().catch(() => {});
    },
  };
}
