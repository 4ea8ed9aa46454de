import { mkdirSync } from 'node:fs';
import { type Meter, silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, type Instant, type ManualClock, MINUTE_MS, manualClock, SECOND_MS, toRfc3339 } from '../core/time.ts';
import type { SlotState } from '../ledger/ledger.ts';
import { type FaultName, faultSchedule } from '../poll/simulator/faults.ts';
import { hashText } from '../poll/simulator/noise.ts';
import { type SimulatedProviders, simulatedProviders } from '../poll/simulator/providers/simulated-providers.ts';
import type { Place } from '../weather/place.ts';
import { countForecasts, countPolls } from './counts.ts';
import { type Leak, LeakSearch } from './leak-search.ts';
import type { SimulatedProgram, StartProgram } from './program.ts';
import { recountReadings, recountSlots } from './recount.ts';
import { hostileMessages, programFaults, restartPauseMs } from './trouble.ts';

export interface SimulateOptions {
  readonly days: number;
  readonly seed: number;
  readonly places: readonly Place[];
  readonly faults: readonly FaultName[];
  /** The data folder of the run; made when it is not there. */
  readonly folder: string;
  readonly start: StartProgram;
  /** Resolves when what the program does outside of this process is at rest; absent: it does nothing there. */
  readonly atRest?: () => Promise<void>;
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** The outcome: a pure function of days, seed, places and faults. All instants and counts are simulated ones. */
export interface SimulationReport {
  readonly days: number;
  readonly seed: number;
  readonly places: number;
  readonly faults: readonly FaultName[];
  readonly from: string;
  readonly to: string;
  readonly everyMinutes: number;
  readonly slots: Readonly<Record<SlotState, number>>;
  readonly slotsExpected: number;
  readonly observations: number;
  readonly corrections: number;
  readonly quarantined: Readonly<Record<string, number>>;
  /** Own forecasts that the store keeps, and those of the providers. */
  readonly forecasts: number;
  readonly providerForecasts: number;
  readonly polls: { readonly rounds: number; readonly calls: number; readonly cost: number };
  readonly backfilled: number;
  readonly providerCalls: number;
  readonly faultsMet: Readonly<Record<string, number>>;
  readonly restarts: number;
  /** What people were told, and when. */
  readonly alerts: readonly {
    readonly at: string;
    readonly rule: string;
    readonly places: readonly string[];
    readonly state: string;
  }[];
  readonly quota: readonly {
    readonly provider: string;
    readonly credential: string;
    readonly window: string;
    readonly limit: number;
    readonly mostUsed: number;
    readonly overspent: number;
  }[];
  readonly holesSilent: number;
  readonly quotaOverspent: number;
  readonly lost: number;
  readonly doubled: number;
  readonly secretsLeaked: number;
  /** Whether the program's own audit agrees that everything is accounted for. */
  readonly verified: boolean;
  /** The first findings of each kind, in words; empty in a good run. */
  readonly findings: readonly string[];
  /** SHA-256 over all rows: equal seeds, equal rows. */
  readonly rowsSha256: string;
}

/** A month from here has a leap day and a change of clocks. */
export const SIMULATION_START: Instant = Date.UTC(2024, 1, 15);

/**
 * Lives through `days` days with the whole program on a manual clock, asking simulated providers: OpenWeatherMap with a
 * key first, Open-Meteo after it. Afterwards everything is counted again without the program's own code.
 *
 * @throws HarmattanError whatever starting the program throws
 */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  const { days, seed, places } = options;
  mkdirSync(options.folder, { recursive: true });
  const run = new Run(options);
  const from = SIMULATION_START;
  const to = from + days * DAY_MS;
  await run.live(from, to);
  const { program, providers, search } = run;
  const report = await reportOf(options, program, providers, { from, to });
  search.text('metrics', await program.metricsText());
  search.text('report', JSON.stringify(report));
  await program.close();
  search.folder(options.folder);
  const overspent = providers.usage().reduce((sum, usage) => sum + usage.overspent, 0);
  return {
    days,
    seed,
    places: places.length,
    faults: options.faults,
    from: toRfc3339(from),
    to: toRfc3339(to),
    ...report,
    restarts: run.restarts,
    quotaOverspent: Math.round(overspent * 1000) / 1000,
    secretsLeaked: search.count,
    findings: [
      ...report.findings,
      ...search.leaks.map(({ where, spelling }: Leak) => `secret in ${where} (${spelling})`),
    ],
  };
}

/** The key that OpenWeatherMap gives the simulated user: with characters that look different in a URL and in base64. */
export const simulatedKey = (seed: number): string =>
  `sim+${hashText(seed, 'key').toString(16).padStart(8, '0')}/${hashText(seed, 'again').toString(16).padStart(8, '0')}=`;

/** One life of the program, restarts included. */
class Run {
  readonly #options: SimulateOptions;
  readonly #clock: ManualClock;
  readonly #configuration: Readonly<Record<string, unknown>>;
  readonly #meter: Meter;
  readonly providers: SimulatedProviders;
  readonly search: LeakSearch;
  #program: SimulatedProgram | null = null;
  restarts = 0;

  constructor(options: SimulateOptions) {
    const { seed, places } = options;
    this.#options = options;
    this.#clock = manualClock(SIMULATION_START - MINUTE_MS, options.atRest);
    const key = simulatedKey(seed);
    this.#configuration = {
      source: ['openweathermap', 'open-meteo'],
      openweathermap: { key, product: '2.5' },
      // All calls of a slot at once: each later instant would be a batch, a commit and a forecast of its own.
      poll: { spreadSeconds: 0, concurrentCalls: 16 },
      watch: { everySeconds: 300 },
    };
    this.search = new LeakSearch([key]);
    this.#meter = searchedMeter(this.search);
    this.providers = simulatedProviders({
      seed,
      places,
      clock: this.#clock,
      faults: faultSchedule(seed, options.faults),
      keys: { openweathermap: [{ key, products: ['2.5'] }], openMeteo: [] },
    });
  }

  get program(): SimulatedProgram {
    if (this.#program === null) throw new TypeError('The program has not been started.');
    return this.#program;
  }

  /** From just before the first slot until just before the slot at `to`. */
  async live(from: Instant, to: Instant): Promise<void> {
    const { seed, places, faults, onProgress, signal } = this.#options;
    const trouble = faultSchedule(seed, faults);
    const chance = seededRandom(seed, 'trouble');
    await this.#start();
    const stepMs = this.program.everyMs;
    const endAt = to - SECOND_MS;
    while (this.#clock.now() < endAt && !signal?.aborted) {
      const stepAt = Math.floor(this.#clock.now() / stepMs) * stepMs;
      const { restart, hostile } = programFaults(trouble, stepAt);
      if (hostile) await this.#hostile(places[Math.floor(chance() * places.length)]);
      // Never the last step: a run ends with the program alive.
      if (restart && stepAt + DAY_MS / 4 < endAt) await this.#restart(restartPauseMs(chance()));
      await this.#clock.advanceTo(Math.min(endAt, stepAt + stepMs));
      onProgress?.((this.#clock.now() - from) / (to - from));
    }
    await this.#stop();
  }

  async #start(): Promise<void> {
    this.#program = await this.#options.start({
      folder: this.#options.folder,
      clock: this.#clock,
      random: seededRandom(this.#options.seed, `program ${this.restarts}`),
      transport: this.providers.transport,
      meter: this.#meter,
      writeLog: (line) => this.search.text('log', line),
      configuration: this.#configuration,
    });
  }

  async #stop(): Promise<void> {
    const stopped = this.program.stop();
    await this.#clock.settle();
    await stopped;
  }

  async #restart(pauseMs: number): Promise<void> {
    await this.#stop();
    await this.program.close();
    await this.#clock.advanceBy(pauseMs);
    this.restarts += 1;
    await this.#start();
  }

  async #hostile(place: Place | undefined): Promise<void> {
    if (place) await this.program.journal.append('observations', hostileMessages(place, this.#clock.now()));
  }
}

/** Counts nothing, and looks at every name and label. */
const searchedMeter = (search: LeakSearch): Meter => {
  const seen = new Set<string>();
  const look = (name: string, labels: Readonly<Record<string, string>>) => {
    const text = `${name} ${JSON.stringify(labels)}`;
    if (seen.has(text)) return;
    seen.add(text);
    search.text('metrics', text);
  };
  return { ...silentMeter, count: look, observe: look, gauge: look };
};

type Counted = Omit<
  SimulationReport,
  'days' | 'seed' | 'places' | 'faults' | 'from' | 'to' | 'restarts' | 'quotaOverspent' | 'secretsLeaked'
>;

async function reportOf(
  { places }: SimulateOptions,
  program: SimulatedProgram,
  providers: SimulatedProviders,
  span: { readonly from: Instant; readonly to: Instant },
): Promise<Counted> {
  const { journal, store, everyMs } = program;
  const readings = await recountReadings(journal, store, places);
  const slots = await recountSlots(store, { places, ...span, everyMs, settledBefore: span.to - 2 * everyMs });
  const audit = await program.verify();
  const forecasts = await countForecasts(program, places, span);
  const quarantined = await store.quarantine.count();
  return {
    everyMinutes: everyMs / MINUTE_MS,
    slots: slots.states,
    slotsExpected: slots.expected,
    observations: readings.rows,
    corrections: readings.corrections,
    quarantined: Object.fromEntries(Object.entries(quarantined).sort(([one], [other]) => (one < other ? -1 : 1))),
    ...forecasts,
    polls: await countPolls(program),
    backfilled: slots.states.backfilled,
    providerCalls: providers.calls(),
    faultsMet: Object.fromEntries(Object.entries(providers.met()).sort(([one], [other]) => (one < other ? -1 : 1))),
    alerts: (await program.alerts(span.from, span.to)).map(({ at, rule, places, state }) => ({
      at: toRfc3339(at),
      rule,
      places,
      state,
    })),
    quota: providers.usage().map(({ provider, credential, window, limit, mostUsed, overspent }) => {
      const round = (units: number) => Math.round(units * 1000) / 1000;
      return { provider, credential, window, limit, mostUsed: round(mostUsed), overspent: round(overspent) };
    }),
    holesSilent: slots.silent.count,
    lost: readings.lost.count,
    doubled: readings.doubled.count,
    verified: audit.ok && audit.unread === 0,
    findings: [
      ...slots.silent.first.map((what) => `silent hole: ${what}`),
      ...readings.lost.first.map((what) => `lost: ${what}`),
      ...readings.doubled.first.map((what) => `doubled: ${what}`),
      ...(['lost', 'doubled', 'silentHoles', 'contradictions', 'misplaced'] as const).flatMap((kind) =>
        audit[kind].first.map(({ what, why }) => `verify, ${kind}: ${what}: ${why}`),
      ),
      ...(audit.unread > 0 ? [`verify: ${audit.unread} records are not processed`] : []),
    ],
    rowsSha256: readings.digest,
  };
}
