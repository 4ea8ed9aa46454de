import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MINUTE_MS, SECOND_MS } from '../core/time.ts';
import { watchOptions } from './config.ts';
import type { Finding } from './finding.ts';
import { advance, type Instances } from './instance.ts';
import { signalsOf } from './scenario.contract.ts';

const OPTIONS = watchOptions.parse({});
const KEY = 'stage-lag/process';
/** The terms of `stage-lag`, and of flapping, as the guide gives them. */
const FOR_MS = 2 * MINUTE_MS;
const GOOD_FOR_MS = 5 * MINUTE_MS;
const FLAP_WITHIN_MS = 6 * 15 * MINUTE_MS;
const CALM_MS = 60 * MINUTE_MS;

type Seen = 'bad' | 'good' | 'gone';

/** The watch itself, over one instance. */
class Real {
  instances: Instances = {};
  nextAt: number | null = null;

  see(seen: Seen, at: number): string {
    const finding: Finding = { rule: 'stage-lag', scope: 'process', found: 'bad', sinceAt: at };
    const stages = seen === 'gone' ? {} : { process: { lagMessages: 0, lagMs: 0, running: true } };
    const result = advance(this.instances, seen === 'bad' ? [finding] : [], signalsOf({ stages }), at, OPTIONS);
    this.instances = result.instances;
    this.nextAt = result.nextAt;
    return this.instances[KEY]?.state ?? 'normal';
  }
}

/**
 * The oracle: it keeps the whole past as a list and works the state out from stretches of it, with no table and nothing
 * of the machine's bookkeeping.
 */
class Oracle {
  /** Stretches of one verdict, oldest first. */
  stretches: { bad: boolean; from: number }[] = [];
  told: 'quiet' | 'fires' | 'unstable' = 'quiet';
  shown = 'normal';
  /** Nothing before this counts as coming and going. */
  calmAt = Number.NEGATIVE_INFINITY;

  see(seen: Seen, at: number): string {
    const last = this.stretches.at(-1);
    const before = last?.bad ?? false;
    if (seen !== 'gone' && (seen === 'bad') !== before) this.stretches.push({ bad: seen === 'bad', from: at });
    this.shown = this.#judge(seen, at);
    return this.shown;
  }

  #judge(seen: Seen, at: number): string {
    const last = this.stretches.at(-1);
    if (!last) return 'normal';
    const lasted = at - last.from;
    if (this.told === 'unstable') {
      if (seen === 'gone' || lasted < CALM_MS) return 'flapping';
      this.told = last.bad ? 'fires' : 'quiet';
      this.calmAt = at;
      return last.bad ? 'firing' : 'resolved';
    }
    if (this.#turns(at) >= 4) {
      this.told = 'unstable';
      return 'flapping';
    }
    if (this.told === 'fires') {
      if (seen === 'gone') return this.shown;
      if (last.bad) return 'firing';
      if (lasted < GOOD_FOR_MS) return 'recovering';
      this.told = 'quiet';
      return 'resolved';
    }
    if (last.bad) {
      if (seen === 'gone') return this.shown === 'pending' ? 'pending' : 'no-data';
      if (lasted < FOR_MS) return 'pending';
      this.told = 'fires';
      return 'firing';
    }
    return 'normal';
  }

  /** Turns of late, leaving out stretches of bad that were over before the rule's time was. */
  #turns(at: number): number {
    const turns: number[] = [];
    for (const [index, { bad, from }] of this.stretches.entries()) {
      if (index === 0 && !bad) continue;
      const until = this.stretches[index + 1]?.from ?? at;
      const long = (one: number, end: number) => end - one >= FOR_MS;
      const previous = this.stretches[index - 1];
      if (bad ? long(from, until) : previous && long(previous.from, from)) turns.push(from);
    }
    return turns.filter((from) => at - from <= FLAP_WITHIN_MS && from > this.calmAt).length;
  }
}

class See implements fc.Command<{ oracle: Oracle; at: number }, Real> {
  readonly seen: Seen;
  readonly afterMs: number;
  constructor(seen: Seen, afterMs: number) {
    this.seen = seen;
    this.afterMs = afterMs;
  }
  check(): boolean {
    return true;
  }
  run(model: { oracle: Oracle; at: number }, real: Real): void {
    model.at += this.afterMs;
    const got = real.see(this.seen, model.at);
    const wanted = model.oracle.see(this.seen, model.at);
    // What was well and is gone is remembered only while something of it is; both words mean that nothing is told.
    const plain = (state: string) => (['no-data', 'resolved'].includes(state) ? 'normal' : state);
    assert.equal(plain(got), plain(wanted), `at ${model.at / MINUTE_MS} min`);
    if (wanted === 'resolved') assert.equal(got, 'resolved');
  }
  toString(): string {
    return `${this.seen} after ${this.afterMs / SECOND_MS} s`;
  }
}

describe('an instance', () => {
  it('is in the state that an independent account of its past gives, whatever happens (item 37)', () => {
    const after = fc.constantFrom(30, 30, 60, 90, 150, 300, 420, 900, 1800, 3600, 5400, 9000).map((s) => s * SECOND_MS);
    const seen = fc.constantFrom<Seen>('bad', 'bad', 'good', 'good', 'gone');
    const command = fc.tuple(seen, after).map(([one, ms]) => new See(one, ms));
    fc.assert(
      fc.property(fc.commands([command], { maxCommands: 60, size: 'max' }), (commands) => {
        fc.modelRun(() => ({ model: { oracle: new Oracle(), at: 0 }, real: new Real() }), commands);
      }),
      { numRuns: 1500 },
    );
  });

  it('changes by time alone only when it said it would', () => {
    const step = fc.tuple(fc.constantFrom<Seen>('bad', 'good'), fc.integer({ min: 1, max: 200 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const real = new Real();
        let at = 0;
        for (const [seen, ticks] of steps)
          for (let tick = 0; tick < ticks; tick++) {
            at += 30 * SECOND_MS;
            const [dueAt, before] = [real.nextAt, real.instances[KEY]?.state ?? 'normal'];
            const state = real.see(seen, at);
            if (tick > 0 && (dueAt === null || at < dueAt)) assert.equal(state, before, `at ${at / MINUTE_MS} min`);
          }
      }),
      { numRuns: 300 },
    );
  });

  it('does not flap because of two hiccups shorter than the rule asks for', () => {
    const real = new Real();
    const states = Array.from({ length: 60 }, (_, tick) => real.see(tick % 10 === 0 ? 'bad' : 'good', tick * 30_000));
    assert.deepEqual(new Set(states), new Set(['pending', 'normal']));
  });

  it('that was calm for an hour begins anew', () => {
    const real = new Real();
    let at = 0;
    const see = (seen: Seen, ticks: number) => {
      let state = '';
      for (let tick = 0; tick < ticks; tick++) {
        at += 30_000;
        state = real.see(seen, at);
      }
      return state;
    };
    for (let round = 0; round < 2; round++) {
      see('bad', 5);
      see('good', 5);
    }
    assert.equal(see('good', 1), 'flapping');
    assert.equal(see('good', 118), 'normal');
    assert.equal(see('good', 300), 'normal');
  });
});
