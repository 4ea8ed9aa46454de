import type { Instant } from '../../core/time.ts';

/** How much consecutive forecasts for one hour contradict each other. */
export interface Stability {
  /** Hours that at least three issues spoke of. */
  readonly n: number;
  /** Flip-flop index, °C: way that the forecasts of an hour went back and forth, beyond what one way would have taken. */
  readonly flipFlopC: number | null;
  /** Mean size of a change from one issue to the next, °C. */
  readonly meanChangeC: number | null;
}

interface Track {
  issues: number;
  lastC: number;
  wayC: number;
  lowestC: number;
  highestC: number;
}

/**
 * Flip-flop index of Griffiths et al.: for the N forecasts of one hour `(Σ|x_i − x_{i−1}| − (max − min)) / (N − 2)`,
 * averaged over the hours. Issues are given in their order.
 *
 * Griffiths, D., M. Foley, I. Ioannou and T. Leeuwenburg, 2019: Flip-Flop Index: quantifying revision stability for fixed-event
 * forecasts. Meteorol. Appl., 26, 30–35.
 */
export class StabilitySums {
  readonly #tracks = new Map<Instant, Track>();
  #changes = 0;
  #changed = 0;

  add(validAt: Instant, meanC: number): void {
    const track = this.#tracks.get(validAt);
    if (!track) {
      this.#tracks.set(validAt, { issues: 1, lastC: meanC, wayC: 0, lowestC: meanC, highestC: meanC });
      return;
    }
    const change = Math.abs(meanC - track.lastC);
    this.#changes++;
    this.#changed += change;
    track.issues++;
    track.wayC += change;
    track.lastC = meanC;
    track.lowestC = Math.min(track.lowestC, meanC);
    track.highestC = Math.max(track.highestC, meanC);
  }

  stability(): Stability {
    let n = 0;
    let sum = 0;
    for (const { issues, wayC, lowestC, highestC } of this.#tracks.values()) {
      if (issues < 3) continue;
      n++;
      sum += (wayC - (highestC - lowestC)) / (issues - 2);
    }
    return {
      n,
      flipFlopC: n === 0 ? null : sum / n,
      meanChangeC: this.#changes === 0 ? null : this.#changed / this.#changes,
    };
  }
}
