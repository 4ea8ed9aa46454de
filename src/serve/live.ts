import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Meter } from '../core/meter.ts';
import { SECOND_MS, toRfc3339 } from '../core/time.ts';
import type { FeedEntry } from '../store/store.ts';
import { followAlerts } from './live-alerts.ts';
import { eventBlock } from './live-event.ts';
import type { Served } from './served.ts';

const HEARTBEAT_MS = 20 * SECOND_MS;
/** After a failed read of the feed. */
const TRY_AGAIN_MS = SECOND_MS;
/** How long a browser waits before it comes back. */
const COME_BACK_MS = 3 * SECOND_MS;
/** Entries read and sent in one go. */
const PAGE = 100;
/** Blocks kept for listeners that come back: they are not made again. */
const KEPT_BLOCKS = 1000;

/** Everybody who listens to `/api/v1/live`. */
export interface LiveHub {
  readonly clients: number;
  /**
   * Takes over a response whose headers are sent: what came after `lastEventId` first (a `reset` event when that is no
   * longer known), then everything new. `null` begins with what comes next.
   */
  join(response: ServerResponse, lastEventId: string | null): Promise<void>;
  /** Ends every stream; listeners come back by themselves. */
  close(): void;
}

/**
 * Follows the store's feed for all listeners at once: each change is read and written as text once, and every listener
 * is handed the same bytes. Nobody listening, nothing is read. A listener that does not read is dropped once more than
 * `liveBufferBytes` wait for it.
 */
export function liveHub(served: Served, meter: Meter): LiveHub {
  return new Hub(served, meter);
}

class Hub implements LiveHub {
  readonly #served: Served;
  readonly #meter: Meter;
  readonly #attached = new Set<ServerResponse>();
  readonly #joined = new Set<ServerResponse>();
  readonly #blocks = new Map<string, string>();
  /** The last entry that every attached listener has been sent. */
  #position: string | null = null;
  #running: AbortController | null = null;
  #started: Promise<void> = Promise.resolve();

  constructor(served: Served, meter: Meter) {
    this.#served = served;
    this.#meter = meter;
  }

  get clients(): number {
    return this.#joined.size;
  }

  async join(response: ServerResponse, lastEventId: string | null): Promise<void> {
    this.#joined.add(response);
    response.on('close', () => this.#leave(response));
    response.on('error', () => this.#leave(response));
    response.write(`retry: ${COME_BACK_MS}\n\n`);
    try {
      if (this.#running === null) this.#started = this.#start();
      await this.#started;
      if (lastEventId !== null) return await this.#replay(response, lastEventId);
      // A block that has only an id tells the browser where it is without an event.
      response.write(`id: ${this.#position ?? ''}\n\n`);
      this.#attach(response);
    } catch (error) {
      this.#served.logger.warn('A live stream could not be begun.', { error: String(error) });
      this.#drop(response);
    }
  }

  close(): void {
    for (const response of [...this.#joined]) {
      this.#leave(response);
      response.end();
    }
  }

  async #start(): Promise<void> {
    const controller = new AbortController();
    this.#running = controller;
    const head = await this.#served.store.feed.head();
    if (controller.signal.aborted) return;
    this.#position = head;
    void this.#follow(controller.signal);
    void this.#beat(controller.signal);
    void followAlerts(this.#served, (block) => this.#send(block), controller.signal);
  }

  #attach(response: ServerResponse): void {
    if (this.#joined.has(response)) this.#attached.add(response);
  }

  #leave(response: ServerResponse): void {
    this.#attached.delete(response);
    if (!this.#joined.delete(response)) return;
    if (this.#joined.size > 0) return;
    this.#running?.abort();
    this.#running = null;
    this.#blocks.clear();
  }

  #drop(response: ServerResponse): void {
    this.#leave(response);
    response.destroy();
  }

  /**
   * Sends what came after `lastEventId`, page by page as fast as the listener reads, up to where the others are. Looking
   * whether it is there and joining them are one step, so that no event falls between.
   */
  async #replay(response: ServerResponse, lastEventId: string): Promise<void> {
    const { feed } = this.#served.store;
    let position = lastEventId;
    while (position !== this.#position && this.#joined.has(response)) {
      const { entries, gap } = await feed.read(position, PAGE);
      if (gap || entries.length === 0) {
        response.write(resetBlock(this.#position));
        break;
      }
      const texts: string[] = [];
      for (const entry of entries) {
        texts.push(await this.#block(entry));
        position = entry.position;
        // Further entries are the hub's to send, to everybody.
        if (position === this.#position) break;
      }
      if (!this.#joined.has(response)) return;
      if (!response.write(texts.join('')) && !(await drained(response))) return;
    }
    this.#attach(response);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { store, clock, logger } = this.#served;
    while (!signal.aborted) {
      try {
        const { entries, gap } = await store.feed.read(this.#position, PAGE);
        if (signal.aborted) return;
        if (gap && this.#position !== null) {
          const head = await store.feed.head();
          if (signal.aborted) return;
          this.#position = head;
          this.#send(resetBlock(this.#position));
        } else if (entries.length > 0) {
          await this.#publish(entries, signal);
          // What was written leaves the process before more is added: only then is a full buffer the listener's doing.
          await setImmediate();
        } else await store.feed.wait(this.#position, signal);
      } catch (error) {
        logger.warn('Live events could not be read.', { error: String(error) });
        await clock.sleep(TRY_AGAIN_MS, signal);
      }
    }
  }

  async #publish(entries: readonly FeedEntry[], signal: AbortSignal): Promise<void> {
    const texts: string[] = [];
    for (const entry of entries) texts.push(await this.#block(entry));
    const last = entries.at(-1);
    if (signal.aborted || !last) return;
    // Position and sending go together: a listener joins either before both or after both.
    this.#position = last.position;
    this.#send(texts.join(''));
  }

  async #block(entry: FeedEntry): Promise<string> {
    const kept = this.#blocks.get(entry.position);
    if (kept !== undefined) return kept;
    const block = await eventBlock(this.#served, entry);
    this.#meter.count('harmattan_serve_live_events_total', { event: entry.item.kind });
    this.#blocks.set(entry.position, block);
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > KEPT_BLOCKS && oldest !== undefined) this.#blocks.delete(oldest);
    return block;
  }

  #send(text: string): void {
    if (text === '' || this.#attached.size === 0) return;
    const bytes = Buffer.from(text);
    for (const response of this.#attached) {
      if (response.writableLength > this.#served.options.liveBufferBytes) {
        this.#meter.count('harmattan_serve_live_dropped_total', {});
        this.#drop(response);
      } else response.write(bytes);
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { clock } = this.#served;
    for (;;) {
      await clock.sleep(HEARTBEAT_MS, signal);
      if (signal.aborted) return;
      const at = toRfc3339(clock.now());
      // The comment is for whoever reads the stream by hand; a browser's own reader is never shown one.
      this.#send(`: ${at}\nevent: beat\ndata: ${JSON.stringify({ at })}\n\n`);
    }
  }
}

const resetBlock = (position: string | null) =>
  `event: reset\nid: ${position ?? ''}\ndata: ${JSON.stringify({ reason: 'events-lost' })}\n\n`;

/** Resolves to false when the listener went away instead. */
function drained(response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (alive: boolean) => {
      response.off('drain', onDrain);
      response.off('close', onClose);
      resolve(alive);
    };
    const onDrain = () => done(true);
    const onClose = () => done(false);
    response.on('drain', onDrain);
    response.on('close', onClose);
  });
}
