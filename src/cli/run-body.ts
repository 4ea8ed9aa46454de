import type { Terminal } from './terminal.ts';

/** Runs one command's body and keeps its exit code. */
export type Run = (body: (terminal: Terminal) => Promise<number>) => Promise<void>;
