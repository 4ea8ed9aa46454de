import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DAY_MS, HOUR_MS } from '../../src/core/time.ts';
import type { Said } from './accuracy.ts';
import { CONTEXT_DAYS, LEADS, type Window } from './windows.ts';

const SCRIPT = fileURLToPath(new URL('./rivals.py', import.meta.url));

/** What each rival said in each window; `undefined` where it failed. */
export type RivalSaid = ReadonlyMap<string, readonly (Said | undefined)[]>;

interface Reply extends Said {
  readonly window: number;
  readonly model: string;
  readonly error?: string;
}

/** Runs `rivals.py` over the windows: Prophet and statsforecast as they come from PyPI. */
export async function runRivals(python: string, windows: readonly Window[]): Promise<RivalSaid> {
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  for (const [window, { issuedAt, context }] of windows.entries()) {
    const startAt = new Date(issuedAt - CONTEXT_DAYS * DAY_MS + HOUR_MS).toISOString().slice(0, 19);
    child.stdin.write(`${JSON.stringify({ window, startAt, context })}\n`);
  }
  child.stdin.end();
  const said = new Map<string, (Said | undefined)[]>();
  for await (const line of createInterface({ input: child.stdout })) {
    const reply = readReply(line);
    if (!reply) continue;
    if (reply.error) console.error(`  ${reply.model}, window ${reply.window}: ${reply.error}`);
    const list = said.get(reply.model) ?? new Array<Said | undefined>(windows.length).fill(undefined);
    if (!reply.error) list[reply.window] = reply;
    said.set(reply.model, list);
    if (reply.window > 0) process.stderr.write(`\r  rivals: window ${reply.window + 1} of ${windows.length}   `);
  }
  const [code] = (await ended) as [number | null];
  process.stderr.write('\n');
  if (code !== 0) throw new Error(`${SCRIPT} ended with ${code}.`);
  return said;
}

/** Libraries print lines of their own. */
const readReply = (line: string): Reply | null => (line.startsWith('{') ? (JSON.parse(line) as Reply) : null);

/** The baselines that need no library: the newest value, and the mean of each hour of the day over the context. */
export function baselines(windows: readonly Window[]): RivalSaid {
  const of = (at: (context: readonly number[], lead: number) => number) =>
    windows.map(
      ({ context }): Said => ({
        mean: Array.from({ length: LEADS }, (_, index) => at(context, index + 1)),
        quantiles: null,
        seconds: 0,
      }),
    );
  return new Map([
    ['persistence', of((context) => context.at(-1) ?? Number.NaN)],
    [
      'climatology (mean of the hour)',
      of((context, lead) => {
        let [sum, n] = [0, 0];
        for (let index = context.length - 1 - 24 + (lead % 24); index >= 0; index -= 24) {
          sum += context[index] ?? 0;
          n++;
        }
        return sum / n;
      }),
    ],
  ]);
}
