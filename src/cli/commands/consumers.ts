import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

/** `consumers list|remove`: who reads the journal and how far each is. */
export function consumersCommand(program: Command, run: Run): void {
  const consumers = program.command('consumers').description('who reads the journal, and how far each is');
  withCommonFlags(consumers.command('list'))
    .description('every group with its lag and what retention took from it')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags) =>
      run(async (terminal) => {
        const { journal } = await invocationOf(terminal, options).open();
        const items = await journal.consumers();
        if (options.json) await outJson(terminal, { items });
        else
          for (const one of items)
            await terminal.out(
              `${one.group}\t${one.topic}\t${one.essential ? 'essential' : 'optional'}\tlag ${one.lagMessages} (${Math.round(one.lagMs / 1000)} s)\tlost ${one.lostRecords}\n`,
            );
        return EXIT.done;
      }),
    );
  withCommonFlags(consumers.command('remove <group>'))
    .description('forget a group, so that it no longer holds records back')
    .action((group: string, options: CommonFlags) =>
      run(async (terminal) => {
        const { journal } = await invocationOf(terminal, options).open();
        const removed = await journal.removeConsumer(group);
        terminal.err(removed ? `"${group}" is forgotten.\n` : `No group is called "${group}".\n`);
        return removed ? EXIT.done : EXIT.no;
      }),
    );
}
