import type { Command } from 'commander';
import type { AlertReply } from '../../serve/alert-contract.ts';
import { alertReply } from '../../serve/alert-reply.ts';
import { audit } from '../../serve/audit-log.ts';
import { acknowledge, activeAlerts, endedAlerts } from '../../watch/alert-desk.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

const MOST_ENDED = 500;

/** `alerts list`: what lasts, and with `--ended` what is over. */
export function alertListCommand(alerts: Command, run: Run): void {
  withCommonFlags(alerts.command('list'))
    .description('alerts that last, the newest first')
    .option('--ended', `those that are over instead, at most ${MOST_ENDED}`)
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { ended?: boolean }) =>
      run(async (terminal) => {
        const { store } = await invocationOf(terminal, options).open({ as: 'found' });
        const range = { from: 0, to: Number.MAX_SAFE_INTEGER - 1, limit: MOST_ENDED };
        const found = options.ended
          ? (await endedAlerts(store.documents, range)).items
          : await activeAlerts(store.documents);
        const items = found.map(alertReply);
        if (options.json) await outJson(terminal, { items });
        else if (items.length === 0) terminal.err(options.ended ? 'No alert has ended.\n' : 'No alert lasts.\n');
        else for (const item of items) await terminal.out(lineOf(item));
        return EXIT.done;
      }),
    );
}

/** `alerts ack`: no more reminders of it. */
export function alertAckCommand(alerts: Command, run: Run): void {
  withCommonFlags(alerts.command('ack <id>'))
    .description('somebody takes care: no more reminders, but word when it gets worse or ends')
    .option('--by <name>', 'who takes care', 'command')
    .option('--json', 'one JSON document')
    .action((id: string, options: CommonFlags & { by: string }) =>
      run(async (terminal) => {
        const { store, clock } = await invocationOf(terminal, options).open();
        const now = clock.now();
        const alert = await acknowledge(store.documents, id, options.by, now);
        const entry = { at: now, who: 'command', what: 'alert.acknowledge', target: id, why: options.by };
        await audit(store.documents, entry);
        if (options.json) await outJson(terminal, alertReply(alert));
        else await terminal.out(`${id} is acknowledged by ${options.by}\n`);
        return EXIT.done;
      }),
    );
}

const MOST_ABOUT = 5;

function lineOf({ id, state, severity, rule, startsAt, endsAt, about }: AlertReply): string {
  const more = about.length > MOST_ABOUT ? ` and ${about.length - MOST_ABOUT} more` : '';
  const until = endsAt === null ? '' : ` – ${endsAt}`;
  return `${id}\t${state}\t${severity}\t${rule}\t${startsAt}${until}\t${about.slice(0, MOST_ABOUT).join(' ')}${more}\n`;
}
