import type { Readable } from 'node:stream';

/** The outside of a command: what it reads and writes. Tests hand in their own. */
export interface Terminal {
  /** The answer, and nothing else. */
  out(text: string | Uint8Array): Promise<void>;
  /** Notes and errors, in whole lines. */
  err(text: string): void;
  /** The last line of a watched `err`, below everything else that is written there; empty: no such line. */
  bar(text: string): void;
  readonly input: Readable;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  /** Whether a person watches `err`. */
  readonly interactive: boolean;
  /** Aborts when the operator asks the program to end (SIGINT, SIGTERM). */
  readonly signal: AbortSignal;
}

const CLEAR_LINE = '\r\x1b[K';

/** The process's own streams. Waits while the reader of stdout is slow, so that memory stays bounded. */
export function processTerminal(): Terminal {
  const stop = new AbortController();
  let bar = '';
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
  // A reader that went away (`| head`) is the end of the work, not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: (text) =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    err: (text) => void process.stderr.write(bar === '' ? text : `${CLEAR_LINE}${text}${bar}`),
    bar: (text) => {
      bar = text;
      process.stderr.write(`${CLEAR_LINE}${text}`);
    },
    input: process.stdin,
    environment: process.env,
    workingFolder: process.cwd(),
    interactive: process.stderr.isTTY === true,
    signal: stop.signal,
  };
}

/** Prints one JSON document and a line end. */
export const outJson = (terminal: Terminal, document: unknown): Promise<void> =>
  terminal.out(`${JSON.stringify(document, null, 2)}\n`);
