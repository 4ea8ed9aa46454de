import { appendFileSync, closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { arch, cpus, platform, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

/** Median time of a 4 KiB write followed by fsync in the folder that benches write to, ms. */
export function fsyncMs(folder: string, rounds = 51): number {
  const path = join(folder, 'fsync.probe');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4096);
  const times = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    return performance.now() - startedAt;
  }).sort((a, b) => a - b);
  closeSync(file);
  rmSync(path);
  return times[Math.floor(rounds / 2)] ?? Number.NaN;
}

/** One line that says what a figure was measured on. No figure without it. */
export function machineLine(): string {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-'));
  const fsync = fsyncMs(folder).toFixed(2);
  rmSync(folder, { recursive: true });
  const processors = cpus();
  const memoryGiB = (totalmem() / 2 ** 30).toFixed(0);
  return `machine: ${processors.length} × ${processors[0]?.model.trim()}, ${memoryGiB} GiB, ${platform()} ${arch()}, Node ${process.versions.node}, SQLite ${process.versions.sqlite}, write+fsync ${fsync} ms`;
}

/** One row of a bench's table. */
export interface Figure {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** `≥ 100000` or `≤ 5`; absent where nothing was promised. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
}

/** Whether a figure keeps its promise; `null` where there is none. */
export function keepsPromise(figure: Figure): boolean | null {
  if (!figure.target) return null;
  return 'atLeast' in figure.target
    ? figure.measured >= figure.target.atLeast
    : figure.measured <= figure.target.atMost;
}

/** Where a bench adds its figures for the summary that `main.ts` prints; one JSON document a line. */
export const SUMMARY_VARIABLE = 'HMT_BENCH_SUMMARY';

/** A bench's title and its figures. */
export interface Summary {
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** Prints the figures as a table and then the machine. */
export function printFigures(title: string, figures: readonly Figure[]): void {
  const summary = process.env[SUMMARY_VARIABLE];
  if (summary) appendFileSync(summary, `${JSON.stringify({ title, figures } satisfies Summary)}\n`);
  const round = (value: number) =>
    Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-GB') : value.toPrecision(3);
  const rows = figures.map((figure) => {
    const target = figure.target
      ? 'atLeast' in figure.target
        ? `≥ ${round(figure.target.atLeast)}`
        : `≤ ${round(figure.target.atMost)}`
      : '';
    const kept = keepsPromise(figure);
    return [figure.what, `${round(figure.measured)} ${figure.unit}`, target, kept === null ? '' : kept ? 'yes' : 'NO'];
  });
  const table = [['figure', 'measured', 'target', 'met'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of table)
    console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  console.log(`  ${machineLine()}`);
}
