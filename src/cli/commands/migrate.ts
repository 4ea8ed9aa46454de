import type { Command } from 'commander';
import { type MigrationReport, migrate, storeAddress } from '../../app/migration.ts';
import { systemClock } from '../../core/time.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, HOME_FOLDER, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson, type Terminal } from '../terminal.ts';

/** `migrate`: one store into another, or an original database into a store. Exit 1 when something did not arrive. */
export function migrateCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('migrate'))
    .description('carry a store, or the original system’s database, into another store, and compare the two')
    .requiredOption('--from <url>', 'sqlite:FOLDER or mongodb://HOST:PORT/DATABASE; the original’s database too')
    .requiredOption('--to <url>', 'sqlite:FOLDER or mongodb://HOST:PORT/DATABASE')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { from: string; to: string }) =>
      run(async (terminal) => {
        const { loaded, logger } = invocationOf(terminal, options);
        const progress = progressOn(terminal, systemClock, 'migrate');
        try {
          const report = await migrate({
            from: storeAddress(options.from, '--from', terminal.workingFolder),
            to: storeAddress(options.to, '--to', terminal.workingFolder),
            config: loaded.config,
            homeFolder: HOME_FOLDER,
            clock: systemClock,
            logger: logger(systemClock, loaded.config.log.level === 'silent' ? 'silent' : 'warn'),
            onProgress: (share, note) => progress.report(share, note),
            signal: terminal.signal,
          });
          progress.end();
          if (options.json) await outJson(terminal, report);
          else await tell(terminal, report);
          return report.complete ? EXIT.done : EXIT.no;
        } finally {
          progress.end();
        }
      }),
    );
}

async function tell(terminal: Terminal, { carried, compared, original, complete }: MigrationReport) {
  for (const [kind, { read, written }] of Object.entries(carried ?? {}))
    await terminal.out(`${kind}: ${read} read, ${written} new\n`);
  for (const [kind, { rows, different, checksumFrom, first }] of Object.entries(compared ?? {})) {
    await terminal.out(`${kind} compared: ${rows} rows, ${different} different, SHA-256 ${checksumFrom}\n`);
    for (const name of first) terminal.err(`different: ${kind} ${name}\n`);
  }
  if (original) {
    const { documents, written, merged, refused, absent, firstRefused } = original;
    await terminal.out(
      `${documents} documents: ${written} rows new, ${merged} merged, ${refused} refused, ${absent} absent\n`,
    );
    for (const why of firstRefused) terminal.err(`refused: ${why}\n`);
  }
  await terminal.out(
    complete ? 'Everything is there.\n' : 'Not everything is there: run it again, or look at what is named.\n',
  );
}
