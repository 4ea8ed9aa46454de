import type { Command } from 'commander';
import { alertsDryRun } from '../../app/alerts.ts';
import { commandContext } from '../../app/stages.ts';
import { sendTestMessage } from '../../app/test-message.ts';
import { MINUTE_MS, toRfc3339 } from '../../core/time.ts';
import type { AlertsDryRun } from '../../watch/alert-desk.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';
import { alertAckCommand, alertListCommand } from './alert-list.ts';
import { instantFlag } from './export.ts';

const TEST_WITHIN_MS = MINUTE_MS;

/** `alerts list|ack|test|dry-run`: what the watch has said, and whether it can. */
export function alertsCommand(program: Command, run: Run): void {
  const alerts = program.command('alerts').description('what the watch has said, and whether it can');
  alertListCommand(alerts, run);
  alertAckCommand(alerts, run);
  testCommand(alerts, run);
  dryRunCommand(alerts, run);
}

interface DryRunFlags extends CommonFlags {
  readonly from?: string;
  readonly to?: string;
}

function dryRunCommand(alerts: Command, run: Run): void {
  withCommonFlags(alerts.command('dry-run'))
    .description('the past through the rules as configured: what would have been told, beside what was')
    .option('--from <time>', 'first evaluation; by default the oldest whose inputs are kept')
    .option('--to <time>', 'end; by default the last evaluation')
    .option('--json', 'one JSON document')
    .action((options: DryRunFlags) =>
      run(async (terminal) => {
        const [from, to] = [instantFlag('--from', options.from), instantFlag('--to', options.to)];
        const workplace = await invocationOf(terminal, options).open({ as: 'found' });
        const past = await alertsDryRun(workplace, { from: from ?? null, to: to ?? null });
        if (options.json) await outJson(terminal, dryRunDocument(past));
        else await terminal.out(dryRunText(past));
        return EXIT.done;
      }),
    );
}

const toldDocument = ({ at, rule, places, state }: AlertsDryRun['alerts'][number]) => ({
  at: toRfc3339(at),
  rule,
  places,
  state,
});

const dryRunDocument = ({ from, to, alerts, sent, original }: AlertsDryRun) => ({
  from: toRfc3339(from),
  to: toRfc3339(to),
  alerts: alerts.map(toldDocument),
  sent: sent.map(toldDocument),
  original: original.map((alarm) => ({ ...alarm, from: toRfc3339(alarm.from), to: toRfc3339(alarm.to) })),
});

function dryRunText({ from, to, alerts, sent, original, signalsFrom }: AlertsDryRun): string {
  if (signalsFrom === null) return 'The watch has not evaluated anything in this folder yet.\n';
  const lines = alerts.map(
    ({ at, state, rule, places }) => `${toRfc3339(at)}  ${state.padEnd(9)} ${rule}  ${places.join(' ') || '-'}`,
  );
  const messages = original.reduce((sum, alarm) => sum + alarm.messages, 0);
  return [
    ...lines,
    `${toRfc3339(from)} – ${toRfc3339(to)}: ${alerts.length} messages by these rules; ${sent.length} were sent.`,
    `The original's rule (no arrival for 15 minutes, looked at every minute) would have sent ${messages}, in ${original.length} stretches.`,
    '',
  ].join('\n');
}

function testCommand(alerts: Command, run: Run): void {
  withCommonFlags(alerts.command('test <channel>'))
    .description('a test message to slack, webhook or email, with all its retries; waits up to 60 s')
    .option('--json', 'one JSON document')
    .action((channel: string, options: CommonFlags) =>
      run(async (terminal) => {
        const workplace = await invocationOf(terminal, options).open({ as: 'configured' });
        const outcome = await sendTestMessage(workplace, commandContext(workplace), channel, TEST_WITHIN_MS);
        const isDelivered = outcome.state === 'delivered';
        if (options.json) await outJson(terminal, outcome);
        else if (isDelivered) await terminal.out(`delivered to ${channel} (${outcome.attempts} tried)\n`);
        else {
          const { lastError } = outcome;
          terminal.err(`${lastError ? `${lastError.code}: ${lastError.detail}` : 'Nobody took it up.'}\n`);
          await terminal.out(`not delivered to ${channel} (${outcome.attempts} tried)\n`);
        }
        return isDelivered ? EXIT.done : EXIT.unreachable;
      }),
    );
}
