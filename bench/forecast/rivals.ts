import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DAY_MS, HOUR_MS, toRfc3339 } from '../../src/core/time.ts';
import type { Said } from './accuracy.ts';
import { CONTEXT_DAYS, LEADS, type Window } from './windows.ts';

const SCRIPT = fileURLToPath(new URL('./rivals.py', import.meta.url));

/** What each rival said in each window; `undefined` where it failed. */
export type RivalSaid = ReadonlyMap<string, readonly (Said | undefined)[]>;

interface Reply extends Said {
  /** Which window: see `keyOf`. */
  readonly window: string;
  readonly model: string;
  readonly error?: string;
}

/**
 * Runs `rivals.py` over the windows: Prophet and statsforecast as they come from PyPI. What they say is appended to
 * `keptFile` and read from there the next time: a run that was cut off goes on where it ended, and none is run twice.
 */
export async function runRivals(python: string, windows: readonly Window[], keptFile: string): Promise<RivalSaid> {
  const kept = existsSync(keptFile) ? readFileSync(keptFile, 'utf8').split('\n').flatMap(readReply) : [];
  const done = new Set(kept.map(({ window }) => window));
  const keys = windows.map(keyOf);
  const left = windows.filter((_, index) => !done.has(keys[index] ?? ''));
  const replies = left.length === 0 ? kept : [...kept, ...(await askRivals(python, left, keptFile))];
  const said = new Map<string, (Said | undefined)[]>();
  for (const reply of replies) {
    const index = keys.indexOf(reply.window);
    if (index < 0) continue;
    if (reply.error) console.error(`  ${reply.model}, window ${reply.window}: ${reply.error}`);
    const list = said.get(reply.model) ?? new Array<Said | undefined>(windows.length).fill(undefined);
    if (!reply.error) list[index] = reply;
    said.set(reply.model, list);
  }
  return said;
}

async function askRivals(python: string, windows: readonly Window[], keptFile: string): Promise<readonly Reply[]> {
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  for (const window of windows) {
    const startAt = new Date(window.issuedAt - CONTEXT_DAYS * DAY_MS + HOUR_MS).toISOString().slice(0, 19);
    child.stdin.write(`${JSON.stringify({ window: keyOf(window), startAt, context: window.context })}\n`);
  }
  child.stdin.end();
  const replies: Reply[] = [];
  let ofWindow: Reply[] = [];
  const keep = () => {
    if (ofWindow.length > 0) appendFileSync(keptFile, ofWindow.map((reply) => `${JSON.stringify(reply)}\n`).join(''));
    replies.push(...ofWindow);
    ofWindow = [];
  };
  let count = 0;
  for await (const line of createInterface({ input: child.stdout }))
    for (const reply of readReply(line)) {
      if (ofWindow.length > 0 && ofWindow[0]?.window !== reply.window) {
        keep();
        process.stderr.write(`\r  rivals: ${++count} of ${windows.length} windows   `);
      }
      ofWindow.push(reply);
    }
  const [code] = (await ended) as [number | null];
  process.stderr.write('\n');
  if (code !== 0) throw new Error(`${SCRIPT} ended with ${code}.`);
  keep();
  return replies;
}

/** Names a window by what the rivals are told. */
function keyOf({ station, issuedAt, context }: Window): string {
  const hash = createHash('sha256').update(JSON.stringify(context)).digest('hex').slice(0, 12);
  return `${station.name} ${toRfc3339(issuedAt)} ${hash}`;
}

/** Libraries print lines of their own. */
const readReply = (line: string): readonly Reply[] => (line.startsWith('{') ? [JSON.parse(line) as Reply] : []);

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
