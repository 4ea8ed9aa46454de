import { Consumer, offsetCommitV8 } from '@platformatic/kafka';
import { HarmattanError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Topic } from '../topics.ts';
import type { ClusterTopics } from './cluster-topics.ts';
import type { Connection } from './connection.ts';
import { evenShare } from './even-share.ts';
import { kafkaFailure } from './failure.ts';

/** A partition of one of our topics. */
export interface Partition {
  readonly topic: Topic;
  readonly partition: number;
}

/** What is committed in Kafka beside an offset: what lag and retention are told, never the truth about positions. */
export interface CommitNote {
  readonly essential: boolean;
  readonly lastAckAt: number | null;
  readonly lostRecords: number;
}

export interface Commit extends Partition {
  readonly offset: number;
  readonly note: CommitNote;
}

export interface MembershipInput {
  readonly connection: Connection;
  readonly cluster: ClusterTopics;
  /** As Kafka calls it. */
  readonly groupId: string;
  readonly topics: readonly Topic[];
  readonly sessionMs: number;
  readonly logger: Logger;
  /** Partitions came or went. */
  onChange(): void;
  /** Asked before partitions that were taken away go to another member: resolves when nothing of theirs is in hand. */
  beforeHandover(): Promise<void>;
}

/** Heartbeats per session: two may be lost without anybody noticing. */
const HEARTBEATS = 4;
const LONGEST_HEARTBEAT_MS = 3_000;
/** How long a rebalance waits for a member to join again, ms; a session where that is longer. */
const REBALANCE_MS = 20_000;
/** How long an end may take, ms: a broker that is gone must not hold it up. */
const LEAVE_PATIENCE_MS = 3_000;

/**
 * One member of a consumer group, by the classic protocol with cooperative-sticky assignment: partitions that stay are
 * read on while others move. It only knows who owns what; where to read from is the store's affair.
 */
export class Membership {
  readonly #input: MembershipInput;
  readonly #client: Consumer;
  readonly #topicOf: ReadonlyMap<string, Topic>;
  /** How often this member says that it lives, ms. */
  readonly heartbeatMs: number;
  #joined: Promise<unknown> | null = null;
  #joinedAt = 0;
  #assignments: Consumer['assignments'] = null;
  #assigned: readonly Partition[] = [];
  #failure: HarmattanError | null = null;

  constructor(input: MembershipInput) {
    this.#input = input;
    const { connection, cluster, groupId, topics, sessionMs, logger } = input;
    this.#topicOf = new Map(topics.map((topic) => [cluster.topics[topic].name, topic]));
    this.heartbeatMs = Math.min(LONGEST_HEARTBEAT_MS, Math.round(sessionMs / HEARTBEATS));
    this.#client = new Consumer({
      ...connection,
      groupId,
      sessionTimeout: sessionMs,
      rebalanceTimeout: Math.max(REBALANCE_MS, sessionMs),
      heartbeatInterval: this.heartbeatMs,
      protocols: [{ name: 'cooperative-sticky', version: 3 }],
      partitionAssigner: evenShare,
      protocolsMetadata: async () => {
        await input.beforeHandover();
        return Buffer.alloc(0);
      },
    });
    this.#client.topics.trackAll(...this.#topicOf.keys());
    this.#client.on('consumer:group:join', () => {
      this.#joinedAt = performance.now();
      input.onChange();
    });
    this.#client.on('consumer:group:rebalance', () => input.onChange());
    this.#client.on('consumer:heartbeat:error', ({ error }) =>
      logger.debug('A heartbeat did not reach the group.', { reason: error.message }),
    );
    this.#client.on('error', (error: Error) => {
      this.#failure = kafkaFailure(error, `joining the group ${groupId}`);
      input.onChange();
    });
  }

  /** Joins the group, the first time it is called; resolves once partitions are assigned. */
  async join(): Promise<void> {
    try {
      this.#joined ??= this.#client.joinGroup();
      await this.#joined;
    } catch (error) {
      throw kafkaFailure(error, `joining the group ${this.#input.groupId}`);
    }
  }

  /** What this member owns at this moment; the same list until that changes. */
  get assigned(): readonly Partition[] {
    const { assignments } = this.#client;
    if (assignments !== this.#assignments) {
      this.#assignments = assignments;
      this.#assigned = (assignments ?? []).flatMap(({ topic: name, partitions }) => {
        const topic = this.#topicOf.get(name);
        return topic === undefined ? [] : partitions.map((partition) => ({ topic, partition }));
      });
    }
    return this.#assigned;
  }

  /**
   * @throws HarmattanError HMT_JOURNAL_UNREACHABLE: for longer than a session nothing was heard from the group, so that
   *   others may own what this member takes for its own (the process was held up, or the brokers are away)
   */
  check(): void {
    if (this.#failure) throw this.#failure;
    // While it joins again, the brokers themselves say how long that may take.
    if (!this.#client.isActive()) return;
    const { lastHeartbeat } = this.#client;
    const silentMs = Math.min(
      performance.now() - this.#joinedAt,
      lastHeartbeat === null ? Number.POSITIVE_INFINITY : Date.now() - lastHeartbeat.getTime(),
    );
    if (silentMs > this.#input.sessionMs)
      throw new HarmattanError('HMT_JOURNAL_UNREACHABLE', {
        detail: `The group ${this.#input.groupId} was not heard for ${Math.round(silentMs / 1000)} s; joining it anew.`,
        retryAfterMs: 0,
      });
  }

  /** Notes in Kafka how far the group is; rejects while this member is not in it. */
  async commit(commits: readonly Commit[]): Promise<void> {
    const { memberId, generationId } = this.#client;
    if (commits.length === 0) return;
    if (memberId === null || !this.#client.isActive()) throw new Error('The group is being joined.');
    const coordinator = await this.#client.findGroupCoordinator();
    const connection = (await this.#client.connectToBrokers([coordinator])).get(coordinator);
    if (!connection) return;
    const names = new Map<string, Commit[]>();
    for (const commit of commits) {
      const { name } = this.#input.cluster.topics[commit.topic];
      names.set(name, [...(names.get(name) ?? []), commit]);
    }
    await offsetCommitV8.api.async(
      connection,
      this.#input.groupId,
      generationId,
      memberId,
      null,
      [...names].map(([name, own]) => ({
        name,
        partitions: own.map(({ partition, offset, note }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: JSON.stringify(note),
        })),
      })),
    );
  }

  /** Gives the partitions back and closes the connections; never waits long for brokers that are away. */
  async leave(): Promise<void> {
    const patience = new Promise<void>((resolve) => setTimeout(resolve, LEAVE_PATIENCE_MS).unref());
    await Promise.race([this.#client.close(true).catch(() => {}), patience]);
  }
}

/** The note that was committed with an offset; that of a foreign client says nothing. */
export function noteOf(text: string | null | undefined): CommitNote {
  const silent = { essential: true, lastAckAt: null, lostRecords: 0 };
  if (!text?.startsWith('{')) return silent;
  try {
    return { ...silent, ...(JSON.parse(text) as Partial<CommitNote>) };
  } catch {
    return silent;
  }
}
