import type { AuditReport } from '../audit/report.ts';
import type { Meter } from '../core/meter.ts';
import type { Random } from '../core/random.ts';
import type { Instant, ManualClock } from '../core/time.ts';
import type { Transport } from '../core/transport.ts';
import type { Journal } from '../journal/journal.ts';
import type { Store } from '../store/store.ts';

/** What a simulated run of the program is started with. It is started anew, on the same folder, after every stop. */
export interface ProgramSetting {
  /** The data folder; it exists. */
  readonly folder: string;
  readonly clock: ManualClock;
  readonly random: Random;
  /** The simulated providers. */
  readonly transport: Transport;
  readonly meter: Meter;
  /** Takes every line that the program's real log writes. */
  readonly writeLog: (line: string) => void;
  /** What is configured: sources in order of preference and the secret key among it, by section as in the file. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Something that people were told. */
export interface SimulatedAlert {
  readonly at: Instant;
  readonly rule: string;
  readonly places: readonly string[];
  /** `firing`, `reminder`, `resolved`, … */
  readonly state: string;
}

/** The whole program, running, as the simulation sees it. */
export interface SimulatedProgram {
  readonly journal: Journal;
  readonly store: Store;
  /** The cadence of its plan. */
  readonly everyMs: number;
  /** The program's own audit. */
  verify(): Promise<AuditReport>;
  /** What people were told in `[from, to)`, oldest first: alerts, not signs of life. */
  alerts(from: Instant, to: Instant): Promise<readonly SimulatedAlert[]>;
  /** Everything that a scrape of `/metrics` would show now. */
  metricsText(): Promise<string>;
  /** Ends every stage after the work in hand. May wait for the clock to settle. */
  stop(): Promise<void>;
  /** Closes journal and store; after `stop`. */
  close(): Promise<void>;
}

/** Composes and starts the program: handed in by the one who picks adapters. */
export type StartProgram = (setting: ProgramSetting) => Promise<SimulatedProgram>;
