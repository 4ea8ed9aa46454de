import type { Command } from 'commander';
import { decodersOf } from '../../app/stages.ts';
import type { AuditReport, FindingList } from '../../audit/report.ts';
import { verify } from '../../audit/verify.ts';
import { PROCESS_GROUP } from '../../process/runner.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson, type Terminal } from '../terminal.ts';
import { instantFlag } from './export.ts';

/** `verify`: the audit. Exit 1 and the list when something is not accounted for. */
export function verifyCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('verify'))
    .description('audit: every journal record and every slot is accounted for, exactly once')
    .option('--from <time>', 'first slot that is audited')
    .option('--to <time>', 'first slot that is not')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { from?: string; to?: string }) =>
      run(async (terminal) => {
        const workplace = await invocationOf(terminal, options).open();
        const progress = progressOn(terminal, workplace.clock, 'verify');
        const from = instantFlag('--from', options.from);
        const to = instantFlag('--to', options.to);
        const report = await verify({
          journal: workplace.journal,
          store: workplace.store,
          decoders: decodersOf(workplace),
          group: PROCESS_GROUP,
          ...(from === null ? {} : { from }),
          ...(to === null ? {} : { to }),
          onProgress: (records) => progress.report(null, `${records} records`),
        });
        progress.end();
        if (options.json) await outJson(terminal, report);
        else await sayReport(terminal, report);
        return report.ok ? EXIT.done : EXIT.no;
      }),
    );
}

async function sayReport(terminal: Terminal, report: AuditReport): Promise<void> {
  await terminal.out(
    `${report.records} records read: ${report.observations} readings (${report.distinct} distinct, ${report.duplicates} repeated, ${report.superseded} superseded), ${report.quarantined} quarantined, ${report.unread} not yet processed\n`,
  );
  const slots = Object.entries(report.slots).map(([state, count]) => `${count} ${state}`);
  await terminal.out(`slots: ${slots.join(', ')}\n`);
  const lists: Readonly<Record<string, FindingList>> = {
    lost: report.lost,
    doubled: report.doubled,
    'silent holes': report.silentHoles,
    contradictions: report.contradictions,
    misplaced: report.misplaced,
  };
  for (const [name, { count, first }] of Object.entries(lists)) {
    await terminal.out(`${name}: ${count}\n`);
    for (const { what, why } of first) await terminal.out(`  ${what}: ${why}\n`);
  }
  await terminal.out(report.ok ? 'Everything is accounted for.\n' : 'Not everything is accounted for.\n');
}
