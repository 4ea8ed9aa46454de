import type { Clock } from '../../core/time.ts';
import type { Position } from '../journal.ts';
import type { Commit, Partition } from './membership.ts';

/** Acknowledgements are hints: they are written together, at most this often while work is going on, ms. */
const WRITE_EVERY_MS = 1_000;

const keyOf = ({ topic, partition }: Partition) => `${topic}/${partition}`;

/** What was handed out, in order, and what Kafka is told about it: offsets that nothing unacknowledged lies before. */
export class Acknowledgements {
  readonly #clock: Clock;
  readonly #essential: boolean;
  readonly #write: (commits: readonly Commit[]) => Promise<void>;
  readonly #handedOut: { readonly positions: readonly Position[]; acked: boolean }[] = [];
  readonly #reached = new Map<string, number>();
  readonly #lost = new Map<string, number>();
  readonly #pending = new Map<string, Commit>();
  #writing: Promise<void> = Promise.resolve();
  #writtenAt = 0;

  constructor(clock: Clock, essential: boolean, write: (commits: readonly Commit[]) => Promise<void>) {
    this.#clock = clock;
    this.#essential = essential;
    this.#write = write;
  }

  /** A partition is read from here on; `lost` records before it are gone. */
  startAt(at: Partition & { readonly position: number }, lost: number): void {
    const key = keyOf(at);
    this.#reached.set(key, at.position);
    this.#lost.set(key, (this.#lost.get(key) ?? 0) + lost);
    this.#pending.set(key, this.#commit({ ...at, offset: at.position }, null));
  }

  /** Notes a delivery that leads to these positions; the returned function acknowledges it. */
  handOut(positions: readonly Position[]): () => void {
    const part = { positions, acked: false };
    this.#handedOut.push(part);
    return () => {
      part.acked = true;
      const lastAckAt = this.#clock.now();
      // Only what nothing unacknowledged lies before: the rest waits for its turn.
      while (this.#handedOut[0]?.acked)
        for (const position of this.#handedOut.shift()?.positions ?? []) {
          const key = keyOf(position);
          if (this.#reached.get(key) === position.offset && this.#pending.get(key) === undefined) continue;
          this.#reached.set(key, position.offset);
          this.#pending.set(key, this.#commit(position, lastAckAt));
        }
    };
  }

  /** Whether a delivery with partitions beside these is in hand. */
  openBeside(owned: ReadonlySet<string>): boolean {
    return this.#handedOut.some(({ positions }) => positions.some((position) => !owned.has(keyOf(position))));
  }

  async flushSoon(): Promise<void> {
    if (performance.now() - this.#writtenAt >= WRITE_EVERY_MS) void this.flush().catch(() => {});
  }

  /** Writes what is known and not written; rejects when the group does not take it, and keeps it for the next time. */
  flush(): Promise<void> {
    this.#writing = this.#writing
      .catch(() => {})
      .then(async () => {
        if (this.#pending.size === 0) return;
        this.#writtenAt = performance.now();
        const commits = [...this.#pending.values()];
        this.#pending.clear();
        try {
          await this.#write(commits);
        } catch (error) {
          for (const commit of commits) if (!this.#pending.has(keyOf(commit))) this.#pending.set(keyOf(commit), commit);
          throw error;
        }
      });
    return this.#writing;
  }

  #commit(position: Position, lastAckAt: number | null): Commit {
    const lostRecords = this.#lost.get(keyOf(position)) ?? 0;
    return { ...position, note: { essential: this.#essential, lastAckAt, lostRecords } };
  }
}
