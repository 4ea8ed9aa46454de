import type { Command } from 'commander';
import { processWhatIsThere } from '../../app/drain.ts';
import { pollStageOf } from '../../app/polling.ts';
import { toRfc3339 } from '../../core/time.ts';
import { takeRole } from '../../folder/role-lock.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';
import { instantFlag } from './export.ts';

/** `poll --once`: one round now. */
export function pollCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('poll'))
    .description('ask for every place once, now')
    .option('--once', 'one round (the only way this command knows)', true)
    .option('--json', 'one JSON document')
    .action((options: CommonFlags) =>
      run(async (terminal) => {
        const workplace = await invocationOf(terminal, options).open({ as: 'configured' });
        const lock = takeRole(workplace.folder, 'poll', workplace.clock);
        try {
          const stage = await pollStageOf(workplace);
          const report = await stage.pollOnce(terminal.signal);
          await processWhatIsThere(workplace);
          if (options.json)
            await outJson(terminal, {
              ...report,
              slotAt: toRfc3339(report.slotAt),
              startedAt: toRfc3339(report.startedAt),
              finishedAt: toRfc3339(report.finishedAt),
            });
          else
            await terminal.out(`${toRfc3339(report.slotAt)}: ${report.answered} of ${report.asked} places answered\n`);
          if (report.asked > 0 && report.answered === 0) return EXIT.unreachable;
          return report.answered < report.asked ? EXIT.no : EXIT.done;
        } finally {
          lock.release();
        }
      }),
    );
}

/** `backfill`: fills missing slots within the quota. */
export function backfillCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('backfill'))
    .description('fill missing slots within the quota')
    .option('--from <time>', 'first slot; by default as far back as poll.lookBackHours')
    .option('--to <time>', 'first slot after the last')
    .option('--dry-run', 'say what would be asked, and ask nobody')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { from?: string; to?: string; dryRun?: boolean }) =>
      run(async (terminal) => {
        const from = instantFlag('--from', options.from);
        const to = instantFlag('--to', options.to);
        const workplace = await invocationOf(terminal, options).open({ as: 'configured' });
        const progress = progressOn(terminal, workplace.clock, 'backfill');
        progress.report(null, 'looking for holes');
        const stage = await pollStageOf(workplace);
        const report = await stage.backfill({
          ...(from === null ? {} : { from }),
          ...(to === null ? {} : { to }),
          dryRun: options.dryRun ?? false,
          signal: terminal.signal,
        });
        progress.end();
        if (!options.dryRun) await processWhatIsThere(workplace);
        if (options.json)
          await outJson(terminal, { ...report, from: toRfc3339(report.from), to: toRfc3339(report.to) });
        else
          await terminal.out(
            `${report.holes} holes, ${report.filled} ${options.dryRun ? 'could be filled' : 'filled'} with ${report.calls} calls (${report.cost} quota units), ${report.left} left\n`,
          );
        return report.left > 0 && !options.dryRun ? EXIT.no : EXIT.done;
      }),
    );
}
