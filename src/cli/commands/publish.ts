import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { HarmattanError } from '../../core/errors.ts';
import type { Journal } from '../../journal/journal.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { linesOf } from '../lines.ts';
import type { Run } from '../run-body.ts';
import type { Terminal } from '../terminal.ts';

/** `publish`: raw messages, one a line, into the journal. Judging them is `process`'s work. */
export function publishCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('publish'))
    .description('append raw messages, one a line, to the journal; prints "acked N" after each durable batch')
    .option('--file <file>', 'where the lines are; - is standard input', '-')
    .action((options: CommonFlags & { file: string }) =>
      run(async (terminal) => {
        const invocation = invocationOf(terminal, options);
        const { journal } = await invocation.open();
        return publish(journal, terminal, options.file);
      }),
    );
}

async function publish(journal: Journal, terminal: Terminal, file: string): Promise<number> {
  const input = file === '-' ? terminal.input : createReadStream(resolve(terminal.workingFolder, file));
  let ackedLines = 0;
  let readLines = 0;
  let refusedLines = 0;
  try {
    for await (const lines of linesOf(input, journal.maxRecordBytes)) {
      const messages = [];
      for (const line of lines) {
        readLines++;
        if ('bytes' in line) messages.push({ key: null, headers: {}, value: line.bytes });
        else {
          refusedLines++;
          terminal.err(
            `HMT_JOURNAL_TOO_LARGE: line ${readLines} has ${line.tooLongBytes} bytes, the limit is ${journal.maxRecordBytes}. Raise journal.maxRecordBytes.\n`,
          );
        }
      }
      if (messages.length === 0) continue;
      await journal.append('observations', messages);
      ackedLines += messages.length;
      await terminal.out(`acked ${ackedLines}\n`);
      if (terminal.signal.aborted) break;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
      throw new HarmattanError('HMT_CLI_FILE', { detail: `${file}: ${code}.`, cause: error });
    throw error;
  }
  return refusedLines > 0 ? EXIT.no : EXIT.done;
}
