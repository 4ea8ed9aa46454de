import type { Command } from 'commander';
import { commandContext } from '../../app/stages.ts';
import { sendTestMessage } from '../../app/test-message.ts';
import { MINUTE_MS } from '../../core/time.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

const TEST_WITHIN_MS = MINUTE_MS;

/** `alerts test`: what the watch has said, and whether it can. */
export function alertsCommand(program: Command, run: Run): void {
  const alerts = program.command('alerts').description('what the watch has said, and whether it can');
  testCommand(alerts, run);
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
