import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Meter } from '../core/meter.ts';
import { SECOND_MS, toRfc3339 } from '../core/time.ts';
import type { FeedEntry } from '../store/store.ts';
import { type AlertMark, alertsAfter, followAlerts, isBefore, type MarkedAlert, newestMark } from './live-alerts.ts';
import { eventBlock, type LiveEvent, liveEvent } from './live-event.ts';
import { idOf, type LivePlace, placeOf } from './live-place.ts';
import type { Served } from './served.ts';

const HEARTBEAT_MS = 20 * SECOND_MS;
/** After a failed read of the feed. */
const TRY_AGAIN_MS = SECOND_MS;
/** How long a browser waits before it comes back. */
const COME_BACK_MS = 3 * SECOND_MS;
/** Entries read and sent in one go. */
const PAGE = 100;
/** Events kept for listeners that come back: they are not made again. */
const KEPT_EVENTS = 1000;

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
  readonly #events = new Map<string, LiveEvent>();
  /** The last entry of the feed, and of the alerts' history, that every attached listener has been sent. */
  #position: string | null = null;
  #mark: AlertMark = { atMs: 0, heard: 0 };
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
      response.write(`id: ${idOf(this.#place)}\n\n`);
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
    const { feed, documents } = this.#served.store;
    const [head, mark] = [await feed.head(), await newestMark(documents)];
    if (controller.signal.aborted) return;
    this.#position = head;
    this.#mark = mark;
    void this.#follow(controller.signal);
    void this.#beat(controller.signal);
    void followAlerts(this.#served, mark, (alert) => this.#sendAlert(alert), controller.signal);
  }

  get #place(): LivePlace {
    return { position: this.#position, mark: this.#mark };
  }

  #sendAlert({ data, mark }: MarkedAlert): void {
    this.#mark = mark;
    this.#send(eventBlock({ kind: 'alert', data }, idOf(this.#place)));
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
    this.#events.clear();
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
    let { position, mark } = placeOf(lastEventId, this.#place);
    while (this.#joined.has(response)) {
      const texts: string[] = [];
      if (position !== this.#position) {
        const { entries, gap } = await this.#served.store.feed.read(position, PAGE);
        if (gap || entries.length === 0) {
          position = this.#position;
          texts.push(resetBlock(idOf({ position, mark })));
        }
        for (const entry of gap ? [] : entries) {
          position = entry.position;
          texts.push(eventBlock(await this.#event(entry), idOf({ position, mark })));
          // Further entries are the hub's to send, to everybody.
          if (position === this.#position) break;
        }
      } else if (isBefore(mark, this.#mark)) {
        const until = this.#mark;
        for await (const alert of alertsAfter(this.#served.store.documents, mark)) {
          if (isBefore(until, alert.mark)) break;
          mark = alert.mark;
          texts.push(eventBlock({ kind: 'alert', data: alert.data }, idOf({ position, mark })));
          if (texts.length === PAGE) break;
        }
        if (texts.length === 0) mark = until;
      } else break;
      if (!this.#joined.has(response)) return;
      if (texts.length > 0 && !response.write(texts.join('')) && !(await drained(response))) return;
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
          this.#send(resetBlock(idOf(this.#place)));
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
    const events: LiveEvent[] = [];
    for (const entry of entries) events.push(await this.#event(entry));
    if (signal.aborted) return;
    // Position and sending go together: a listener joins either before both or after both.
    const texts = entries.map(({ position }, index) => {
      this.#position = position;
      return eventBlock(events[index] as LiveEvent, idOf(this.#place));
    });
    this.#send(texts.join(''));
  }

  async #event(entry: FeedEntry): Promise<LiveEvent> {
    const kept = this.#events.get(entry.position);
    if (kept !== undefined) return kept;
    const event = await liveEvent(this.#served, entry);
    this.#meter.count('harmattan_serve_live_events_total', { event: event.kind });
    this.#events.set(entry.position, event);
    const [oldest] = this.#events.keys();
    if (this.#events.size > KEPT_EVENTS && oldest !== undefined) this.#events.delete(oldest);
    return event;
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

const resetBlock = (id: string): string =>
  eventBlock({ kind: 'reset', data: JSON.stringify({ reason: 'events-lost' }) }, id);

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
