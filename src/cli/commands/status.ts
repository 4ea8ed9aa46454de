import type { Command } from 'commander';
import { statusOf } from '../../app/status.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

/** `status`: what `/api/v1/status` gives, also when no server runs. */
export function statusCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('status'))
    .description('what /api/v1/status gives, also when no server runs')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags) =>
      run(async (terminal) => {
        const status = await statusOf(await invocationOf(terminal, options).open());
        if (options.json) {
          await outJson(terminal, status);
          return EXIT.done;
        }
        await terminal.out(`${status.sentence.en}\n`);
        if (status.plan) await terminal.out(`${status.plan}\n`);
        for (const { name, running, lagMessages, lagSeconds, lastSuccessAt } of status.stages)
          await terminal.out(
            `${name.padEnd(10)}${running ? 'running' : 'stopped'}  lag ${lagMessages ?? '–'} (${lagSeconds ?? '–'} s)  last success ${lastSuccessAt ?? 'never'}\n`,
          );
        for (const { host, pid, roles, holdings } of status.workers) {
          const reads = holdings.map(({ group, topic, partitions }) => `${group}: ${topic} ${partitions.join(',')}`);
          await terminal.out(
            `process ${pid} on ${host}: ${roles.join(', ')}${reads.length > 0 ? `; reads ${reads.join('; ')}` : ''}\n`,
          );
        }
        const slots = Object.entries(status.slots.counts).map(([state, count]) => `${count} ${state}`);
        await terminal.out(`slots of 24 h: ${slots.join(', ')}\nquarantine: ${status.quarantine.total}\n`);
        return EXIT.done;
      }),
    );
}
