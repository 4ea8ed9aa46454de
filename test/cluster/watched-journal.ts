import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Consumer, Delivery, Journal } from '../../src/journal/journal.ts';

/** A journal of which a manual clock can tell when it is at rest, across closing and opening it again. */
export class RestWatch {
  /** Calls under way that end by themselves. */
  #open = 0;
  #appended = 0;
  #consumers = 0;
  /** By partition: the offset after the last acknowledged record. A record that comes again does not count twice. */
  readonly #reached = new Map<string, number>();
  #wakers: (() => void)[] = [];

  /** Resolves when nothing is under way and everything appended is acknowledged by the one consumer there is. */
  readonly atRest = async (): Promise<void> => {
    while (this.#open > 0 || (this.#consumers > 0 && this.#acknowledged() < this.#appended)) {
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
      // What the end of a call sets going.
      for (let turn = 0; turn < 2; turn++) await turnOfTheLoop();
    }
  };

  watch(journal: Journal): Journal {
    return {
      ...journal,
      append: (topic, messages) =>
        this.#during(async () => {
          await journal.append(topic, messages);
          this.#appended += messages.length;
        }),
      consume: (options) => this.#during(async () => this.#consumer(await journal.consume(options))),
      browse: (options) => this.#during(() => journal.browse(options)),
      get: (topic, partition, offset) => this.#during(() => journal.get(topic, partition, offset)),
      consumers: () => this.#during(() => journal.consumers()),
      close: () => this.#during(() => journal.close()),
    };
  }

  #consumer(consumer: Consumer): Consumer {
    this.#consumers++;
    return {
      read: () =>
        this.#during(async () => {
          const delivery = await consumer.read();
          return delivery && this.#delivery(delivery);
        }),
      wait: (signal) => consumer.wait(signal),
      close: () =>
        this.#during(async () => {
          await consumer.close();
          this.#consumers--;
        }),
    };
  }

  #delivery(delivery: Delivery): Delivery {
    return {
      ...delivery,
      ack: () =>
        this.#during(async () => {
          await delivery.ack();
          for (const { topic, partition, offset } of delivery.positions)
            this.#reached.set(`${topic}/${partition}`, offset);
        }),
    };
  }

  #acknowledged(): number {
    return [...this.#reached.values()].reduce((sum, offset) => sum + offset, 0);
  }

  async #during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#open++;
    try {
      return await work();
    } finally {
      this.#open--;
      for (const wake of this.#wakers.splice(0)) wake();
    }
  }
}
