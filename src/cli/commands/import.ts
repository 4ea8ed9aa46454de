import type { Command } from 'commander';
import { processWhatIsThere } from '../../app/drain.ts';
import type { Workplace } from '../../app/workplace.ts';
import { HarmattanError } from '../../core/errors.ts';
import { observationMessage } from '../../journal/flat-record.ts';
import type { JournalMessage } from '../../journal/journal.ts';
import type { Observation } from '../../weather/observation.ts';
import { EXIT } from '../exit-code.ts';
import { historyRows } from '../history-file.ts';
import { historyReading } from '../history-row.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

interface ImportFlags extends CommonFlags {
  readonly place: string;
  readonly source: string;
}

const BATCH_ROWS = 1_000;

/** `import`: history from a file, through the journal like everything else; importing it again changes nothing. */
export function importCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('import <file>'))
    .description('history of a place from CSV (time_utc,temp_c[,…]) or NDJSON; repeating it changes nothing')
    .requiredOption('--place <id>', 'the place')
    .option('--source <id>', 'under which source the rows stand', 'import')
    .option('--json', 'one JSON document')
    .action((file: string, options: ImportFlags) =>
      run(async (terminal) => {
        const workplace = await invocationOf(terminal, options).open();
        const place = workplace.places.find(({ id }) => id === options.place);
        if (!place) throw new HarmattanError('HMT_PLACES_UNKNOWN', { detail: `"${options.place}".` });
        const progress = progressOn(terminal, workplace.clock, 'import');
        const counts = { rows: 0, refused: 0 };
        let messages: JournalMessage[] = [];
        const flush = async () => {
          if (messages.length > 0) await workplace.journal.append('observations', messages);
          messages = [];
          progress.report(null, `${counts.rows} rows`);
        };
        for await (const { line, row } of historyRows(terminal, file)) {
          const reading = historyReading(row);
          if (typeof reading === 'string') {
            counts.refused++;
            if (counts.refused <= 10) terminal.err(`line ${line}: ${reading}\n`);
            continue;
          }
          counts.rows++;
          const observation: Observation = {
            placeId: place.id,
            slotAt: null,
            receivedAt: workplace.clock.now(),
            source: options.source,
            kind: 'observation',
            issuedAt: null,
            condition: null,
            sunriseAt: null,
            sunsetAt: null,
            flags: [],
            ...reading,
          };
          messages.push(observationMessage(observation, place, { stale: false, backfill: false }));
          if (messages.length >= BATCH_ROWS) await flush();
        }
        await flush();
        progress.end();
        return report(terminal, workplace, options, counts);
      }),
    );
}

async function report(
  terminal: Parameters<typeof outJson>[0],
  workplace: Workplace,
  options: ImportFlags,
  counts: { rows: number; refused: number },
): Promise<number> {
  const processed = await processWhatIsThere(workplace);
  const document = { place: options.place, ...counts, processedBy: processed ? 'import' : 'run' };
  if (options.json) await outJson(terminal, document);
  else
    await terminal.out(
      `${counts.rows} ${counts.rows === 1 ? 'row' : 'rows'} imported, ${counts.refused} refused${processed ? '' : '; the running program stores them'}\n`,
    );
  return counts.refused > 0 ? EXIT.no : EXIT.done;
}
