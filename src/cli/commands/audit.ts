import type { Command } from 'commander';
import { auditLog, auditReply } from '../../serve/audit-log.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

const MOST_LINES = 1000;

/** `audit`: who wrote what over HTTP or by a command, and why. */
export function auditCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('audit'))
    .description('who silenced, acknowledged, replayed, and made or revoked tokens, and why; the newest first')
    .option('--limit <number>', 'how many lines', '50')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { limit: string }) =>
      run(async (terminal) => {
        const limit = wholeNumber('--limit', options.limit, 1, MOST_LINES);
        const { store } = await invocationOf(terminal, options).open({ as: 'found' });
        const items = (await auditLog(store.documents, limit)).map(auditReply);
        if (options.json) await outJson(terminal, { items });
        else if (items.length === 0) terminal.err('Nobody has written anything.\n');
        else
          for (const { at, who, what, target, why } of items)
            await terminal.out(`${at}\t${who}\t${what}\t${target}\t${why ?? ''}\n`);
        return EXIT.done;
      }),
    );
}
