import type { Command } from 'commander';
import { processWhatIsThere } from '../../app/drain.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';

/** `process`: brings what the journal holds into the store, and ends. */
export function processCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('process'))
    .description('bring what the journal holds into the store, and end; a running program does it by itself')
    .action((options: CommonFlags) =>
      run(async (terminal) => {
        const workplace = await invocationOf(terminal, options).open();
        const here = await processWhatIsThere(workplace);
        terminal.err(here ? 'The journal is processed.\n' : 'A running program does this by itself.\n');
        return EXIT.done;
      }),
    );
}
