import { Command, CommanderError } from 'commander';
import { VERSION } from '../app/program.ts';
import { HarmattanError } from '../core/errors.ts';
import { commandsFor } from './commands.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { closeAll } from './invocation.ts';
import type { Run } from './run-body.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/**
 * The command line: parses, runs one command, says errors in one sentence with their cure, returns the exit code.
 * stdout carries the answer and nothing else.
 */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  let exitCode: number = EXIT.done;
  const run: Run = async (body) => {
    exitCode = await body(terminal);
  };
  const program = new Command('harmattan')
    .description('A weather data pipeline: poll, journal, process, store, forecast, serve.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void terminal.out(text), writeErr: (text) => terminal.err(text) });
  for (const add of await commandsFor(args[0])) add(program, run);
  for (const command of everyCommand(program)) command.exitOverride().configureOutput(program.configureOutput());
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    sayError(terminal, error);
    return exitCodeOf(error);
  } finally {
    await closeAll();
  }
}

const everyCommand = (command: Command): readonly Command[] =>
  command.commands.flatMap((child) => [child, ...everyCommand(child)]);

function sayError(terminal: Terminal, error: unknown): void {
  if (error instanceof HarmattanError) {
    terminal.err(`${error.code}: ${error.message}\n${error.cure}\n`);
    return;
  }
  // A defect of ours: the trace is what its report needs, and only here.
  terminal.err(
    `HMT_CLI_DEFECT: the program made a mistake; please report this.\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
}
