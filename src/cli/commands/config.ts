import type { Command } from 'commander';
import { shownSettings } from '../../config/explain.ts';
import { configJsonSchema } from '../../config/schema-tree.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

/** `config show` (secrets masked) and `config schema`. */
export function configCommand(program: Command, run: Run): void {
  const config = program.command('config').description('show the configuration');
  withCommonFlags(config.command('show'))
    .description('every setting with its value (secrets masked) and where it came from')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags) =>
      run(async (terminal) => {
        const { loaded } = invocationOf(terminal, options);
        const shown = shownSettings(loaded);
        if (options.json) await outJson(terminal, { file: loaded.file, settings: shown });
        else
          for (const { key, value, origin } of shown)
            await terminal.out(`${key} = ${JSON.stringify(value)}${origin === 'default' ? '' : `  (${origin})`}\n`);
        return EXIT.done;
      }),
    );
  withCommonFlags(config.command('schema'))
    .description('the JSON Schema of the configuration')
    .option('--json', 'the same: it is always JSON')
    .action(() =>
      run(async (terminal) => {
        await outJson(terminal, configJsonSchema());
        return EXIT.done;
      }),
    );
}
