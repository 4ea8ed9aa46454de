import type { Command } from 'commander';
import { processWhatIsThere } from '../../app/drain.ts';
import { bodyDecoder } from '../../app/sources.ts';
import { toRfc3339 } from '../../core/time.ts';
import { quarantinedEntry, replayQuarantine, shownEntry } from '../../process/quarantine.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

/** `quarantine list|show|replay`: what could not be used, why, and another try after a fix. */
export function quarantineCommand(program: Command, run: Run): void {
  const quarantine = program.command('quarantine').description('records that could not be used');
  listCommand(quarantine, run);
  showCommand(quarantine, run);
  replayCommand(quarantine, run);
}

function listCommand(quarantine: Command, run: Run): void {
  withCommonFlags(quarantine.command('list'))
    .description('every quarantined record with its reason')
    .option('--reason <code>', 'only records with this error code')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { reason?: string }) =>
      run(async (terminal) => {
        const { store } = await invocationOf(terminal, options).open();
        const items = [];
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof store.quarantine.query>> = await store.quarantine.query({
            limit: 100,
            ...(cursor === null ? {} : { cursor }),
            ...(options.reason === undefined ? {} : { code: options.reason }),
          });
          for (const { id, receivedAt, code, detail, placeId, valueBytes } of page.items)
            if (options.json) items.push({ id, receivedAt: toRfc3339(receivedAt), code, detail, placeId, valueBytes });
            else await terminal.out(`${id}\t${toRfc3339(receivedAt)}\t${code}\t${detail}\n`);
          cursor = page.nextCursor;
        } while (cursor !== null);
        if (options.json) await outJson(terminal, { items });
        return EXIT.done;
      }),
    );
}

function showCommand(quarantine: Command, run: Run): void {
  withCommonFlags(quarantine.command('show <id>'))
    .description('one quarantined record with its bytes')
    .option('--json', 'the same: it is always JSON')
    .action((id: string, options: CommonFlags) =>
      run(async (terminal) => {
        const { store } = await invocationOf(terminal, options).open();
        await outJson(terminal, shownEntry(await quarantinedEntry(store, id)));
        return EXIT.done;
      }),
    );
}

function replayCommand(quarantine: Command, run: Run): void {
  withCommonFlags(quarantine.command('replay [ids...]'))
    .description('append quarantined bytes to the journal again; what is still bad comes back')
    .option('--reason <code>', 'only records with this error code')
    .option('--dry-run', 'say what would be done')
    .option('--json', 'one JSON document')
    .action((ids: string[], options: CommonFlags & { reason?: string; dryRun?: boolean }) =>
      run(async (terminal) => {
        const workplace = await invocationOf(terminal, options).open();
        const progress = progressOn(terminal, workplace.clock, 'replay');
        const report = await replayQuarantine({
          store: workplace.store,
          journal: workplace.journal,
          ids,
          ...(options.reason === undefined ? {} : { reason: options.reason }),
          dryRun: options.dryRun ?? false,
          decodeBody: bodyDecoder(workplace),
          onProgress: (done, total) => progress.report(done / total, `${done} of ${total}`),
        });
        progress.end();
        if (!options.dryRun) await processWhatIsThere(workplace);
        if (options.json) await outJson(terminal, report);
        else {
          await terminal.out(
            `${report.replayed.length} ${options.dryRun ? 'would be replayed' : 'replayed'}, ${report.left.length} left\n`,
          );
          for (const { id, why } of report.left) terminal.err(`${id}: ${why}\n`);
        }
        return EXIT.done;
      }),
    );
}
