import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'csv-parse';
import { processWhatIsThere } from '../../app/drain.ts';
import type { Workplace } from '../../app/workplace.ts';
import { HarmattanError } from '../../core/errors.ts';
import { observationMessage } from '../../journal/flat-record.ts';
import type { JournalMessage } from '../../journal/journal.ts';
import type { Observation } from '../../weather/observation.ts';
import { EXIT } from '../exit-code.ts';
import { historyReading } from '../history-row.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { linesOf } from '../lines.ts';
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
        for await (const { line, row } of rowsOf(resolve(terminal.workingFolder, file))) {
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

type RawRow = Readonly<Record<string, unknown>>;

/** CSV with a header, or one JSON object a line: told apart by the first byte that is not a blank. */
async function* rowsOf(path: string): AsyncGenerator<{ line: number; row: RawRow | null }> {
  const input = createReadStream(path);
  try {
    if (path.endsWith('.ndjson') || path.endsWith('.jsonl')) {
      let line = 0;
      for await (const lines of linesOf(input, 1_048_576))
        for (const one of lines) {
          line++;
          if ('bytes' in one && one.bytes.length === 0) continue;
          yield { line, row: 'bytes' in one ? jsonRow(one.bytes) : null };
        }
      return;
    }
    const parser = input.pipe(
      parse({
        columns: true,
        bom: true,
        trim: true,
        skip_empty_lines: true,
        relax_column_count: true,
        info: true,
        max_record_size: 65_536,
      }),
    );
    input.on('error', (error) => parser.destroy(error));
    for await (const { record, info } of parser as AsyncIterable<{ record: RawRow; info: { lines: number } }>)
      yield { line: info.lines, row: record };
  } catch (cause) {
    if (cause instanceof HarmattanError) throw cause;
    throw new HarmattanError('HMT_CLI_FILE', { detail: `${path}: ${(cause as Error).message}`, cause });
  }
}

function jsonRow(bytes: Buffer): RawRow | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RawRow) : null;
  } catch {
    return null;
  }
}
