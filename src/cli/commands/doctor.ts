import type { Command } from 'commander';
import { examine, type Finding } from '../../app/doctor.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

/** `doctor`: configuration, keys, reachability, disk, clock; one line each, with the cure. */
export function doctorCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('doctor'))
    .description('check configuration, keys, reachability, disk and clock; one line each with the cure')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags) =>
      run(async (terminal) => {
        const invocation = invocationOf(terminal, options);
        const findings: Finding[] = [];
        for await (const finding of examine(invocation.loaded, () => invocation.open(), terminal.signal)) {
          findings.push(finding);
          if (!options.json)
            await terminal.out(
              `${finding.ok ? 'ok  ' : 'FAIL'} ${finding.about}: ${finding.finding}${finding.cure ? ` ${finding.cure}` : ''}\n`,
            );
        }
        if (options.json) await outJson(terminal, { ok: findings.every(({ ok }) => ok), findings });
        if (findings.every(({ ok }) => ok)) return EXIT.done;
        return findings.some(({ ok, about }) => !ok && about !== 'source') ? EXIT.no : EXIT.unreachable;
      }),
    );
}
