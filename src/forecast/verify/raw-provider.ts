import type { Instant } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';

/** What each provider itself had forecast, as it stood at an instant. */
export class RawProviders {
  /** Per source, in the order of issue. */
  readonly #issues = new Map<string, { readonly issuedAt: Instant; readonly byHour: ReadonlyMap<Instant, number> }[]>();

  static async of(store: Store, placeId: string, from: Instant, to: Instant): Promise<RawProviders> {
    const providers = new RawProviders();
    for await (const { source, issuedAt, validAt, values } of store.predictions.providerIssues(placeId, from, to)) {
      const byHour = new Map<Instant, number>();
      for (const [index, at] of validAt.entries()) {
        const temperatureC = values.temperatureC?.[index] ?? null;
        if (temperatureC !== null) byHour.set(at, temperatureC);
      }
      const issues = providers.#issues.get(source);
      if (issues) issues.push({ issuedAt, byHour });
      else providers.#issues.set(source, [{ issuedAt, byHour }]);
    }
    return providers;
  }

  get sources(): readonly string[] {
    return [...this.#issues.keys()].sort();
  }

  /** What the newest forecast of `source` issued at or before `knownAt` says of `at`; `null` when it says nothing. */
  saidC(source: string, at: Instant, knownAt: Instant): number | null {
    const issues = this.#issues.get(source) ?? [];
    let [low, high] = [0, issues.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((issues[middle]?.issuedAt ?? 0) <= knownAt) low = middle + 1;
      else high = middle;
    }
    return issues[low - 1]?.byHour.get(at) ?? null;
  }
}
