import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exampleFile } from '../../config/explain.ts';
import { HarmattanError } from '../../core/errors.ts';
import { EXIT } from '../exit-code.ts';
import type { Run } from '../run-body.ts';

/** `init`: the commented configuration file. Never overwrites one. */
export function initCommand(program: Command, run: Run): void {
  program
    .command('init')
    .description('write a commented configuration file with every option at its default')
    .option('--config <file>', 'the file to write', 'harmattan.yaml')
    .option('--data <dir>', 'not used: init writes only the configuration file')
    .action((options: { config: string }) =>
      run(async (terminal) => {
        const path = resolve(terminal.workingFolder, options.config);
        if (existsSync(path))
          throw new HarmattanError('HMT_CLI_FILE', {
            detail: `${options.config} is there already; it was left as it is.`,
          });
        try {
          writeFileSync(path, exampleFile(), { flag: 'wx' });
        } catch (cause) {
          throw new HarmattanError('HMT_CLI_FILE', {
            detail: `${options.config}: ${(cause as NodeJS.ErrnoException).code}.`,
            cause,
          });
        }
        await terminal.out(`${path}\n`);
        return EXIT.done;
      }),
    );
}
