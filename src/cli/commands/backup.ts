import { resolve } from 'node:path';
import type { Command } from 'commander';
import { restoreFolder } from '../../app/restore.ts';
import { systemClock } from '../../core/time.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';

/** `backup FILE`: a consistent copy of store and journal, while the program runs. */
export function backupCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('backup <file>'))
    .description('write a consistent copy of everything to one file, while the program runs')
    .action((file: string, options: CommonFlags) =>
      run(async (terminal) => {
        const { store } = await invocationOf(terminal, options).open();
        const progress = progressOn(terminal, systemClock, 'backup');
        const path = resolve(terminal.workingFolder, file);
        await store.backup(path, (share) => progress.report(share, ''));
        progress.end();
        await terminal.out(`${path}\n`);
        return EXIT.done;
      }),
    );
}

/** `restore FILE`: into an empty folder. */
export function restoreCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('restore <file>'))
    .description('put a backup into an empty data folder; the journal in it is processed at the next start')
    .action((file: string, options: CommonFlags) =>
      run(async (terminal) => {
        const { loaded } = invocationOf(terminal, options);
        await restoreFolder(loaded.config.data, resolve(terminal.workingFolder, file));
        await terminal.out(`${loaded.config.data}\n`);
        return EXIT.done;
      }),
    );
}
